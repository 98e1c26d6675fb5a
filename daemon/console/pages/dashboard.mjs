// The state of things: the qualification rate and its trend, the queue by kind and age, and how often
// the machine was right.
import { call } from './api.mjs';
import { currentLanguage, errorText, t } from './catalogue.mjs';
import { el, svg } from './dom.mjs';
import { count, day, instant, month, percent, word } from './format.mjs';
import { bindKeys } from './keys.mjs';
import { qualitySection } from './quality.mjs';
import { addressOf } from './queue.mjs';

const kinds = ['KIND_DUPLICATE', 'KIND_LINK', 'KIND_HOMONYM', 'KIND_COLLISION', 'KIND_INS_CONFLICT', 'KIND_FREQUENT_VALUE'];
const statuses = [['qualifiedCount', 'TRUST_STATUS_QUALIFIED'], ['validatedCount', 'TRUST_STATUS_VALIDATED'], ['recoveredCount', 'TRUST_STATUS_RECOVERED'], ['provisionalCount', 'TRUST_STATUS_PROVISIONAL']];
// Ages of open cases, in days, and the most pages of 200 that are read for them.
const ages = [[0, 7], [7, 30], [30, 90], [90, Infinity]];
const pagesMax = 10;

function trend(rows) {
  const known = rows.filter((row) => row.rate !== undefined);
  if (known.length < 2) return null;
  const width = 640, height = 160, pad = 14;
  const x = (i) => pad + (i / (rows.length - 1)) * (width - 2 * pad);
  const y = (rate) => height - pad - rate * (height - 2 * pad);
  const points = rows.map((row, i) => (row.rate === undefined ? null : [x(i), y(row.rate)]));
  const line = points.filter(Boolean).map((point) => point.join(',')).join(' ');
  return svg('svg', { class: 'trend', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    [0, 0.5, 1].map((rate) => svg('line', { class: 'grid', x1: pad, x2: width - pad, y1: y(rate), y2: y(rate) })),
    svg('polyline', { class: 'line', points: line }), points.filter(Boolean).map(([cx, cy]) => svg('circle', { class: 'mark', cx, cy, r: 4 })));
}

const table = (caption, columns, rows) =>
  el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': caption }, el('table', {}, el('caption', {}, caption),
    el('thead', {}, el('tr', {}, columns.map((column, i) => el('th', { scope: 'col', class: i ? null : 'words' }, column)))),
    el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((cell, i) => (i ? el('td', {}, cell) : el('th', { scope: 'row' }, cell))))))));

// The last twelve whole and begun months: the figures most people ask for.
function lastYear(now = new Date()) {
  const start = new Date(Date.UTC(now.getFullYear(), now.getMonth() - 11, 1));
  const plain = (date) => ({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
  return { start_date: plain(start), end_date: { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() } };
}

async function rate() {
  const answer = await call('QualificationService', 'ComputeRate', { ...lastYear(), groupings: ['GROUPING_MONTH'] }, { seconds: 60 });
  const { total, definition } = answer;
  const title = definition.title?.[currentLanguage() === 'fr' ? 'french' : 'english'] ?? definition.name;
  const rows = answer.rows ?? [];
  return el('section', {}, el('h2', {}, t('rate_title')),
    el('p', { class: 'lead' }, `${title} · ${t('from_to', { from: day(answer.startDate), to: day(answer.endDate) })} · ${t('drawn_on', { instant: instant(answer.asOfTime) })}`),
    el('div', { class: 'notice' }, el('p', {}, t('not_official'))),
    el('p', { class: 'rate' }, percent(total.rate)),
    el('p', {}, t('rate_counts', { numerator: count(total.numerator), denominator: count(total.denominator) })),
    trend(rows),
    el('div', { class: 'two' },
      table(t('rate_by_month'), [t('month'), t('rate_word'), t('numerator'), t('denominator')], rows.map((row) => [month(row.group.month), percent(row.rate), count(row.numerator), count(row.denominator)])),
      table(t('rate_by_status'), [t('fact_status'), t('count_word')], statuses.map(([field, status]) => [word(status), count(total[field])]))));
}

async function openCases(kind) {
  const found = [];
  let token = '';
  for (let page = 0; page < pagesMax; ++page) {
    const answer = await call('ReviewService', 'ListCases', { filter: { kind, state: 'STATE_OPEN' }, page_size: 200, page_token: token }, { background: true });
    found.push(...(answer.cases ?? []));
    token = answer.nextPageToken;
    if (!token) break;
  }
  return { cases: found, isAll: !token };
}

async function queueByAge() {
  const now = Date.now();
  let isAll = true;
  const rows = [];
  for (const kind of kinds) {
    const [{ cases, isAll: all }, counted] = await Promise.all([openCases(kind), call('ReviewService', 'CountCases', { filter: { kind, state: 'STATE_OPEN' } }, { background: true })]);
    isAll &&= all;
    const days = cases.map((one) => (now - new Date(one.openTime)) / 86400000);
    rows.push([el('a', { href: addressOf({ kind, state: 'STATE_OPEN' }) }, word(kind)), count(counted.caseCount), ...ages.map(([from, to]) => count(days.filter((one) => one >= from && one < to).length))]);
  }
  const columns = [t('filter_kind'), t('all'), ...ages.map(([from, to]) => (to === Infinity ? t('age_over', { from }) : t('age_between', { from, to })))];
  return el('section', {}, el('h2', {}, t('queue_by_age')), table(t('queue_by_age_caption'), columns, rows), !isAll && el('p', { class: 'hint' }, t('ages_cut', { most: count(200 * pagesMax) })));
}

// Decisions of the last weeks, by the Monday they begin with; never by person.
const weeks = 8;
const monday = (date) => {
  const start = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  start.setDate(start.getDate() - ((start.getDay() + 6) % 7));
  return start;
};
async function decisionsByWeek() {
  const starts = [monday(new Date())];
  while (starts.length < weeks) starts.push(new Date(starts.at(-1).getFullYear(), starts.at(-1).getMonth(), starts.at(-1).getDate() - 7));
  const counts = starts.map(() => ({ made: 0, undone: 0 }));
  let token = '', isAll = false;
  for (let page = 0; page < pagesMax && !isAll; ++page) {
    const answer = await call('ReviewService', 'ListDecisions', { page_size: 200, page_token: token }, { background: true });
    for (const decision of answer.decisions ?? []) {
      const at = starts.findIndex((start) => new Date(decision.decideTime) >= start);
      if (at < 0) { isAll = true; break; }
      ++counts[at].made;
      if (decision.state === 'STATE_UNDONE') ++counts[at].undone;
    }
    token = answer.nextPageToken;
    if (!token) isAll = true;
  }
  const plain = (date) => day({ year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() });
  return el('section', {}, el('h2', {}, t('decisions_by_week')), table(t('decisions_by_week_caption'), [t('week_of'), t('decisions_made'), t('decisions_undone')], starts.map((start, i) => [plain(start), count(counts[i].made), count(counts[i].undone)])),
    !isAll && el('p', { class: 'hint' }, t('decisions_cut', { most: count(200 * pagesMax) })));
}

export async function render(place, { heading }) {
  heading(t('dashboard_title'));
  bindKeys([]);
  // Each part by itself: one that fails says so and leaves the others.
  const parts = [rate, queueByAge, decisionsByWeek, () => qualitySection(table)].map((part) => {
    const spot = el('section', { 'aria-busy': 'true' }, el('p', { class: 'lead' }, t('loading')));
    place.append(spot);
    return part().then((section) => spot.replaceWith(section), (problem) => {
      spot.removeAttribute('aria-busy');
      spot.replaceChildren(el('p', { class: 'error', role: 'alert' }, errorText(problem)));
    });
  });
  await Promise.all(parts);
}
