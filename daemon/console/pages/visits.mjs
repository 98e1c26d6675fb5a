// The visits of an identity, the latest first: to be read, and of a collision to be told apart.
import { call } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { bdi, el, newId } from './dom.mjs';
import { instant, word } from './format.mjs';
import { statusMark } from './identity.mjs';

const pageSize = 20;

// A table that reads one page now and the others when they are asked for. `choose` (may be missing):
// { chosen: Set of visit numbers, onChange } puts a box before each visit.
function visitTable(identity, choose) {
  const body = el('tbody', {}), error = el('p', { class: 'error', role: 'alert' }), none = el('p', { class: 'hint' });
  const more = el('button', { type: 'button', hidden: true }, t('visits_more'));
  const box = (visit) => {
    const input = el('input', { type: 'checkbox', id: newId('visit'), 'aria-label': t('visit_is_anothers', { number: visit.visitNumber }) });
    input.checked = choose.chosen.has(visit.visitNumber);
    input.addEventListener('change', () => {
      if (input.checked) choose.chosen.add(visit.visitNumber); else choose.chosen.delete(visit.visitNumber);
      choose.onChange?.();
    });
    return el('td', {}, input);
  };
  const row = (visit) => el('tr', {},
    choose && box(visit),
    el('th', { scope: 'row' }, bdi(visit.visitNumber), visit.cancelled && el('span', { class: 'tag' }, t('visit_cancelled'))),
    el('td', {}, instant(visit.admissionTime)), el('td', {}, visit.dischargeTime ? instant(visit.dischargeTime) : '–'),
    el('td', { class: 'words' }, word(visit.activity).replace(/^ACTIVITY_/, '')), el('td', { class: 'words' }, bdi(visit.siteFiness)),
    el('td', { class: 'words' }, visit.statusAtAdmission ? statusMark(visit.statusAtAdmission) : '–'));
  const columns = [choose && t('column_another'), t('column_visit'), t('column_admission'), t('column_discharge'), t('column_activity'), t('column_site'), t('column_status_then')].filter(Boolean);
  const caption = t('visits_of', { id: identity.id });
  const table = el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': caption }, el('table', {}, el('caption', {}, caption),
    el('thead', {}, el('tr', {}, columns.map((column) => el('th', { scope: 'col', class: 'words' }, column)))), body));
  let token = '';
  async function load() {
    error.textContent = '';
    try {
      const answer = await call('VisitService', 'ListVisits', { identity_id: identity.id, page_size: pageSize, page_token: token });
      body.append(...(answer.visits ?? []).map(row));
      token = answer.nextPageToken;
      more.hidden = !token;
      table.hidden = !body.children.length;
      none.textContent = body.children.length ? '' : t('visits_none', { id: identity.id });
    } catch (problem) {
      error.textContent = errorText(problem);
    }
  }
  more.addEventListener('click', load);
  return { element: el('div', { class: 'visits' }, none, table, error, more), load };
}

// Folded; read when it is opened.
export function visits(identity) {
  const { element, load } = visitTable(identity);
  let begun = false;
  const details = el('details', {}, el('summary', {}, t('visits_of', { id: identity.id })), element);
  details.addEventListener('toggle', () => { if (details.open && !begun) { begun = true; load(); } });
  return details;
}

// Which visits are another person's: in `chosen`, a set of visit numbers.
export function visitChoice(identity, chosen, onChange) {
  const { element, load } = visitTable(identity, { chosen, onChange });
  load();
  return el('fieldset', {}, el('legend', {}, t('other_visits')), element);
}
