// Three and more identities that pairs of the queue join: shown together, decided pair by pair.
import { call, session } from './api.mjs';
import { t } from './catalogue.mjs';
import { isLive } from './decide.mjs';
import { el } from './dom.mjs';
import { bits, count, word } from './format.mjs';
import { personLine } from './identity.mjs';
import { few } from './queue.mjs';

const named = (id) => el('a', { href: `#/identity/${id}` }, t('identity_number', { id }));

// The pairs of the case's group, and who is in it.
export function groupSection(id, group, cases) {
  const members = new Map(group.identityIds.map((one) => [one, el('li', {}, named(one))]));
  few(group.identityIds, async (one) => {
    try {
      const { identity } = await call('IdentityService', 'GetIdentity', { identity_id: one }, { background: true });
      members.get(one).append(' ', personLine(identity));
    } catch { /* Its number stands. */ }
  });
  const rows = cases.map((one) => el('tr', { 'aria-current': one.id === id ? 'true' : null },
    el('th', { scope: 'row' }, one.id === id ? t('group_this') : el('a', { href: `#/case/${one.id}` }, t('case_number', { id: one.id }))),
    el('td', { class: 'words' }, one.identityIds.flatMap((each, i) => (i ? [' – ', named(each)] : [named(each)]))),
    el('td', {}, bits(one.weightBits)), el('td', { class: 'words' }, word(one.state))));
  const heads = [['column_case', 'words'], ['group_pair', 'words'], ['column_weight', null], ['column_state', 'words']];
  return el('section', { class: 'group' }, el('h2', {}, t('group_title', { count: count(group.identityIds.length) })),
    group.cut && el('p', { class: 'hint' }, t('group_cut')),
    el('ul', {}, [...members.values()]),
    el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('group_caption') },
      el('table', {}, el('caption', {}, t('group_caption')),
        el('thead', {}, el('tr', {}, heads.map(([key, css]) => el('th', { scope: 'col', class: css }, t(key))))),
        el('tbody', {}, rows))));
}

// A pair of the same group that still waits; '' when there is none. The group is remembered while its
// pairs are looked at, because a decided case is of no group any more.
const lookedAtMost = 8;
export async function nextOfGroup(id, group) {
  if (group) session.group = group.caseIds;
  const rest = session.group ?? [];
  if (!rest.includes(id)) return '';
  for (const one of rest.filter((other) => other !== id).slice(0, lookedAtMost)) {
    const { reviewCase } = await call('ReviewService', 'GetCase', { case_id: one }, { background: true });
    if (isLive(reviewCase)) return one;
  }
  return '';
}
