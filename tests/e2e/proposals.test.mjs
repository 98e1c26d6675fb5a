// An installation whose own registry merges: a bridge that shares no code with ours is handed decisions as proposals,
// dies between receipt and answer, the daemon is killed, and each merge is carried out once all the same.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, generatedTraits, temporaryFolder, vigie } from './support.mjs';

const settings = { env: { VIGIE_REVIEW_MERGES: 'proposed' } };
let folder, data, daemon;
let requests = 0;

before(async () => {
  folder = temporaryFolder('proposals');
  data = path.join(folder.path, 'data');
  daemon = await Daemon.start(data, settings);
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const act = (service, method, fields) => daemon.call(service, method, { request_id: `proposal-${++requests}`, actor: 'reviewer 1', ...fields });
const identity = async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity;
const json = (...args) => {
  const result = vigie(daemon, ['--output', 'json', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};

// Decides that two new records are one person: nothing is merged here by that.
async function propose(n) {
  const register = async (localId) => act('IdentityService', 'RegisterIdentity', { identity: { domain: 'DPI', local_id: localId, traits: generatedTraits(n) } });
  const first = await register(`L${n}`);
  const second = await register(`R${n}`);
  const decided = await act('ReviewService', 'DecideCase', { case_id: second.opened_case_ids[0], verdict: 'VERDICT_DUPLICATE', surviving_identity_id: first.identity.id });
  assert.equal(decided.decision.state, 'STATE_PROPOSED');
  assert.equal(decided.review_case.state, 'STATE_PROPOSED');
  return { survivor: first.identity.id, merged: second.identity.id, caseId: second.opened_case_ids[0], decision: decided.decision };
}

function connect(name) {
  const stream = daemon.clients.ProposalService.ExchangeProposals();
  const told = [];
  let wake = () => {};
  stream.on('data', (message) => { told.push(message); wake(); });
  const ended = new Promise((resolve) => { stream.on('error', resolve); stream.on('end', () => resolve(null)); });
  stream.write({ hello: { bridge: name } });
  return {
    stream,
    ended,
    async next() {
      while (told.length === 0) {
        await Promise.race([new Promise((resolve) => { wake = resolve; }), ended.then((error) => { throw error ?? new Error('the stream ended'); })]);
      }
      return told.shift();
    },
  };
}

test('a bridge that dies between receipt and answer, and a daemon that is killed, lose nothing and merge once', async () => {
  const one = await propose(1);
  const two = await propose(2);
  assert.deepEqual(json('review', 'proposals').map((entry) => [entry.id, entry.delivery_count ?? 0]), [[one.decision.proposal_id, 0], [two.decision.proposal_id, 0]]);

  const first = connect('dpi');
  const { proposal } = await first.next();
  assert.equal(proposal.id, one.decision.proposal_id);
  assert.deepEqual([proposal.domain, proposal.surviving_local_id, proposal.merged_local_id, proposal.kind], ['DPI', 'L1', 'R1', 'KIND_MERGE']);
  assert.equal((await first.next()).proposal.id, two.decision.proposal_id);
  first.stream.write({ received_proposal_id: proposal.id });
  first.stream.write({ received_proposal_id: '999999' });
  assert.equal((await first.next()).refusal.reason, 'proposal_ended');
  assert.equal((await identity(one.merged)).merged_into_id ?? '', '');
  await daemon.kill();
  await first.ended;
  daemon = await Daemon.start(data, settings);

  const again = connect('dpi');
  const handed = [(await again.next()).proposal, (await again.next()).proposal];
  assert.deepEqual(handed.map((entry) => [entry.id, entry.delivery_count]), [[one.decision.proposal_id, 2], [two.decision.proposal_id, 2]]);
  again.stream.write({ outcome: { proposal_id: handed[0].id, result: 'RESULT_DONE' } });
  const { settled } = await again.next();
  assert.equal(settled.decision.state, 'STATE_IN_FORCE');
  assert.equal((await identity(one.merged)).merged_into_id, one.survivor);
  again.stream.write({ outcome: { proposal_id: handed[0].id, result: 'RESULT_DONE' } });
  assert.equal((await again.next()).settled.commit_number, settled.commit_number);
  again.stream.write({ outcome: { proposal_id: handed[1].id, result: 'RESULT_REFUSED', reason: 'unknown there' } });
  assert.equal((await again.next()).settled.decision.end_reason, 'unknown there');
  assert.equal((await daemon.call('ReviewService', 'GetCase', { case_id: two.caseId })).review_case.state, 'STATE_OPEN');
  assert.deepEqual(json('review', 'proposals'), []);

  // Taken back: the registry is asked to unmerge.
  assert.equal((await act('ReviewService', 'UndoDecision', { decision_id: one.decision.id })).decision.state, 'STATE_UNDO_PROPOSED');
  const unmerge = (await again.next()).proposal;
  assert.equal(unmerge.kind, 'KIND_UNMERGE');
  again.stream.write({ outcome: { proposal_id: unmerge.id, result: 'RESULT_DONE' } });
  assert.equal((await again.next()).settled.decision.state, 'STATE_UNDONE');
  assert.equal((await identity(one.merged)).merged_into_id ?? '', '');
  again.stream.end();
  assert.equal(await again.ended, null);
});

test('a merge the registry made by itself closes the case, metrics count what waits, and the base is sound', async () => {
  const waiting = await propose(3);
  const own = await propose(4);
  const metrics = (await daemon.get('/metrics')).body;
  assert.match(metrics, /^vigie_proposals 2$/m);
  assert.match(metrics, /^vigie_proposal_oldest_age_seconds \d/m);
  const reported = await act('ProposalService', 'ReportMerge', { domain: 'DPI', surviving_local_id: 'L4', merged_local_id: 'R4' });
  assert.equal(reported.review_case.state, 'STATE_DECIDED');
  assert.equal((await identity(own.merged)).merged_into_id, own.survivor);
  assert.deepEqual(json('review', 'proposals').map((entry) => entry.decision_id), [waiting.decision.id]);
  await daemon.stop();
  const checked = vigie(null, ['--output', 'json', 'fsck', data]);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const report = JSON.parse(checked.stdout);
  assert.deepEqual([report.finding_count, report.proposal_count], [0, 1]);
  daemon = await Daemon.start(data, settings);
});
