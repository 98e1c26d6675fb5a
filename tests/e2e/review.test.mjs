// The review desk over the wire: the queue of a generated hospital is worked through by gRPC, by the command line, by curl and by
// Connect's own client; decisions survive kill -9, are undone, and the base is sound after all of it.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createClient, ConnectError, Code } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { Daemon, errorDetails, root, temporaryFolder, vigie } from './support.mjs';

let folder, daemon, data;

before(async () => {
  folder = temporaryFolder('review');
  data = path.join(folder.path, 'data');
  const sample = path.join(folder.path, 'sample');
  const generated = vigie(null, ['generate', '--identities', '2000', '--visits', '4000', '--seed', '51', '--out', sample]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(data);
  for (const kind of ['identities', 'visits']) {
    const result = vigie(daemon, ['import', kind, path.join(sample, `${kind}.csv`)]);
    assert.ok(result.code === 0 || result.code === 1, result.stderr); // rows refused on purpose
  }
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

let requests = 0;
const review = (method, fields) => daemon.call('ReviewService', method, fields);
const act = (method, fields, actor = 'reviewer 1') => review(method, { request_id: `review-${++requests}`, actor, ...fields });
const identity = async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity;
const duplicates = async (count) =>
  (await review('ListCases', { filter: { kind: 'KIND_DUPLICATE', state: 'STATE_OPEN' }, page_size: count })).cases;
const json = (...args) => {
  const result = vigie(daemon, ['--output', 'json', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};
const reasonOf = async (call) => {
  try {
    await call;
  } catch (error) {
    return { ...errorDetails(error), grpc: error.code };
  }
  return assert.fail('must be refused');
};
// What a person sees of an identity: everything but when and how often it was written.
const content = ({ etag, update_time, ...rest }) => rest;

test('a merge is previewed, made, resolvable, and undone to what was', async () => {
  const [item] = await duplicates(1);
  const [survivor, merged] = item.identity_ids;
  const before = [await identity(survivor), await identity(merged)];
  const preview = await review('DecideCase', { case_id: item.id, verdict: 'VERDICT_DUPLICATE', surviving_identity_id: survivor, validate_only: true });
  assert.equal(preview.merge.merged_identity_id, merged);
  assert.ok(preview.merge.warnings.includes('clinical_data_stays'));
  assert.equal(preview.decision.id ?? '', '');
  assert.deepEqual([await identity(survivor), await identity(merged)], before);

  const done = await act('DecideCase', { case_id: item.id, etag: item.etag, verdict: 'VERDICT_DUPLICATE', surviving_identity_id: survivor, fields_from_merged: ['phone', 'city'], reason: 'same document' });
  assert.equal(done.review_case.state, 'STATE_DECIDED');
  const found = await daemon.call('IdentityService', 'ResolveIdentity', { local_id: { domain: before[1].domain, local_id: before[1].local_id } });
  assert.deepEqual(found.identities.map((one) => one.id), [survivor]);
  assert.equal((await identity(merged)).merged_into_id, survivor);

  const late = await reasonOf(act('DecideCase', { case_id: item.id, verdict: 'VERDICT_DIFFERENT_PERSONS' }, 'reviewer 2'));
  assert.equal(late.reason, 'case_decided');
  assert.equal(late.grpc, 10); // ABORTED

  const undone = await act('UndoDecision', { decision_id: done.decision.id, reason: 'wrong patient' }, 'reviewer 2');
  assert.equal(undone.decision.state, 'STATE_UNDONE');
  assert.equal(undone.review_case.state, 'STATE_OPEN');
  const after = [await identity(survivor), await identity(merged)];
  assert.deepEqual(after.map(content), before.map(content));
});

test('the command line does everything without a browser', async () => {
  const [item] = await duplicates(1);
  assert.equal(json('review', 'claim', item.id, '--actor', 'cell').assignee, 'cell');
  const stranger = vigie(daemon, ['review', 'decide', item.id, 'different_persons', '--actor', 'somebody']);
  assert.notEqual(stranger.code, 0);
  assert.match(stranger.stderr, /case_claimed/);
  const preview = vigie(daemon, ['review', 'decide', item.id, 'duplicate', '--survivor', item.identity_ids[0], '--preview']);
  assert.equal(preview.code, 0, preview.stderr);
  assert.match(preview.stdout, /would be merged into/);
  const decided = json('review', 'decide', item.id, 'different_persons', '--actor', 'cell', '--reason', 'twins', '--note', 'seen together');
  assert.equal(decided.decision.state, 'in_force');
  const listed = json('review', 'decisions', '--identity', item.identity_ids[0], '--in-force');
  assert.equal(listed[0].note, 'seen together');
  assert.equal(json('review', 'undo', decided.decision.id, '--actor', 'cell').decision.state, 'undone');
  assert.equal(json('review', 'hold', item.id, '--actor', 'cell', '--until', '2099-01-01', '--reason', 'document awaited').state, 'on_hold');
  assert.equal(json('review', 'release', item.id, '--actor', 'cell').state, 'open');
});

test('curl and a Connect client list, decide and are refused for the same reasons', async () => {
  const url = `http://${daemon.http}/vigie.v1.ReviewService`;
  const curl = (method, body) => {
    const called = spawnSync('curl', ['-sS', '-X', 'POST', '-H', 'Content-Type: application/json', '-d', JSON.stringify(body), `${url}/${method}`], { encoding: 'utf8' });
    assert.equal(called.status, 0, called.stderr);
    return JSON.parse(called.stdout);
  };
  const page = curl('ListCases', { filter: { kind: 'KIND_DUPLICATE', state: 'STATE_OPEN' }, pageSize: 2 });
  const [first, second] = page.cases;
  const decided = curl('DecideCase', { requestId: 'curl-1', actor: 'curl', caseId: first.id, verdict: 'VERDICT_DIFFERENT_PERSONS' });
  assert.equal(decided.decision.actor, 'curl');
  const again = curl('DecideCase', { requestId: 'curl-2', actor: 'curl', caseId: first.id, verdict: 'VERDICT_DIFFERENT_PERSONS' });
  assert.equal(again.code, 'aborted');
  assert.equal(again.details.find((one) => one.type === 'google.rpc.ErrorInfo').debug.reason, 'case_decided');

  const image = path.join(folder.path, 'image.binpb');
  const built = spawnSync(path.join(root, 'tests/e2e/node_modules/.bin/buf'), ['build', path.join(root, 'proto'), '-o', image], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  const transport = createConnectTransport({ baseUrl: `http://${daemon.http}`, httpVersion: '1.1', useBinaryFormat: false });
  const client = createClient(registry.getService('vigie.v1.ReviewService'), transport);
  const listed = await client.listCases({ filter: { kind: 1, state: 1 }, pageSize: 1 });
  assert.equal(listed.cases[0].id, second.id);
  const merged = await client.decideCase({ requestId: 'connect-1', actor: 'connect', caseId: second.id, verdict: 1, survivingIdentityId: second.identityIds[1] });
  assert.equal(merged.decision.survivingIdentityId, second.identityIds[1]);
  await assert.rejects(client.decideCase({ requestId: 'connect-2', actor: 'connect', caseId: second.id, verdict: 3 }), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.Aborted);
    return true;
  });
});

test('decisions are on disk when they are answered: kill -9, and the base is sound', async () => {
  const open = await duplicates(20);
  const made = [];
  for (const [i, item] of open.entries()) {
    const verdict = i % 2 === 0 ? 'VERDICT_DUPLICATE' : 'VERDICT_DIFFERENT_PERSONS';
    try {
      const done = await act('DecideCase', { case_id: item.id, verdict, surviving_identity_id: i % 2 === 0 ? item.identity_ids[0] : '' });
      made.push(done.decision);
    } catch (error) {
      // An earlier merge of this loop may have ended it, or a finding stands against it.
      assert.match(errorDetails(error).reason, /case_closed|identity_merged|pair_decided|different_qualified/);
    }
  }
  assert.ok(made.length > 10, `${made.length}`);
  await daemon.kill();
  daemon = await Daemon.start(data);
  for (const decision of made) {
    assert.deepEqual((await review('GetDecision', { decision_id: decision.id })).decision, decision);
  }
  for (const decision of made.filter((one) => one.verdict === 'VERDICT_DUPLICATE')) {
    const merged = decision.identity_ids.find((id) => id !== decision.surviving_identity_id);
    assert.equal((await identity(merged)).merged_into_id, decision.surviving_identity_id);
  }
  await daemon.stop();
  const checked = vigie(null, ['--output', 'json', 'fsck', data]);
  assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  const report = JSON.parse(checked.stdout);
  assert.equal(report.finding_count, 0);
  assert.ok(report.decision_count >= made.length);
  daemon = await Daemon.start(data);
  const verified = vigie(daemon, ['verify-figures']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});
