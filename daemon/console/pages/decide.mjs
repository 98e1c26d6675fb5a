// Deciding a case: verdict, which identity goes on, a note, a preview of the merge before it is made,
// and the decision's undoing. What was typed is kept while the page is open, whatever happens to it.
import { call, newRequestId, session } from './api.mjs';
import { errorText, hasText, t } from './catalogue.mjs';
import { bdi, button, el, field, newId } from './dom.mjs';
import { count, day, instant, word } from './format.mjs';
import { fieldLabel } from './identity.mjs';
import { parseDay } from './search.mjs';
import { visitChoice } from './visits.mjs';

// The verdicts a kind of case takes, in the order of their keys 1, 2, 3, …
const verdicts = {
  KIND_DUPLICATE: ['VERDICT_DUPLICATE', 'VERDICT_DIFFERENT_PERSONS', 'VERDICT_DATA_CORRECTED', 'VERDICT_UNDECIDED'],
  KIND_LINK: ['VERDICT_SAME_PERSON', 'VERDICT_DIFFERENT_PERSONS', 'VERDICT_DATA_CORRECTED', 'VERDICT_UNDECIDED'],
  KIND_HOMONYM: ['VERDICT_DIFFERENT_PERSONS', 'VERDICT_DATA_CORRECTED', 'VERDICT_UNDECIDED'],
  KIND_COLLISION: ['VERDICT_COLLISION_CONFIRMED', 'VERDICT_DATA_CORRECTED', 'VERDICT_NOTHING_WRONG', 'VERDICT_UNDECIDED'],
  KIND_INS_CONFLICT: ['VERDICT_DUPLICATE', 'VERDICT_UNDECIDED'],
  KIND_FREQUENT_VALUE: ['VERDICT_DATA_CORRECTED', 'VERDICT_NOTHING_WRONG', 'VERDICT_UNDECIDED'],
};
// Of one identity whose matricule contradicts its traits.
const contradictionVerdicts = ['VERDICT_DATA_CORRECTED', 'VERDICT_NOTHING_WRONG', 'VERDICT_UNDECIDED'];
// Traits a survivor may take over from the other identity.
const takeable = ['used_family_name', 'used_given_name', 'address_line', 'postal_code', 'city', 'phone', 'email'];
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const live = new Set(['STATE_OPEN', 'STATE_ESCALATED', 'STATE_ON_HOLD']);

export const mayDecide = () => session.current?.role !== 'reader';
export const verdictsOf = (reviewCase) =>
  reviewCase.kind === 'KIND_INS_CONFLICT' && reviewCase.identityIds.length === 1 ? contradictionVerdicts : verdicts[reviewCase.kind] ?? [];

// What was chosen and typed, by the case's number; lives as long as the page.
const drafts = new Map();
function draftOf({ id, kind }) {
  if (!drafts.has(id)) drafts.set(id, { verdict: '', survivor: '', take: new Set(), homonym: kind === 'KIND_HOMONYM', visits: new Set(), note: '' });
  return drafts.get(id);
}

// One change: the same request id for as long as its outcome is not known.
async function change(method, request) {
  const sent = { request_id: newRequestId(), ...request };
  for (let attempt = 0; ; ++attempt) {
    try {
      return await call('ReviewService', method, sent);
    } catch (error) {
      if (attempt >= 2 || !['network', 'outcome_unknown', 'server_busy', 'deadline_passed'].includes(error.reason)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300 * (attempt + 1)));
    }
  }
}

export function describeDecision(decision) {
  return el('span', {}, el('strong', {}, word(decision.verdict)), ' · ', bdi(decision.actor), ' · ', instant(decision.decideTime), ' · ', word(`decision_${decision.state}`),
    decision.survivingIdentityId && [' · ', t('survivor_is', { id: decision.survivingIdentityId })],
    decision.confirmedBy && [' · ', t('confirmed_by'), ' ', bdi(decision.confirmedBy)],
    decision.endedBy && [' · ', t('ended_by'), ' ', bdi(decision.endedBy), ' ', instant(decision.endTime)],
    decision.note && el('span', { class: 'note' }, bdi(decision.note)),
    decision.endReason && el('span', { class: 'note' }, bdi(decision.endReason)));
}

// What to say when a decision or a claim was refused; somebody else's decision is shown.
export async function refusal(error) {
  const text = hasText(`error_${error.reason}`) || !error.fields.length ? errorText(error) : t('error_fields', { fields: error.fields.map((violation) => fieldLabel(violation.field)).join(', ') });
  const parts = [text];
  if (error.metadata.decision_id) {
    try {
      const { decision } = await call('ReviewService', 'GetDecision', { decision_id: error.metadata.decision_id });
      parts.push(el('span', { class: 'note' }, describeDecision(decision)));
    } catch { /* The refusal stands without it. */ }
  }
  if (error.metadata.assignee) parts.push(' ', bdi(error.metadata.assignee));
  return parts;
}

export const canUndo = (decision) => mayDecide() && ['STATE_IN_FORCE', 'STATE_PROPOSED'].includes(decision.state) && (session.current.role === 'supervisor' || decision.actor === session.current.name);
export const undo = (decision, keepLaterChanges = false) => change('UndoDecision', { decision_id: decision.id, etag: decision.etag, keep_later_changes: keepLaterChanges });
export const settle = (decision, agrees) => change(agrees ? 'ConfirmDecision' : 'RejectDecision', { decision_id: decision.id, etag: decision.etag });

// The row of buttons of a decision: undo, or what a second person does. `done(answer, text)` and
// `failed(error)` are told.
export function decisionButtons(decision, { done, failed }) {
  const run = async (work, text) => {
    try { done(await work(), text); } catch (error) { failed(error); }
  };
  const waiting = decision.state === 'STATE_AWAITING_CONFIRMATION' || decision.state === 'STATE_AWAITING_UNDO';
  return [
    canUndo(decision) && button(t('undo'), () => run(() => undo(decision), 'undone'), { class: 'undo', 'aria-label': t('undo_number', { id: decision.id }) }),
    waiting && session.current.role === 'supervisor' && decision.actor !== session.current.name && [
      button(t('confirm'), () => run(() => settle(decision, true), 'confirmed'), { class: 'confirm', 'aria-label': t('confirm_number', { id: decision.id }) }), ' ',
      button(t('reject'), () => run(() => settle(decision, false), 'rejected'), { class: 'reject', 'aria-label': t('reject_number', { id: decision.id }) })],
  ];
}

function preview(merge, caseId) {
  const closed = (merge.closedCaseIds ?? []).filter((id) => id !== caseId);
  const traits = merge.traits ?? [];
  const lines = [
    t('preview_moved', { count: count(merge.movedVisitCount) }),
    merge.leftBehind?.length && t('preview_left', { fields: merge.leftBehind.map(fieldLabel).join(', ') }),
    closed.length && t('preview_closed', { cases: closed.join(', ') }),
    ...(merge.warnings ?? []).map((warning) => word(`warning_${warning}`).replace(/^warning_/, '')),
  ].filter(Boolean);
  return el('div', { class: 'preview' }, el('h3', {}, t('preview_title', { survivor: merge.survivingIdentityId, merged: merge.mergedIdentityId })),
    el('ul', {}, lines.map((line) => el('li', {}, line))),
    traits.length > 0 && el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('preview_traits') }, el('table', {}, el('caption', {}, t('preview_traits')),
      el('thead', {}, el('tr', {}, ['column_trait', 'preview_survivor', 'preview_merged', 'preview_kept'].map((key) => el('th', { scope: 'col', class: 'words' }, t(key))))),
      el('tbody', {}, traits.map((trait) => el('tr', {}, el('th', { scope: 'row' }, fieldLabel(trait.field)), el('td', { class: 'words' }, bdi(trait.survivingValue || '–')), el('td', { class: 'words' }, bdi(trait.mergedValue || '–')),
        el('td', { class: 'words' }, bdi((trait.taken ? trait.mergedValue : trait.survivingValue) || '–'))))))));
}

// The panel of a live case. `onChange(answer, text)` after anything was written; `refresh()` shows the
// case anew after somebody else was faster.
export function decidePanel({ reviewCase, identities, decision, onChange, refresh }) {
  const draft = draftOf(reviewCase);
  const list = verdictsOf(reviewCase);
  const message = el('p', { class: 'error', role: 'alert', tabindex: '-1' }), details = el('div', {}), shown = el('div', { 'aria-live': 'polite' });
  const submit = el('button', { type: 'submit', class: 'primary' }, t('decide_button'));
  const note = el('textarea', { rows: 3, maxlength: 4000 });
  note.value = draft.note;
  note.addEventListener('input', () => { draft.note = note.value; });
  let previewed = '';

  const request = () => ({
    case_id: reviewCase.id, etag: reviewCase.etag, verdict: draft.verdict, note: note.value,
    ...(draft.verdict === 'VERDICT_DUPLICATE' ? { surviving_identity_id: draft.survivor, fields_from_merged: [...draft.take] } : {}),
    ...(draft.verdict === 'VERDICT_DIFFERENT_PERSONS' ? { set_homonym: draft.homonym } : {}),
    ...(draft.verdict === 'VERDICT_COLLISION_CONFIRMED' ? { other_person_visit_numbers: [...draft.visits] } : {}),
  });
  const forget = () => { previewed = ''; shown.replaceChildren(); submit.textContent = t(draft.verdict === 'VERDICT_DUPLICATE' ? 'preview_button' : 'decide_button'); };

  const radios = list.map((verdict, i) => {
    const radio = el('input', { type: 'radio', name: 'verdict', value: verdict, id: newId('verdict') });
    radio.checked = draft.verdict === verdict;
    radio.addEventListener('change', () => { draft.verdict = verdict; showDetails(); });
    return { radio, line: el('p', { class: 'check' }, radio, el('label', { for: radio.id }, el('kbd', {}, String(i + 1)), ' ', t(verdict))) };
  });

  function survivorChoice() {
    const other = () => identities.find((identity) => identity.id !== draft.survivor);
    const boxes = el('div', {});
    const fill = () => {
      const from = other();
      const known = draft.survivor ? takeable.filter((name) => from.traits?.[camel(name)] && from.traits[camel(name)] !== identities.find((one) => one.id === draft.survivor).traits?.[camel(name)]) : [];
      boxes.replaceChildren(known.length ? el('fieldset', {}, el('legend', {}, t('take_title', { id: from.id })), known.map((name) => {
        const box = el('input', { type: 'checkbox', id: newId('take') });
        box.checked = draft.take.has(name);
        box.addEventListener('change', () => { if (box.checked) draft.take.add(name); else draft.take.delete(name); forget(); });
        return el('p', { class: 'check' }, box, el('label', { for: box.id }, fieldLabel(name), ' : ', bdi(from.traits[camel(name)])));
      })) : '');
    };
    const choices = identities.map((identity) => {
      const radio = el('input', { type: 'radio', name: 'survivor', id: newId('survivor'), value: identity.id });
      radio.checked = draft.survivor === identity.id;
      radio.addEventListener('change', () => { draft.survivor = identity.id; draft.take.clear(); fill(); forget(); });
      return el('p', { class: 'check' }, radio, el('label', { for: radio.id }, t('identity_number', { id: identity.id }), ' (', bdi(`${identity.domain} · ${identity.localId}`), ', ', word(identity.trustStatus), ')'));
    });
    fill();
    return [el('fieldset', {}, el('legend', {}, t('survivor_title')), choices), boxes];
  }

  function showDetails() {
    forget();
    message.textContent = '';
    if (draft.verdict === 'VERDICT_DUPLICATE') details.replaceChildren(...survivorChoice());
    else if (draft.verdict === 'VERDICT_DIFFERENT_PERSONS') {
      const box = el('input', { type: 'checkbox', id: newId('homonym') });
      box.checked = draft.homonym;
      box.addEventListener('change', () => { draft.homonym = box.checked; });
      details.replaceChildren(el('p', { class: 'check' }, box, el('label', { for: box.id }, t('set_homonym'))));
    } else if (draft.verdict === 'VERDICT_COLLISION_CONFIRMED') {
      details.replaceChildren(visitChoice(identities[0], draft.visits));
    } else details.replaceChildren();
  }

  let busy = false;
  const fail = async (error) => {
    message.replaceChildren(...(await refusal(error)));
    if (['version_moved', 'case_decided', 'case_closed', 'case_claimed', 'pair_decided', 'identity_merged'].includes(error.reason)) message.append(' ', button(t('see_now'), refresh));
    message.focus();
  };
  const run = async (work) => {
    if (busy) return;
    busy = true;
    form.setAttribute('aria-busy', 'true');
    message.textContent = '';
    try { await work(); } catch (error) { await fail(error); } finally { busy = false; form.removeAttribute('aria-busy'); }
  };
  const form = el('form', { class: 'decide' },
    el('fieldset', {}, el('legend', {}, t('verdict_title')), radios.map(({ line }) => line)), details, field(t('note'), note), shown, message, submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(async () => {
      const missing = !draft.verdict ? 'missing_verdict' : draft.verdict === 'VERDICT_DUPLICATE' && !draft.survivor ? 'missing_survivor' : '';
      if (missing) { message.textContent = t(missing); message.focus(); return; }
      const key = JSON.stringify(request());
      // A merge is shown first, and made only as it was shown.
      if (draft.verdict === 'VERDICT_DUPLICATE' && previewed !== key) {
        const answer = await call('ReviewService', 'DecideCase', { ...request(), validate_only: true });
        previewed = key;
        shown.replaceChildren(preview(answer.merge, reviewCase.id));
        submit.textContent = t('merge_button');
        submit.focus();
        return;
      }
      const answer = await change('DecideCase', request());
      drafts.delete(reviewCase.id);
      onChange(answer, 'decided');
    });
  });

  const act = (method, key, extra) => button(t(key), () => run(async () => onChange(await change(method, { case_id: reviewCase.id, etag: reviewCase.etag, ...extra?.() }), key)));
  const mine = reviewCase.assignee === session.current.name;
  const side = el('div', { class: 'side' },
    mine || reviewCase.state === 'STATE_ON_HOLD' ? act('ReleaseCase', 'release') : act('ClaimCase', 'claim'), holdForm());
  function holdForm() {
    const until = el('input', { inputmode: 'numeric', maxlength: 10, size: 11, autocomplete: 'off' }), why = el('input', { maxlength: 400, autocomplete: 'off' });
    const hold = el('form', {}, field(t('hold_until'), until, t('hold_until_hint')), field(t('hold_why'), why), el('button', { type: 'submit' }, t('hold')));
    hold.addEventListener('submit', (event) => {
      event.preventDefault();
      run(async () => {
        const date = parseDay(until.value);
        if (!date || !why.value.trim()) { message.textContent = t('hold_missing'); message.focus(); return; }
        onChange(await change('HoldCase', { case_id: reviewCase.id, etag: reviewCase.etag, hold_until: date, reason: why.value.trim() }), 'hold');
      });
    });
    return el('details', {}, el('summary', {}, t('hold')), hold);
  }
  showDetails();
  const panel = el('section', { class: 'panel' }, el('h2', { tabindex: '-1' }, t('decide_title')),
    reviewCase.state === 'STATE_ON_HOLD' && el('p', {}, t('on_hold_until', { text: day(reviewCase.holdUntil) }), ' ', bdi(reviewCase.holdReason)),
    decision && el('p', { class: 'hint' }, t('earlier_decision'), ' ', describeDecision(decision)), form, side);
  const choose = (i) => { if (radios[i]) { radios[i].radio.checked = true; draft.verdict = radios[i].radio.value; showDetails(); radios[i].radio.focus(); } };
  return {
    element: panel,
    keys: [...list.map((verdict, i) => ({ key: String(i + 1), what: 'key_verdict', values: { verdict: t(verdict) }, run: () => choose(i) })),
      { key: 'n', what: 'key_note', run: () => note.focus() }],
  };
}

export const isLive = (reviewCase) => live.has(reviewCase.state);

// What stands where a case is no longer live: the decision, and taking it back.
export function decidedPanel({ reviewCase, decision, onChange }) {
  const message = el('p', { class: 'error', role: 'alert', tabindex: '-1' });
  const failed = async (error) => {
    message.replaceChildren(...(await refusal(error)));
    if (error.reason === 'later_changes') message.append(' ', button(t('undo_keep'), async () => { try { onChange(await undo(decision, true), 'undone'); } catch (again) { failed(again); } }));
    message.focus();
  };
  const buttons = decision ? decisionButtons(decision, { done: onChange, failed }) : [];
  const undoing = el('div', { class: 'actions' }, buttons.filter(Boolean));
  return {
    element: el('section', { class: 'panel' }, el('h2', { tabindex: '-1' }, word(reviewCase.state)), decision ? el('p', {}, describeDecision(decision)) : el('p', {}, t('withdrawn_why')), undoing, message),
    keys: decision && canUndo(decision) ? [{ key: 'u', what: 'key_undo', run: () => undoing.querySelector('.undo')?.click() }] : [],
  };
}
