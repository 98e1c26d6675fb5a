// Blind labelling: a pair, side by side, without score or origin, and three answers. What is said
// measures the machine and changes nothing else.
import { call, newRequestId, session } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { difference } from './diff.mjs';
import { bdi, button, el, field } from './dom.mjs';
import { count } from './format.mjs';
import { traitLabel, traitRows, traitValue } from './identity.mjs';
import { bindKeys } from './keys.mjs';

const answers = [['s', 'VERDICT_SAME', 'label_same'], ['d', 'VERDICT_DIFFERENT', 'label_different'], ['u', 'VERDICT_CANNOT_SAY', 'label_cannot_say']];
const retried = ['network', 'outcome_unknown', 'server_busy', 'deadline_passed'];
// Somebody else was faster, or decided meanwhile: the next pair is asked for.
const gone = ['pair_labelled', 'labeller_decided', 'label_not_found'];

const pieces = (list) => list.map((piece) => (piece.same ? piece.text : el('mark', {}, piece.text)));

function row(trait, sides) {
  const [left, right] = sides.map((side) => traitValue(side, trait));
  if (!left && !right) return null;
  const shown = left && right && left !== right ? difference(left, right) : null;
  const cell = (value, list) => el('td', { class: 'words' }, !value ? el('span', { class: 'nothing' }, t('not_known')) : list ? el('bdi', {}, pieces(list)) : bdi(value));
  return el('tr', { class: shown ? 'different' : null }, el('th', { scope: 'row' }, traitLabel(trait)), cell(left, shown?.left), cell(right, shown?.right));
}

function table(sides) {
  return el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('label_pair') },
    el('table', { class: 'records' }, el('caption', {}, t('label_caption')),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'words' }, t('column_trait')), sides.map((side) =>
        el('th', { scope: 'col', class: 'words' }, bdi(`${side.domain} · ${side.localId}`))))),
      el('tbody', {}, traitRows.map((trait) => row(trait, sides)))));
}

// The same request id for as long as the outcome is not known.
async function record(request) {
  const sent = { request_id: newRequestId(), ...request };
  for (let attempt = 0; ; ++attempt) {
    try {
      return await call('LabelService', 'RecordLabel', sent);
    } catch (error) {
      if (attempt >= 2 || !retried.includes(error.reason)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300 * (attempt + 1)));
    }
  }
}

export async function render(place, { heading, announce }) {
  heading(t('label_title'));
  bindKeys([]);
  place.append(el('section', {}, el('p', { class: 'lead' }, t('label_lead'))));
  if (session.current.role === 'reader') {
    place.append(el('section', {}, el('p', {}, t('label_not_for_readers'))));
    return;
  }
  const spot = el('div', {});
  place.append(spot);

  async function next() {
    const answer = await call('LabelService', 'NextLabel', { labeller: session.current.name }, { seconds: 60 });
    bindKeys([]);
    if (!answer.left) {
      spot.replaceChildren(el('section', { class: 'nothing-waits' }, el('p', {}, t('label_nothing'))));
      return;
    }
    ask(answer);
  }

  function ask({ left, right, waitingCount }) {
    const note = el('textarea', { rows: 2, maxlength: 4000 }), error = el('p', { class: 'error', role: 'alert', tabindex: '-1' });
    let busy = false;
    async function say(verdict, text) {
      if (busy) return;
      busy = true;
      error.textContent = '';
      try {
        await record({ actor: session.current.name, identity_ids: [left.identityId, right.identityId], verdict, note: note.value });
        announce(t('label_kept', { answer: t(text) }));
        await next();
      } catch (problem) {
        busy = false;
        if (gone.includes(problem.reason)) { announce(errorText(problem)); await next(); return; }
        error.textContent = errorText(problem);
        error.focus();
      }
    }
    const title = el('h2', { tabindex: '-1' }, t('label_question'));
    const buttons = answers.map(([key, verdict, text]) => button([el('kbd', { 'aria-hidden': 'true' }, key), ' ', t(text)], () => say(verdict, text), { 'data-verdict': verdict, 'aria-keyshortcuts': key }));
    spot.replaceChildren(el('section', { class: 'label' }, table([left, right])),
      el('section', { class: 'panel' }, title, el('div', { class: 'actions' }, buttons), el('div', { class: 'decide' }, field(t('label_note'), note)), error,
        el('p', { class: 'hint' }, t('label_waiting', { count: count(waitingCount) }))));
    bindKeys([...answers.map(([key, verdict, text]) => ({ key, what: text, run: () => say(verdict, text) })), { key: 'n', what: 'key_note', run: () => note.focus() }]);
  }
  await next();
}
