// What the gRPC door refuses, seen by an independent client: each with its code and its reason.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, errorDetails, generatedTraits, temporaryFolder, vigie } from './support.mjs';

let folder, daemon;
before(async () => {
  folder = temporaryFolder('limits');
  daemon = await Daemon.start(path.join(folder.path, 'data'));
});
after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const [INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNIMPLEMENTED] = [3, 5, 6, 8, 9, 12];
const identity = (n, more = {}) => ({ domain: 'LIM', local_id: `L${n}`, traits: { ...generatedTraits(n), ...more } });

async function refused(promise, code, { reason, field } = {}) {
  const error = await promise.then(() => assert.fail('was accepted'), (e) => e);
  assert.equal(error.code, code, error.message);
  const details = errorDetails(error);
  assert.ok(details.reason, `no reason in: ${error.message}`);
  if (reason) assert.match(details.reason.toLowerCase(), reason);
  if (field) assert.ok(details.fields.some((f) => f.includes(field)), `fields ${details.fields} lack ${field}`);
  return error;
}

test('a call without a deadline is refused', () =>
  refused(daemon.call('AdministrationService', 'GetStatus', {}, { deadlineMilliseconds: null }), INVALID_ARGUMENT, { reason: /deadline/ }));

test('an oversized message is refused', async () => {
  const error = await daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: 'big', identity: identity(1, { address_line: 'x'.repeat(1 << 20) }) }).then(() => assert.fail('was accepted'), (e) => e);
  assert.equal(error.code, RESOURCE_EXHAUSTED, error.message);
});

test('an enum number that does not exist is refused', () =>
  refused(daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'enum', identity: identity(2, { sex: 77 }) }), INVALID_ARGUMENT, { field: 'sex' }));

test('a mutation without a request id is refused, and the same id with another request too', async () => {
  await refused(daemon.call('IdentityService', 'RegisterIdentity', { identity: identity(3) }), INVALID_ARGUMENT, { field: 'request_id' });
  await daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'same', identity: identity(4) });
  await refused(daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'same', identity: identity(5) }), INVALID_ARGUMENT, { reason: /request_id_reused/ });
});

test('a name with a character that has no equivalent is refused without being repeated', async () => {
  const error = await refused(daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: 'digit', identity: identity(6, { birth_family_name: 'SECRETNAME9' }) }), INVALID_ARGUMENT, { field: 'birth_family_name' });
  assert.ok(!error.message.includes('SECRETNAME'));
});

test('required traits that are missing are named', async () => {
  for (const name of ['birth_family_name', 'sex', 'birth_date']) {
    const traits = generatedTraits(7);
    delete traits[name];
    await refused(daemon.call('IdentityService', 'RegisterIdentity', { request_id: `missing-${name}`, identity: { domain: 'LIM', local_id: 'L7', traits } }), INVALID_ARGUMENT, { field: name });
  }
});

test('a taken local id, an unknown identity, a matricule with a wrong key each have their code', async () => {
  await daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'taken-1', identity: identity(8) });
  await refused(daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'taken-2', identity: { ...identity(9), local_id: 'L8' } }), ALREADY_EXISTS);
  await refused(daemon.call('IdentityService', 'GetIdentity', { identity_id: '999999' }), NOT_FOUND);
  await refused(daemon.call('IdentityService', 'GetIdentity', { identity_id: 'x' }), INVALID_ARGUMENT, { field: 'identity_id' });
  const { identity: made } = await daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'key-1', identity: identity(10) });
  // HERMAN GATIEN of the test bench: a published matricule whose key is wrong.
  await refused(daemon.call('IdentityService', 'RecordInsiAnswer', {
    request_id: 'key-2', identity_id: made.id,
    answer: { return_code: '00', query_time: { seconds: 1767225600 }, ins: { matricule: '181036322045660', oid: '1.2.250.1.213.1.4.8' }, traits: generatedTraits(10), coherence_accepted: true },
  }), INVALID_ARGUMENT);
  // A doubtful identity is not asked for at INSi.
  await daemon.call('IdentityService', 'SetAttributes', { request_id: 'doubt-1', identity_id: made.id, doubtful: true });
  await refused(daemon.call('IdentityService', 'RecordInsiAnswer', {
    request_id: 'doubt-2', identity_id: made.id, answer: { return_code: '01', query_time: { seconds: 1767225600 } } }), FAILED_PRECONDITION);
});

test('a search needs a date or a matricule, and takes at most three letters', async () => {
  await refused(daemon.call('IdentityService', 'SearchIdentities', { family_prefix: 'MAR' }), INVALID_ARGUMENT, { field: 'birth_date' });
  await refused(daemon.call('IdentityService', 'SearchIdentities', { birth_date: { year: 1980, month: 1, day: 1 }, family_prefix: 'MART' }), INVALID_ARGUMENT, { field: 'family_prefix' });
  await refused(daemon.call('IdentityService', 'SearchIdentities', { birth_date: { year: 1980, month: 13, day: 1 } }), INVALID_ARGUMENT, { field: 'birth_date' });
});

test('a page token that is not ours is refused', () =>
  refused(daemon.call('ReviewService', 'ListCases', { page_token: 'bm9uc2Vuc2U' }), INVALID_ARGUMENT, { field: 'page_token' }));

test('the command line says what went wrong and ends with 1, or 2 for a wrong option', () => {
  const missing = vigie(daemon, ['explain', '999998', '999999']);
  assert.equal(missing.code, 1);
  assert.ok(missing.stderr.trim().length > 0);
  assert.equal(vigie(daemon, ['search', '--no-such-option']).code, 2);
  const nobody = vigie(null, ['--server', '127.0.0.1:1', 'status']);
  assert.ok(nobody.code !== 0);
  assert.match(nobody.stderr, /127\.0\.0\.1:1/);
});
