// One case: the records side by side with every difference, why they were brought together, what
// happened to each, and what people decided.
import { call, session } from './api.mjs';
import { errorText, sentence, t } from './catalogue.mjs';
import { decidePanel, decidedPanel, describeDecision, isLive, mayDecide } from './decide.mjs';
import { bdi, el } from './dom.mjs';
import { difference } from './diff.mjs';
import { age, bits, count, instant, percent, probability, word } from './format.mjs';
import { factRows, fieldLabel, loadDevices, personLine, rnivValue, statusMark, traitLabel, traitRows, traitValue } from './identity.mjs';
import { groupSection, nextOfGroup } from './group.mjs';
import { bindKeys } from './keys.mjs';
import { addressOf, requestOf } from './queue.mjs';
import { notesSection } from './notes.mjs';
import { otherCandidates } from './candidates.mjs';
import { visits } from './visits.mjs';
import { vetoes, waterfall } from './waterfall.mjs';

function pieces(list) {
  return el('bdi', {}, list.map((piece) => (piece.same ? piece.text : el('mark', {}, piece.text))));
}

// The last change of each trait after its registration, by the contract's name of the trait: as far as
// the newest changes tell.
async function lastChanges(identity) {
  const answer = await call('IdentityService', 'ListIdentityChanges', { identity_id: identity.id, page_size: 100 });
  const last = new Map();
  for (const change of answer.changes ?? []) {
    if (change.operation === 'register') continue;
    for (const name of change.changedFields ?? []) if (!last.has(name)) last.set(name, change);
  }
  return last;
}

// One trait of both: the values with their different characters marked, the stored form and the last
// change under them, and in words whether they agree.
function traitRow(row, identities, changes) {
  const values = identities.map((identity) => traitValue(identity, row));
  if (values.every((value) => !value)) return null;
  const stored = identities.map((identity) => rnivValue(identity, row));
  const pair = identities.length === 2;
  const [left, right] = values;
  const agreement = !pair ? '' : !left || !right ? 'agree_missing' : left === right ? 'agree_same' : 'agree_different';
  const shown = agreement === 'agree_different' ? difference(left, right) : null;
  return el('tr', { class: agreement === 'agree_different' ? 'different' : null },
    el('th', { scope: 'row' }, traitLabel(row), row.strict && el('span', { class: 'tag' }, t('strict'))),
    values.map((value, i) => el('td', { class: 'words' },
      !value ? el('span', { class: 'nothing' }, t('not_known')) : shown ? pieces(i ? shown.right : shown.left) : bdi(value),
      stored[i] && el('span', { class: 'stored' }, t('stored_form'), ' ', bdi(stored[i])), traitChange(row, changes[i]))),
    pair && el('td', { class: 'words agreement' }, agreement && t(agreement)));
}

function traitChange(row, changes) {
  const change = changes?.get(row.key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return change && el('span', { class: 'stored' }, t('trait_changed', { instant: instant(change.changeTime) }), ' ', bdi(change.actor || change.operation));
}

// `changes`: of each identity, what lastChanges() gave.
function comparison(identities, changes) {
  const pair = identities.length === 2;
  const heads = identities.map((identity) => el('th', { scope: 'col', class: 'words' },
    el('a', { href: `#/identity/${identity.id}` }, t('identity_number', { id: identity.id })), el('span', { class: 'hint' }, ' ', bdi(`${identity.domain} · ${identity.localId}`))));
  const facts = factRows.map(([key, text]) => el('tr', {}, el('th', { scope: 'row' }, t(key)), identities.map((identity) => el('td', { class: 'words' }, text(identity))), pair && el('td', {})));
  return el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('records_title') },
    el('table', { class: 'records' }, el('caption', {}, t(pair ? 'records_caption' : 'records_caption_one')),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'words' }, t('column_trait')), heads, pair && el('th', { scope: 'col', class: 'words' }, t('column_agreement')))),
      el('tbody', {}, traitRows.map((row) => traitRow(row, identities, changes))), el('tbody', {}, facts)));
}

const historyPage = 20;
export function history(identity) {
  const list = el('ol', { class: 'history' }), error = el('p', { class: 'error', role: 'alert' });
  const more = el('button', { type: 'button', hidden: true }, t('history_more'));
  let token = '', begun = false;
  async function load() {
    begun = true;
    error.textContent = '';
    try {
      const answer = await call('IdentityService', 'ListIdentityChanges', { identity_id: identity.id, page_size: historyPage, page_token: token });
      list.append(...(answer.changes ?? []).map((change) => el('li', {},
        el('strong', {}, word(`operation_${change.operation}`).replace(/^operation_/, '')), ' · ', instant(change.changeTime), change.actor && [' · ', bdi(change.actor)],
        change.changedFields?.length > 0 && el('span', { class: 'hint' }, ' ', t('history_fields', { fields: change.changedFields.map(fieldLabel).join(', ') })),
        change.statusBefore !== change.statusAfter && el('span', {}, ' · ', statusMark(change.statusBefore), ' → ', statusMark(change.statusAfter)),
        change.reason && el('span', { class: 'hint' }, ' ', bdi(change.reason)))));
      token = answer.nextPageToken;
      more.hidden = !token;
    } catch (problem) {
      error.textContent = errorText(problem);
    }
  }
  more.addEventListener('click', load);
  const details = el('details', {}, el('summary', {}, t('history_of', { id: identity.id })), list, error, more);
  details.addEventListener('toggle', () => { if (details.open && !begun) load(); });
  return details;
}

function head(one) {
  const facts = [
    [t('filter_state'), word(one.state)],
    [t('case_priority'), count(one.priority)],
    one.modelVersion && [t('filter_band'), `${word(one.band)} · ${bits(one.weightBits)} bits · ${probability(one.probability)}`],
    [t('case_opened'), `${instant(one.openTime)} (${age(one.openTime)})`],
    [t('case_reasons'), one.reasons.map((reason) => word(`reason_${reason}`).replace(/^reason_/, '')).join(', ')],
    one.assignee && [t('case_assignee'), bdi(one.assignee)],
    one.modelVersion && [t('case_model'), one.modelVersion],
  ].filter(Boolean);
  return el('dl', { class: 'facts' }, facts.map(([label, text]) => el('div', {}, el('dt', {}, label), el('dd', {}, text))));
}

// What to do about cases that are not a pair to compare.
const hints = { KIND_HOMONYM: 'homonym_hint', KIND_INS_CONFLICT: 'ins_conflict_hint', KIND_FREQUENT_VALUE: 'frequent_hint' };

function about({ kind, identityIds, frequentValue: value }) {
  const hint = kind === 'KIND_INS_CONFLICT' && identityIds.length === 1 ? '' : hints[kind] ?? '';
  return hint && el('section', {},
    value && [el('h2', {}, t('frequent_title'), ' ', bdi(value.value)),
      el('p', {}, t('frequent_value', { count: count(value.identityCount), population: count(value.populationCount), share: percent(value.identityCount / value.populationCount) }))],
    el('p', { class: 'hint' }, t(hint)));
}

// What else people decided about these identities.
async function others(reviewCase, identities) {
  const found = new Map();
  for (const identity of identities) {
    const answer = await call('ReviewService', 'ListDecisions', { identity_id: identity.id, page_size: 10 });
    for (const decision of answer.decisions ?? []) if (decision.id !== reviewCase.decisionId) found.set(decision.id, decision);
  }
  return found.size === 0 ? '' : el('section', {}, el('h2', {}, t('other_decisions')), el('ul', {}, [...found.values()].map((decision) =>
    el('li', {}, describeDecision(decision), ' ', decision.caseId && el('a', { href: `#/case/${decision.caseId}` }, t('case_number', { id: decision.caseId }))))));
}

// The page of one identity, without a case.
export async function renderIdentity(place, { id, heading }) {
  const [{ identity }] = await Promise.all([call('IdentityService', 'GetIdentity', { identity_id: id }), loadDevices()]);
  heading(t('identity_number', { id: identity.id }));
  bindKeys([]);
  place.append(el('section', {}, el('p', {}, personLine(identity)), comparison([identity], [await lastChanges(identity)])),
    el('section', {}, el('h2', {}, t('visits_title')), visits(identity), otherCandidates([identity])), el('section', {}, el('h2', {}, t('history_title')), history(identity)));
}

// The cases around this one in the queue that was looked at last; '' at its ends.
export async function neighbours(id) {
  const filter = requestOf(session.queue ?? { state: 'STATE_OPEN' });
  const ids = [];
  let token = '';
  for (let page = 0; page < 5; ++page) {
    const answer = await call('ReviewService', 'ListCases', { filter, page_size: 200, page_token: token, collapse_groups: true }, { background: true });
    ids.push(...(answer.cases ?? []).map((one) => one.id));
    token = answer.nextPageToken;
    if (ids.includes(id) || !token) break;
  }
  const at = ids.indexOf(id);
  return { previous: at > 0 ? ids[at - 1] : '', next: at < 0 ? ids[0] ?? '' : ids[at + 1] ?? '' };
}

export async function render(place, context) {
  const { id, heading, announce, reload } = context;
  const { reviewCase, group, groupCases } = await call('ReviewService', 'GetCase', { case_id: id });
  heading(`${t('case_number', { id })} · ${word(reviewCase.kind)}`);
  const identities = await Promise.all(reviewCase.identityIds.slice(0, 2).map(async (one) => (await call('IdentityService', 'GetIdentity', { identity_id: one })).identity));
  await loadDevices();
  const links = el('nav', { class: 'steps', 'aria-label': t('case_steps') }, el('a', { href: addressOf(session.queue ?? {}) }, t('back_to_queue')));
  const evidence = el('div', { class: 'evidence' }, el('section', {}, el('h2', {}, t('records_title')), comparison(identities, await Promise.all(identities.map(lastChanges)))));
  if (identities.length === 2) {
    const explained = await call('IdentityService', 'ExplainPair', { left_identity_id: identities[0].id, right_identity_id: identities[1].id });
    const { explanation } = explained;
    evidence.append(el('section', { class: 'why' }, el('h2', {}, t('why_title')), el('p', { class: 'summary' }, sentence(explanation.summary)), vetoes(explanation), waterfall(explanation),
      el('p', { class: 'hint' }, explained.sharedKeys?.length ? t('shared_keys', { keys: [...new Set(explained.sharedKeys)].map((key) => word(`shared_${key}`).replace(/^shared_/, '')).join(', ') }) : t('no_shared_keys'))));
  }
  const decision = reviewCase.decisionId ? (await call('ReviewService', 'GetDecision', { decision_id: reviewCase.decisionId })).decision : null;
  const done = (answer, text) => { announce(t(`done_${text}`)); reload(); };
  const panel = isLive(reviewCase) && mayDecide()
    ? decidePanel({ reviewCase, identities, decision, onChange: done, refresh: reload })
    : decidedPanel({ reviewCase, decision, onChange: done });
  place.append(links, el('section', {}, head(reviewCase)), about(reviewCase), el('div', { class: 'case' }, evidence, panel.element,
    el('div', { class: 'past' }, group && groupSection(id, group, groupCases ?? []), await notesSection(id, announce), await others(reviewCase, identities),
      el('section', {}, el('h2', {}, t('visits_title')), identities.map(visits), otherCandidates(identities)), el('section', {}, el('h2', {}, t('history_title')), identities.map(history)))));
  const steps = { previous: '', next: '' };
  Promise.all([neighbours(id), nextOfGroup(id, group)]).then(([found, pair]) => {
    Object.assign(steps, found, pair && { next: pair });
    for (const [name, key] of [['previous', 'case_previous'], ['next', pair ? 'group_next' : 'case_next']]) {
      if (steps[name]) links.append(' ', el('a', { href: `#/case/${steps[name]}` }, t(key)));
    }
  }, () => {});
  const go = (name) => { if (steps[name]) location.hash = `#/case/${steps[name]}`; };
  bindKeys([
    ...panel.keys,
    { key: 'j', what: 'key_next_case', run: () => go('next') },
    { key: 'k', what: 'key_previous_case', run: () => go('previous') },
    { key: 'q', what: 'key_queue', run: () => { location.hash = addressOf(session.queue ?? {}); } },
  ]);
}
