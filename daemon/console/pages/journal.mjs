// The journal: what people decided, newest first, each with its undoing.
import { call } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { el, field } from './dom.mjs';
import { decisionButtons, describeDecision, refusal } from './decide.mjs';
import { word } from './format.mjs';
import { bindKeys } from './keys.mjs';

const states = ['STATE_IN_FORCE', 'STATE_AWAITING_CONFIRMATION', 'STATE_AWAITING_UNDO', 'STATE_UNDONE', 'STATE_REJECTED', 'STATE_OUTDATED', 'STATE_PROPOSED', 'STATE_UNDO_PROPOSED'];
const verdicts = ['VERDICT_DUPLICATE', 'VERDICT_SAME_PERSON', 'VERDICT_DIFFERENT_PERSONS', 'VERDICT_COLLISION_CONFIRMED', 'VERDICT_DATA_CORRECTED', 'VERDICT_NOTHING_WRONG', 'VERDICT_UNDECIDED'];

export async function render(place, { params, heading, announce, reload }) {
  heading(t('journal_title'));
  bindKeys([]);
  const filter = { state: params.get('state') ?? '', verdict: params.get('verdict') ?? '', identity_id: params.get('identity_id') ?? '' };
  const select = (name, values, prefix) => el('select', {}, el('option', { value: '' }, t('any_state')), values.map((value) => el('option', { value, selected: filter[name] === value }, word(`${prefix}${value}`))));
  const state = select('state', states, 'decision_'), verdict = select('verdict', verdicts, '');
  const identity = el('input', { value: filter.identity_id, inputmode: 'numeric', maxlength: 20, autocomplete: 'off' });
  const form = el('form', { class: 'filters', 'aria-label': t('filters') }, field(t('filter_state'), state), field(t('filter_verdict'), verdict), field(t('filter_identity'), identity),
    el('div', { class: 'field' }, el('button', { type: 'submit', class: 'primary' }, t('filter_apply'))));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = `#/journal?${new URLSearchParams({ state: state.value, verdict: verdict.value, identity_id: identity.value.trim() })}`;
  });
  const list = el('ol', { class: 'journal' }), message = el('p', { role: 'status', class: 'hint' }), error = el('p', { class: 'error', role: 'alert', tabindex: '-1' });
  const more = el('button', { type: 'button', hidden: true }, t('queue_more'));
  place.append(el('section', {}, form), el('section', { 'aria-label': t('journal_title') }, message, error, list, more));
  const request = Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
  let token = '';
  const item = (decision) => el('li', {},
    describeDecision(decision), ' ',
    decision.caseId && el('a', { href: `#/case/${decision.caseId}` }, t('case_number', { id: decision.caseId })), ' ',
    decision.identityIds.map((id) => [el('a', { href: `#/identity/${id}` }, t('identity_number', { id })), ' ']),
    el('span', { class: 'actions' }, decisionButtons(decision, {
      done: (_, text) => { announce(t(`done_${text}`)); reload(); },
      failed: async (problem) => { error.replaceChildren(...(await refusal(problem))); error.focus(); },
    }).flat().filter(Boolean)));
  async function load() {
    try {
      const answer = await call('ReviewService', 'ListDecisions', { ...request, page_size: 50, page_token: token });
      list.append(...(answer.decisions ?? []).map(item));
      token = answer.nextPageToken;
      more.hidden = !token;
      message.textContent = list.children.length ? '' : t('journal_empty');
    } catch (problem) {
      error.textContent = errorText(problem);
    }
  }
  more.addEventListener('click', load);
  await load();
}
