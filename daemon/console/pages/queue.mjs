// The queue: which cases, how many, most urgent first; filters that can be kept under a name.
import { call, session } from './api.mjs';
import { errorText, everyText, t } from './catalogue.mjs';
import { bdi, button, el, field } from './dom.mjs';
import { age, bits, count, probability, word } from './format.mjs';
import { personLine } from './identity.mjs';
import { bindKeys } from './keys.mjs';

const pageSize = 25;
const storageKey = 'vigie.filters';
const choices = {
  kind: ['KIND_DUPLICATE', 'KIND_LINK', 'KIND_HOMONYM', 'KIND_COLLISION', 'KIND_INS_CONFLICT', 'KIND_FREQUENT_VALUE'],
  state: ['STATE_OPEN', 'STATE_ESCALATED', 'STATE_ON_HOLD', 'STATE_AWAITING_CONFIRMATION', 'STATE_PROPOSED', 'STATE_DECIDED', 'STATE_WITHDRAWN'],
  band: ['BAND_CERTAIN', 'BAND_PROBABLE', 'BAND_POSSIBLE'],
};

const readSaved = () => {
  try { return JSON.parse(localStorage.getItem(storageKey) ?? '{}'); } catch { return {}; }
};
const writeSaved = (saved) => {
  try { localStorage.setItem(storageKey, JSON.stringify(saved)); } catch { /* A browser that keeps nothing. */ }
};

const noFilter = { kind: '', state: 'STATE_OPEN', band: '', domain: '', mine: '', reason: '', age: '', weight_min: '', weight_max: '', site: '', visit: '' };
const moreFilters = ['reason', 'age', 'weight_min', 'weight_max', 'site', 'visit'];

// The filter of the address: what is missing is open cases of every kind.
function filterOf(params) {
  const filter = { ...noFilter };
  for (const name of Object.keys(filter)) if (params.has(name)) filter[name] = params.get(name);
  return filter;
}
// "under-30": in the last 30 days; "over-30": before them.
const daysAgo = (days) => new Date(Date.now() - days * 86400000).toISOString();
function spanOf(text, from, before) {
  const found = /^(under|over)-(\d{1,4})$/.exec(text ?? '');
  return found ? { [found[1] === 'under' ? from : before]: daysAgo(Number(found[2])) } : {};
}
const numberOf = (text) => {
  const value = Number((text ?? '').replace(',', '.').replace('\u2212', '-'));
  return text && Number.isFinite(value) ? value : null;
};
// The filter as the contract has it.
export function requestOf(filter) {
  const request = { ...spanOf(filter.age, 'open_time_from', 'open_time_before'), ...spanOf(filter.visit, 'visit_time_from', 'visit_time_before') };
  for (const name of ['kind', 'state', 'band', 'domain', 'reason']) if (filter[name]) request[name] = filter[name];
  if (filter.mine) request.assignee = session.current.name;
  if (filter.site) request.site_finess = filter.site;
  for (const [name, field] of [['weight_min', 'weight_bits_min'], ['weight_max', 'weight_bits_max']]) {
    const value = numberOf(filter[name]);
    if (value !== null) request[field] = value;
  }
  return request;
}
// One page of the queue: of each group its most urgent case, and the group beside it.
const listCases = (filter, token) =>
  call('ReviewService', 'ListCases', { filter: requestOf(filter), page_size: pageSize, page_token: token, collapse_groups: true });
export const addressOf = (filter) => `#/queue?${new URLSearchParams(filter)}`;

// Runs `work` on every item, a few at a time: the door takes so many calls at once.
export async function few(items, work, atOnce = 4) {
  const rest = [...items];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (rest.length) await work(rest.shift());
  }));
}

const spans = {
  age: [['under-7', 'age_under', 7], ['under-30', 'age_under', 30], ['over-30', 'age_over_days', 30], ['over-90', 'age_over_days', 90], ['over-365', 'age_over_days', 365]],
  visit: [['under-7', 'visit_under', 7], ['under-30', 'visit_under', 30], ['over-30', 'visit_over', 30], ['over-365', 'visit_over', 365]],
};

function filterControls(filter) {
  const select = (name, all, options) => el('select', { name }, el('option', { value: '' }, all),
    options.map(([value, label]) => el('option', { value, selected: filter[name] === value }, label)));
  const words = (name, all) => select(name, all, choices[name].map((value) => [value, word(value)]));
  const span = (name) => select(name, t('any_span'), spans[name].map(([value, key, days]) => [value, t(key, { days })]));
  const typed = (name, attributes) => el('input', { name, value: filter[name], autocomplete: 'off', spellcheck: 'false', ...attributes });
  const reasons = Object.keys(everyText()).filter((key) => key.startsWith('reason_')).map((key) => [key.slice('reason_'.length), t(key)]);
  return {
    kind: words('kind', t('any_kind')), state: words('state', t('any_state')), band: words('band', t('any_band')),
    domain: typed('domain', { maxlength: 64 }), age: span('age'), reason: select('reason', t('any_reason'), reasons),
    weight_min: typed('weight_min', { inputmode: 'decimal', maxlength: 8, size: 6 }), weight_max: typed('weight_max', { inputmode: 'decimal', maxlength: 8, size: 6 }),
    site: typed('site', { inputmode: 'numeric', maxlength: 9, size: 11 }), visit: span('visit'),
  };
}

function filterForm(filter) {
  const controls = filterControls(filter);
  const mine = el('input', { type: 'checkbox', id: 'filter-mine' });
  mine.checked = filter.mine !== '';
  const labelled = (names) => names.map((name) => field(t(`filter_${name}`), controls[name]));
  const form = el('form', { class: 'filters', 'aria-label': t('filters') },
    labelled(['kind', 'state', 'band', 'domain']),
    el('p', { class: 'check' }, mine, el('label', { for: mine.id }, t('filter_mine'))),
    el('div', { class: 'field' }, el('button', { type: 'submit', class: 'primary' }, t('filter_apply'))),
    el('details', { class: 'more-filters', open: moreFilters.some((name) => filter[name]) }, el('summary', {}, t('filters_more')), el('div', { class: 'filters' }, labelled(moreFilters))));
  const weights = [controls.weight_min, controls.weight_max];
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    for (const control of weights) control.setCustomValidity(control.value.trim() && numberOf(control.value.trim()) === null ? t('not_a_number') : '');
    if (!form.reportValidity()) return;
    location.hash = addressOf({ ...Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value.trim()])), mine: mine.checked ? '1' : '' });
  });
  for (const control of weights) control.addEventListener('input', () => control.setCustomValidity(''));
  return form;
}

function savedFilters(filter, again) {
  const saved = readSaved();
  const names = Object.keys(saved).sort();
  const name = el('input', { maxlength: 40, autocomplete: 'off' });
  const form = el('form', { class: 'saved' }, field(t('saved_name'), name), el('button', { type: 'submit' }, t('saved_keep')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!name.value.trim()) { name.focus(); return; }
    writeSaved({ ...readSaved(), [name.value.trim()]: filter });
    again(t('saved_done', { name: name.value.trim() }));
  });
  return el('details', { class: 'saved-filters' }, el('summary', {}, t('saved_title', { count: names.length })),
    names.length > 0 && el('ul', {}, names.map((one) => el('li', {}, el('a', { href: addressOf(saved[one]) }, bdi(one)), ' ',
      button(t('saved_forget'), () => { const rest = readSaved(); delete rest[one]; writeSaved(rest); again(t('saved_forgotten', { name: one })); },
        { class: 'quiet', 'aria-label': t('saved_forget_name', { name: one }) })))),
    form);
}

// Open cases by kind, each a link to its queue.
async function fillCounters(place, current) {
  const list = el('ul', { class: 'counters' });
  place.replaceChildren(list);
  for (const kind of choices.kind) {
    const item = el('li', {}, el('a', { href: addressOf({ kind, state: 'STATE_OPEN' }), 'aria-current': current === kind ? 'true' : null }, word(kind), ' ', el('span', { class: 'count' }, '…')));
    list.append(item);
    call('ReviewService', 'CountCases', { filter: { kind, state: 'STATE_OPEN' } }, { background: true }).then(
      (answer) => { item.querySelector('.count').textContent = count(answer.caseCount); },
      () => { item.querySelector('.count').textContent = '?'; });
  }
}

// How many other pairs the case's group has.
function groupMark(group) {
  const others = (group?.caseIds ?? []).length - 1;
  if (others < 1) return '';
  return [' ', el('span', { class: 'tag' }, el('span', { 'aria-hidden': 'true' }, `+${others}${group.cut ? '…' : ''}`), el('span', { class: 'spoken' }, t('group_of', { count: count(group.identityIds.length) })))];
}

function caseRow(one, group) {
  const people = el('td', { class: 'words people' }, '…');
  const row = el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: `#/case/${one.id}` }, t('case_number', { id: one.id })), groupMark(group)),
    el('td', { class: 'words' }, word(one.kind)),
    people,
    el('td', {}, count(one.priority)),
    el('td', { class: 'words' }, one.modelVersion ? word(one.band) : '–'),
    el('td', {}, one.modelVersion ? bits(one.weightBits) : '–'),
    el('td', { class: 'wide' }, one.modelVersion ? probability(one.probability) : '–'),
    el('td', { class: 'words wide' }, bdi(one.domain)),
    el('td', { class: 'words' }, age(one.openTime)),
    el('td', { class: 'words' }, word(one.state), one.assignee ? el('span', { class: 'hint' }, ' ', bdi(one.assignee)) : ''));
  return { row, people };
}

export async function render(place, { params, announce, heading }) {
  const filter = filterOf(params);
  heading(t('queue_title'));
  const counters = el('div', {}), message = el('p', { role: 'status', class: 'hint' });
  const body = el('tbody', {}), error = el('p', { class: 'error', role: 'alert' });
  const more = button(t('queue_more'), () => load(), { hidden: true });
  const again = (text) => { announce(text); place.querySelector('.saved-filters').replaceWith(savedFilters(filter, again)); };
  place.append(el('section', { 'aria-label': t('counters') }, counters),
    el('section', {}, filterForm(filter), savedFilters(filter, again)),
    el('section', { 'aria-label': t('queue_list') }, message,
      el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('queue_list') },
        el('table', { class: 'queue' }, el('caption', {}, t('queue_caption')),
          el('thead', {}, el('tr', {}, [['column_case', 'words'], ['column_kind', 'words'], ['column_people', 'words'], ['column_priority'], ['column_band', 'words'], ['column_weight'], ['column_probability', 'wide'], ['column_domain', 'words wide'], ['column_age', 'words'], ['column_state', 'words']]
            .map(([key, css]) => el('th', { scope: 'col', class: css ?? null }, t(key))))), body)),
      error, more));
  fillCounters(counters, Object.keys(noFilter).every((name) => name === 'kind' || filter[name] === noFilter[name]) ? filter.kind : '');

  const identities = new Map();
  const identityOf = (id) => {
    if (!identities.has(id)) identities.set(id, call('IdentityService', 'GetIdentity', { identity_id: id }).then((answer) => answer.identity));
    return identities.get(id);
  };
  let token = '', shown = 0;
  async function load() {
    more.disabled = true;
    error.textContent = '';
    try {
      const answer = await listCases(filter, token);
      const added = (answer.cases ?? []).map((one, i) => ({ one, ...caseRow(one, answer.groups?.[i]) }));
      body.append(...added.map(({ row }) => row));
      const first = shown;
      shown += added.length;
      token = answer.nextPageToken;
      more.hidden = !token;
      message.textContent = shown === 0 ? t('queue_empty') : t(token ? 'queue_shown_more' : 'queue_shown_all', { shown: count(shown) });
      if (first > 0) body.rows[first]?.querySelector('a').focus();
      await few(added, async ({ one, people }) => {
        try {
          const lines = await Promise.all(one.identityIds.map(identityOf));
          people.replaceChildren(...lines.flatMap((identity, i) => (i ? [el('br'), personLine(identity)] : [personLine(identity)])));
        } catch { people.textContent = '?'; }
      });
    } catch (problem) {
      error.textContent = errorText(problem);
    } finally {
      more.disabled = false;
    }
  }
  const move = (step) => {
    const links = [...body.querySelectorAll('th a')];
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  };
  bindKeys([
    { key: 'j', what: 'key_next', run: () => move(1) },
    { key: 'k', what: 'key_previous', run: () => move(-1) },
    { key: 'm', what: 'key_more', run: () => { if (!more.hidden && !more.disabled) more.click(); } },
  ]);
  // What the case page goes on with.
  session.queue = filter;
  await load();
}
