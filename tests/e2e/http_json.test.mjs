// The services as JSON over HTTP, seen by fetch, curl and Connect's own client (which shares no code with ours), beside the same
// calls over gRPC; then what a hostile page, a slow client and a wrong body get.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { Daemon, errorDetails, generatedTraits, root, temporaryFolder } from './support.mjs';

let folder, daemon, registry, transport;

before(async () => {
  folder = temporaryFolder('http-json');
  daemon = await Daemon.start(path.join(folder.path, 'data'));
  const image = path.join(folder.path, 'image.binpb');
  const built = spawnSync(path.join(root, 'tests/e2e/node_modules/.bin/buf'), ['build', path.join(root, 'proto'), '-o', image], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  transport = createConnectTransport({ baseUrl: `http://${daemon.http}`, httpVersion: '1.1', useBinaryFormat: false });
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const serviceNames = () => [...registry].filter((type) => type.kind === 'service' && type.typeName.startsWith('vigie.v1.')).map((type) => type.typeName.split('.').pop());
const client = (service) => createClient(registry.getService(`vigie.v1.${service}`), transport);

// One call as a script makes it: { status, body }, the body parsed.
async function post(target, request, headers = {}) {
  const answer = await fetch(`http://${daemon.http}/vigie.v1.${target}`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof request === 'string' ? request : JSON.stringify(request),
  });
  assert.equal(answer.headers.get('content-type'), 'application/json');
  return { status: answer.status, body: await answer.json() };
}

// The reason and the fields at fault of an error's JSON.
function detailsOf(body) {
  const details = { reason: undefined, fields: [] };
  for (const detail of body.details ?? []) {
    if (detail.type === 'google.rpc.ErrorInfo') details.reason = detail.debug.reason;
    if (detail.type === 'google.rpc.BadRequest') details.fields = detail.debug.fieldViolations.map((v) => v.field);
  }
  return details;
}

// What fetch does not let one send: any header, any host, any bytes after the header.
function raw(headers, body = '{}') {
  return new Promise((resolve, reject) => {
    const [host, port] = daemon.http.split(':');
    const request = http.request({ host, port, method: 'POST', path: '/vigie.v1.AdministrationService/GetStatus', headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const identity = (n, more = {}) => ({ domain: 'JSON', local_id: `J${n}`, traits: { ...generatedTraits(n), ...more } });

test('curl registers an identity and reads it back; the same request id over gRPC changes nothing', async () => {
  const request = { request_id: 'curl-1', identity: identity(1) };
  const curl = spawnSync('curl', ['--silent', '--fail-with-body', '--json', JSON.stringify(request), `http://${daemon.http}/vigie.v1.IdentityService/RegisterIdentity`], { encoding: 'utf8' });
  assert.equal(curl.status, 0, curl.stdout + curl.stderr);
  const made = JSON.parse(curl.stdout);
  assert.equal(made.identity.localId, 'J1');
  assert.equal(made.identity.trustStatus, 'TRUST_STATUS_PROVISIONAL');
  const again = await daemon.call('IdentityService', 'RegisterIdentity', request);
  assert.equal(again.identity.id, made.identity.id);
  const read = await post('IdentityService/GetIdentity', { identityId: made.identity.id });
  assert.equal(read.status, 200);
  assert.deepEqual(read.body.identity, made.identity);
});

test('a larger body that curl announces with Expect is not waited for', () => {
  const request = JSON.stringify({ request_id: 'curl-2', identity: identity(2) }) + ' '.repeat(100000);
  const begun = performance.now();
  const curl = spawnSync('curl', ['--silent', '--header', 'Expect: 100-continue', '--json', '@-', `http://${daemon.http}/vigie.v1.IdentityService/RegisterIdentity`], { encoding: 'utf8', input: request });
  assert.equal(JSON.parse(curl.stdout).identity.localId, 'J2');
  assert.ok(performance.now() - begun < 900, 'curl waits one second for a 100 Continue that does not come');
});

test('Connect: identity, INSi answer, document, visit, rate, as a program does it', async () => {
  const traits = { birthFamilyName: 'ADRUN', firstBirthGivenName: 'ZOE', birthGivenNames: 'ZOE', sex: 2, birthDate: { year: 1975, month: 12, day: 31 }, birthPlaceCode: '63220' };
  const identities = client('IdentityService');
  const { identity: made } = await identities.registerIdentity({ requestId: 'c-1', identity: { domain: 'C', localId: 'C1', traits } });
  const queryTime = { seconds: BigInt(Math.floor(Date.now() / 1000)) };
  await identities.recordInsiAnswer({ requestId: 'c-2', identityId: made.id, etag: made.etag,
    answer: { returnCode: '00', queryTime, ins: { matricule: '275126322074974', oid: '1.2.250.1.213.1.4.8' }, traits, coherenceAccepted: true } });
  const today = new Date();
  const qualified = await identities.recordEvidence({ requestId: 'c-3', identityId: made.id, type: 'passport', traitsAgree: true,
    checkDate: { year: today.getFullYear(), month: today.getMonth() + 1, day: today.getDate() } });
  assert.equal(qualified.identity.trustStatus, 4);
  const admission = { seconds: BigInt(Date.UTC(2026, 2, 10, 12) / 1000) };
  for (const [number, localId] of [['V1', 'C1'], ['V2', 'J1']]) {
    await client('VisitService').recordVisit({ requestId: `c-${number}`, visit: { domain: localId[0] === 'C' ? 'C' : 'JSON', visitNumber: number, localId,
      legalEntityFiness: '750712184', siteFiness: '750100125', activity: 1, kind: 1, admissionTime: admission, dischargeTime: { seconds: admission.seconds + 86400n } } });
  }

  const window = { start_date: { year: 2026, month: 3, day: 1 }, end_date: { year: 2026, month: 3, day: 31 }, groupings: ['GROUPING_MONTH'] };
  const overJson = (await post('QualificationService/ComputeRate', window)).body;
  const overGrpc = await daemon.call('QualificationService', 'ComputeRate', window);
  const overConnect = await client('QualificationService').computeRate({ startDate: window.start_date, endDate: window.end_date, groupings: [1] });
  assert.equal(overJson.total.denominator, '2');
  for (const name of ['numerator', 'denominator']) {
    assert.equal(Number(overJson.total[name]), overGrpc.total[name] ?? 0, name);
    assert.equal(overConnect.total[name], BigInt(overJson.total[name]), name);
  }
  assert.equal(overJson.rows.length, 1);
  assert.deepEqual(overJson.rows[0].group, { month: '2026-03' });
  const nothing = (await post('QualificationService/ComputeRate', { start_date: { year: 1999, month: 1, day: 1 }, end_date: { year: 1999, month: 1, day: 31 } })).body;
  assert.equal(nothing.total.denominator, '0', 'a zero is written');
  assert.ok(!('rate' in nothing.total), 'the rate of nothing is absent, not 0');
});

test('every unary call of the contract gives over Connect the code, the reason and the fields it gives over gRPC', async () => {
  let compared = 0, refused = 0;
  const seen = new Set();
  for (const name of serviceNames()) {
    for (const method of registry.getService(`vigie.v1.${name}`).methods.filter((m) => m.methodKind === 'unary')) {
      const overGrpc = await daemon.call(name, method.name, {}).then(() => ({ code: 0 }), (error) => ({ code: error.code, message: error.details, ...errorDetails(error) }));
      const overConnect = await client(name)[method.localName]({}).then(() => ({ code: 0 }), (error) => {
        assert.ok(error instanceof ConnectError);
        const [info] = error.findDetails(registry.getMessage('google.rpc.ErrorInfo'));
        const [bad] = error.findDetails(registry.getMessage('google.rpc.BadRequest'));
        return { code: error.code, message: error.rawMessage, reason: info.reason, metadata: info.metadata, fields: bad ? bad.fieldViolations.map((v) => v.field) : [] };
      });
      assert.deepEqual(overConnect, overGrpc, `${name}/${method.name}`);
      assert.notEqual(overConnect.code, Code.Unimplemented, `${name}/${method.name}`);
      ++compared;
      if (overConnect.code !== 0) { ++refused; seen.add(overConnect.reason); }
    }
  }
  assert.ok(compared >= 21, `${compared} calls`);
  assert.ok(refused >= 15);
  console.log(`ROW=json compared=${compared} refused=${refused} reasons=${[...seen].sort().join(',')}`);
});

test('the same wrong requests are refused for the same reasons over both doors', async () => {
  const wrong = [
    ['IdentityService', 'GetIdentity', { identity_id: '999999' }],
    ['IdentityService', 'GetIdentity', { identity_id: 'x' }],
    ['IdentityService', 'RegisterIdentity', { request_id: 'w-1', identity: { ...identity(50), local_id: 'J1' } }],
    ['IdentityService', 'RegisterIdentity', { request_id: 'curl-1', identity: identity(51) }],
    ['IdentityService', 'RegisterIdentity', { request_id: 'w-2', identity: identity(52, { sex: 77 }) }],
    ['IdentityService', 'RegisterIdentity', { request_id: 'w-3', identity: identity(53, { birth_family_name: 'SECRETNAME9' }) }],
    ['IdentityService', 'SearchIdentities', { birth_date: { year: 1980, month: 13, day: 1 } }],
    ['IdentityService', 'MatchIdentity', { traits: {} }],
    ['VisitService', 'GetVisit', { domain: 'NO', visit_number: 'NO' }],
    ['ReviewService', 'GetCase', { case_id: '999999' }],
    ['QualificationService', 'ComputeRate', { definition: 'none', start_date: { year: 2026, month: 1, day: 1 }, end_date: { year: 2026, month: 1, day: 31 } }],
  ];
  for (const [service, method, request] of wrong) {
    const overGrpc = await daemon.call(service, method, request).then(() => assert.fail(`${method} was accepted`), errorDetails);
    const { status, body } = await post(`${service}/${method}`, request);
    assert.ok(status >= 400, `${method} ${status}`);
    const details = detailsOf(body);
    assert.equal(details.reason, overGrpc.reason, method);
    assert.deepEqual(details.fields, overGrpc.fields, method);
    assert.ok(!JSON.stringify(body).includes('SECRETNAME'));
  }
});

test('a body that is not what the call takes is refused, naming the field and never a value', async () => {
  const cases = [
    ['', 'json_invalid'],
    ['not json', 'json_invalid'],
    ['[]', 'json_invalid'],
    ['{"identity_id": "1",}', 'json_invalid'],
    ["{'identity_id': '1'}", 'json_invalid'],
    ['{"identity_id": "1"} trailing', 'json_invalid'],
    [Buffer.from('7b226964656e746974795f6964223a2022ff227d', 'hex'), 'json_invalid'],
    ['{"identity_idd": "1"}', 'fields_invalid', 'identity_idd'],
    ['{"identity_id": "1", "identityId": "2"}', 'fields_invalid', 'identity_id'],
    ['{"identity_id": {"SECRETNAME": 1}}', 'fields_invalid', 'identity_id'],
    [`{"identity_id": ${'['.repeat(100000)}`, 'fields_invalid', 'identity_id'],
    [`{"x": ${'{"x":'.repeat(40000)}`, 'fields_invalid', 'x'],
  ];
  for (const [body, reason, field] of cases) {
    const answer = await fetch(`http://${daemon.http}/vigie.v1.IdentityService/GetIdentity`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await answer.text();
    assert.equal(answer.status, 400, text);
    const details = detailsOf(JSON.parse(text));
    assert.equal(details.reason, reason, String(body).slice(0, 60));
    if (field) assert.deepEqual(details.fields, [field]);
    assert.ok(!text.includes('SECRETNAME'));
  }
  const large = await post('IdentityService/GetIdentity', { identity_id: 'x'.repeat(3 << 20) });
  assert.equal(large.status, 429);
  assert.equal(detailsOf(large.body).reason, 'message_too_large');
});

test('a page of another site, or a name that only points to this machine, reaches nothing', async () => {
  const type = { 'content-type': 'application/json' };
  assert.equal((await raw(type)).status, 200);
  assert.equal((await raw({ ...type, origin: `http://${daemon.http}` })).status, 200);
  for (const headers of [{ host: 'evil.example' }, { host: `evil.example:${daemon.http.split(':')[1]}` }, { origin: 'https://evil.example' }, { origin: 'null' },
    { origin: 'http://127.0.0.1:1' }, { 'sec-fetch-site': 'cross-site' }]) {
    const answer = await raw({ ...type, ...headers });
    assert.equal(answer.status, 403, JSON.stringify(headers));
    assert.equal(detailsOf(JSON.parse(answer.body)).reason, 'origin_foreign');
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  // What a form can send without asking first.
  for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await raw({ 'content-type': contentType });
    assert.equal(answer.status, 415);
    assert.equal(answer.headers['accept-post'], 'application/json');
  }
  const url = `http://${daemon.http}/vigie.v1.AdministrationService/GetStatus`;
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await fetch(url, { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.get('allow'), 'POST');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  }
  assert.equal((await post('IdentityService/DropEverything', {})).status, 404);
  assert.equal((await daemon.get('/readyz')).status, 200);
});

test('a deadline that is over begins nothing; one in words is refused', async () => {
  const before = (await post('AdministrationService/GetStatus', {})).body.commitNumber;
  const late = await post('IdentityService/RegisterIdentity', { request_id: 'late', identity: identity(60) }, { 'connect-timeout-ms': '0' });
  assert.equal(late.status, 504);
  assert.equal(detailsOf(late.body).reason, 'deadline_passed');
  assert.equal((await post('AdministrationService/GetStatus', {})).body.commitNumber, before);
  const words = await post('AdministrationService/GetStatus', {}, { 'connect-timeout-ms': 'soon' });
  assert.deepEqual(detailsOf(words.body).fields, ['connect-timeout-ms']);
  assert.equal((await post('AdministrationService/GetStatus', {}, { 'connect-protocol-version': '1', 'connect-timeout-ms': '2000' })).status, 200);
});

test('slow and silent clients are closed and hold up nobody', async () => {
  const [host, port] = daemon.http.split(':');
  const begun = performance.now();
  const slow = [...Array(20).keys()].map((i) => new Promise((resolve) => {
    const socket = net.connect(Number(port), host, () => {
      socket.write('POST /vigie.v1.AdministrationService/GetStatus HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n');
    });
    // A byte at a time, for ever, from half of them.
    const drip = i % 2 ? setInterval(() => socket.write(' '), 300) : undefined;
    socket.on('error', () => {});
    socket.on('close', () => { clearInterval(drip); resolve(performance.now() - begun); });
  }));
  const latencies = [];
  for (let i = 0; i < 20; ++i) {
    const sent = performance.now();
    assert.equal((await post('AdministrationService/GetStatus', {})).status, 200);
    latencies.push(performance.now() - sent);
  }
  const closed = await Promise.all(slow);
  assert.ok(Math.max(...closed) < 20000, `closed after ${Math.max(...closed)} ms`);
  console.log(`ROW=json slow_clients=20 closed_after_ms=${Math.round(Math.max(...closed))} worst_call_beside_ms=${Math.round(Math.max(...latencies))}`);
});

test('calls over HTTP are counted as calls over gRPC are', async () => {
  const count = async () => Number(/vigie_rpc_total\{method="GetVisit",code="NOT_FOUND"\} (\d+)/.exec((await daemon.get('/metrics')).body)?.[1] ?? 0);
  const before = await count();
  assert.equal((await post('VisitService/GetVisit', { domain: 'NO', visit_number: 'NO' })).status, 404);
  assert.equal(await count(), before + 1);
});

test('what was answered before a stop is there after it, and what was not begun says so', async () => {
  const answers = new Map();
  let stopping = false;
  const writer = async (w) => {
    for (let n = 0; ; ++n) {
      const localId = `S${w}-${n}`;
      const answer = await post('IdentityService/RegisterIdentity', { request_id: `s-${w}-${n}`, identity: { ...identity(100 + w * 1000 + n), local_id: localId } }).catch(() => undefined);
      if (answer?.status === 200) answers.set(localId, answer.body.identity.id);
      else if (stopping) return answer && detailsOf(answer.body).reason;
      else assert.fail(JSON.stringify(answer?.body));
    }
  };
  const writers = Promise.all([...Array(8).keys()].map(writer));
  await new Promise((resolve) => setTimeout(resolve, 500));
  stopping = true;
  await daemon.stop();
  const ends = await writers;
  // Refused as not begun, or not connected at all: never an answer cut in two.
  for (const end of ends) assert.ok(end === undefined || end === 'shutting_down', end);
  daemon = await Daemon.start(path.join(folder.path, 'data'));
  assert.ok(answers.size > 0);
  for (const [localId, id] of answers) {
    const found = await post('IdentityService/ResolveIdentity', { local_id: { domain: 'JSON', local_id: localId } });
    assert.equal(found.body.identities?.[0].id, id, localId);
  }
  console.log(`ROW=json acknowledged_before_stop=${answers.size} lost=0 ends=${[...new Set(ends)].join('|')}`);
});
