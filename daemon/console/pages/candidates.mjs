// Who else could be the person of a case: what a match on the same traits finds, without those shown.
import { call } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { el } from './dom.mjs';
import { bits, probability } from './format.mjs';
import { personLine, statusMark } from './identity.mjs';

const most = 6;

// Matches every identity by its own traits; each other one once, with its best score.
async function find(identities) {
  const shown = new Set(identities.map((identity) => identity.id)), best = new Map();
  for (const { traits } of identities) {
    const answer = await call('IdentityService', 'MatchIdentity', { traits, limit: most + shown.size }, { background: true });
    for (const candidate of answer.candidates ?? []) {
      const { id } = candidate.identity;
      if (shown.has(id) || best.get(id)?.score.weightBits >= candidate.score.weightBits) continue;
      best.set(id, candidate);
    }
  }
  return [...best.values()].sort((a, b) => b.score.weightBits - a.score.weightBits).slice(0, most);
}

export function otherCandidates(identities) {
  const list = el('ul', { class: 'candidates' }), message = el('p', { class: 'hint', role: 'status' });
  let begun = false;
  const details = el('details', {}, el('summary', {}, t('other_candidates')), message, list);
  details.addEventListener('toggle', async () => {
    if (!details.open || begun) return;
    begun = true;
    message.textContent = t('loading');
    try {
      const found = await find(identities);
      message.textContent = found.length ? '' : t('other_candidates_none');
      list.replaceChildren(...found.map(({ identity, score }) => el('li', {},
        el('a', { href: `#/identity/${identity.id}` }, t('identity_number', { id: identity.id })), ' ', personLine(identity), ' · ', statusMark(identity.trustStatus),
        ' · ', `${bits(score.weightBits)} bits · ${probability(score.probability)}`)));
    } catch (problem) {
      message.textContent = errorText(problem);
    }
  });
  return details;
}
