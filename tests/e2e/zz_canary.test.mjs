// A made-up patient with unmistakable traits goes through every call and every error path; then her
// traits are looked for in everything the daemon and the client ever said, in metrics, and in the
// LOG files of the data folder: in clear, in hexadecimal, in base64 and folded. None may be found.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Daemon, temporaryFolder } from './support.mjs';

const canary = {
  birth_family_name: 'ZYXOQUARTZÉ', first_birth_given_name: 'WILHELMOTTE', birth_given_names: 'WILHELMOTTE XANTHIPPINE',
  sex: 'SEX_FEMALE', birth_date: { year: 1913, month: 7, day: 29 }, birth_place_code: '63220',
  used_family_name: 'KROKODILOWSKY', used_given_name: 'WUPPTINE', address_line: '7 IMPASSE DU PHLOGISTIQUE',
  postal_code: '99187', city: 'VILLEQUIZZ', phone: '0699887766', email: 'zyxo.quartze@phlogiston.example',
};
const matricule = '213076322012358'; // completed below with its right key
const words = ['ZYXOQUARTZ', 'WILHELMOTTE', 'XANTHIPPINE', 'KROKODILOWSKY', 'WUPPTINE', 'PHLOGISTIQUE', 'VILLEQUIZZ', '0699887766', '699887766', 'PHLOGISTON', '1913-07-29', '29/07/1913', '19130729'];

function withKey(body) {
  return body + String(97 - Number(BigInt(body) % 97n)).padStart(2, '0');
}

function forms(word) {
  const lower = word.toLowerCase();
  const all = new Set([word, lower]);
  for (const text of [word, lower]) {
    const bytes = Buffer.from(text);
    all.add(bytes.toString('hex'));
    all.add(bytes.toString('hex').toUpperCase());
    // Base64 of the word at each of the three alignments, without the uncertain ends.
    for (let shift = 0; shift < 3; ++shift) {
      all.add(Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '').slice(shift ? 4 : 0, -2));
    }
  }
  return [...all].filter((form) => form.length >= 6);
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(path.join(folder, entry.name)) : [path.join(folder, entry.name)]);
}

test('no trait and no matricule reaches a log, a metric, a status text or a LOG file', { timeout: 120000 }, async () => {
  const ins = { matricule: withKey(matricule.slice(0, 13)), oid: '1.2.250.1.213.1.4.8' };
  const folder = temporaryFolder('canary');
  let said = '';
  const daemon = await Daemon.start(folder.path, { env: { VIGIE_LOG_LEVEL: 'trace' } });
  const statusTexts = [];
  let serial = 0;
  const call = async (service, method, request, options) => {
    if (request.request_id === '') request.request_id = `canary-${serial++}`;
    try {
      return await daemon.call(service, method, request, options);
    } catch (error) {
      const details = error.metadata?.get('grpc-status-details-bin')[0];
      statusTexts.push(`${error.code} ${error.message} ${details ? details.toString('latin1') : ''}`);
      return undefined;
    }
  };
  const newIdentity = (localId, traits) => ({ domain: 'CANARY', local_id: localId, traits });

  // Everything that works.
  const first = await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C1', canary) });
  const second = await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C2', { ...canary, birth_given_names: 'WILHELMOTTE' }) });
  assert.ok(first && second, statusTexts.join('\n'));
  const id = first.identity.id;
  await call('IdentityService', 'SearchIdentities', { birth_date: canary.birth_date, family_prefix: 'ZYX', given_prefix: 'WIL' });
  await call('IdentityService', 'MatchIdentity', { traits: canary, ins });
  await call('IdentityService', 'ExplainPair', { left_identity_id: id, right_identity_id: second.identity.id });
  await call('IdentityService', 'RecordInsiAnswer', { request_id: '', identity_id: id, answer: { return_code: '00', query_time: { seconds: 1767225600 }, ins, traits: { ...canary, birth_family_name: 'ZYXOQUARTZE' }, coherence_accepted: true } });
  await call('IdentityService', 'RecordEvidence', { request_id: '', identity_id: id, type: 'passport', check_date: { year: 2026, month: 1, day: 2 }, traits_agree: true });
  await call('IdentityService', 'ResolveIdentity', { ins });
  await call('IdentityService', 'SearchIdentities', { ins_matricule: ins.matricule });
  await call('IdentityService', 'ListIdentityChanges', { identity_id: id });
  await call('IdentityService', 'UpdateIdentity', { request_id: '', identity_id: id, traits: { city: 'VILLEQUIZZ' }, update_mask: { paths: ['city'] } });
  await call('ReviewService', 'ListCases', {});

  // Everything that is refused.
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C1', { ...canary, birth_family_name: 'KROKODILOWSKY' }) });
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C3', { ...canary, birth_family_name: 'ZYXOQUARTZ3' }) });
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C3', { ...canary, first_birth_given_name: 'XANTHIPPINE!' }) });
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C3', { ...canary, birth_place_code: 'PHLOGISTON' }) });
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('C3', { ...canary, email: 'PHLOGISTON'.repeat(500) }) });
  await call('IdentityService', 'RegisterIdentity', { request_id: '', identity: newIdentity('KROKODILOWSKY'.repeat(50), canary) });
  await call('IdentityService', 'SearchIdentities', { birth_date: canary.birth_date, family_prefix: 'ZYXOQUARTZ' });
  await call('IdentityService', 'SearchIdentities', { family_prefix: 'WUPPTINE' });
  await call('IdentityService', 'SearchIdentities', { ins_matricule: ins.matricule.slice(0, 14) });
  await call('IdentityService', 'MatchIdentity', { traits: { birth_family_name: 'ZYXOQUARTZ' } });
  await call('IdentityService', 'RecordInsiAnswer', { request_id: '', identity_id: second.identity.id, answer: { return_code: '00', query_time: { seconds: 1767225600 }, ins: { ...ins, matricule: matricule.slice(0, 13) + '00' }, traits: canary, coherence_accepted: true } });
  await call('IdentityService', 'RecordInsiAnswer', { request_id: '', identity_id: second.identity.id, answer: { return_code: 'ZYXOQUARTZ', query_time: { seconds: 1767225600 } } });
  await call('IdentityService', 'RecordEvidence', { request_id: '', identity_id: id, type: 'KROKODILOWSKY', check_date: { year: 2026, month: 1, day: 2 } });
  await call('IdentityService', 'ResolveIdentity', { local_id: { domain: 'CANARY', local_id: 'KROKODILOWSKY' } });
  await call('IdentityService', 'UpdateIdentity', { request_id: '', identity_id: id, traits: canary, update_mask: { paths: ['KROKODILOWSKY'] } });
  await call('VisitService', 'RecordVisit', { request_id: '', visit: { domain: 'CANARY', visit_number: 'V', local_id: 'C1', site_finess: 'VILLEQUIZZ', legal_entity_finess: '750712184', activity: 'ACTIVITY_MCO', kind: 'KIND_DAY', admission_time: { seconds: 1767225600 } } });
  await call('QualificationService', 'ComputeRate', { definition: 'PHLOGISTON', start_date: { year: 2026, month: 1, day: 1 }, end_date: { year: 2026, month: 2, day: 1 } });
  await call('IdentityService', 'MatchIdentity', { traits: canary }, { deadlineMilliseconds: null });

  // The same over HTTP/JSON, and what only that door can be given: values where names belong, and the other way round.
  const refused = async (target, body, headers = {}) => {
    const answer = await fetch(`http://${daemon.http}/vigie.v1.${target}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.status >= 400, `${target} was accepted`);
    statusTexts.push(text, ...(JSON.parse(text).details ?? []).map((detail) => Buffer.from(detail.value, 'base64').toString('latin1')));
  };
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-1', identity: newIdentity('C1', { ...canary, birth_family_name: 'KROKODILOWSKY' }) });
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-2', identity: newIdentity('C3', { ...canary, birth_family_name: 'ZYXOQUARTZ3' }) });
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-3', identity: newIdentity('C3', { ...canary, sex: 'WILHELMOTTE' }) });
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-4', identity: newIdentity('C3', { ...canary, birth_date: '1913-07-29' }) });
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-5', identity: newIdentity('C3', { ...canary, birth_date: { year: 'KROKODILOWSKY' } }) });
  await refused('IdentityService/RegisterIdentity', { request_id: 'canary-json-6', identity: newIdentity('C3', { ...canary, ZYXOQUARTZ: 1, WILHELMOTTE: 2 }) });
  await refused('IdentityService/RegisterIdentity', `{"request_id": "canary-json-7", "identity": {"traits": {"birth_family_name": "ZYXOQUARTZ", "city": "VILLEQUIZZ"`);
  await refused('IdentityService/UpdateIdentity', { request_id: 'canary-json-8', identity_id: id, traits: canary, update_mask: 'KROKODILOWSKY,city' });
  await refused('IdentityService/RecordInsiAnswer', { request_id: 'canary-json-9', identity_id: id, answer: { return_code: '00', query_time: 'KROKODILOWSKY', ins } });
  await refused('IdentityService/ResolveIdentity', { ins, local_id: { domain: 'CANARY', local_id: 'KROKODILOWSKY' } });
  await refused('IdentityService/MatchIdentity', { traits: canary }, { 'connect-timeout-ms': 'WUPPTINE' });
  await refused('IdentityService/WILHELMOTTE', { traits: canary });
  assert.ok(statusTexts.length >= 28, `only ${statusTexts.length} error paths were walked`);

  const metrics = await daemon.get('/metrics');
  const ready = await daemon.get('/readyz?verbose');
  await daemon.stop();
  // A second start replays, flushes and compacts what the first one left.
  const again = await Daemon.start(folder.path, { env: { VIGIE_LOG_LEVEL: 'trace' } });
  await again.stop();

  said = [...daemon.lines, ...again.lines, metrics.body, ready.body, ...statusTexts].join('\n');
  const logs = filesUnder(folder.path).filter((file) => /(^|\/)(LOG|LOG\.old.*|OPTIONS-.*|MANIFEST-.*|.*\.log\.txt)$/.test(file) && !/MANIFEST/.test(file));
  for (const file of logs) said += readFileSync(file, 'latin1');
  const hits = [...words, ins.matricule.slice(0, 13)].flatMap(forms).filter((form) => said.includes(form));
  assert.deepEqual(hits, []);
  console.log(`ROW=51 bytes_scanned=${said.length} log_files=${logs.length} error_paths=${statusTexts.length} hits=0`);
  folder.remove();
});

test('after all tests, nothing the daemons and clients of this run said holds the canary', () => {
  const file = process.env.VIGIE_OUTPUT_LOG;
  if (!file) return;
  const text = readFileSync(file, 'latin1');
  assert.deepEqual(words.flatMap(forms).filter((form) => text.includes(form)), []);
});
