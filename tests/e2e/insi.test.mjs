// The published test identities of INSi through their whole life: asked for, compared, accepted, a document,
// qualified, verified again, withdrawn; over gRPC and from the command line. Persons and matricules are those of
// the CNDA test bench, none is real.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { Daemon, errorDetails, temporaryFolder, vigie } from './support.mjs';

const NIR = '1.2.250.1.213.1.4.8';
const TEST = '1.2.250.1.213.1.4.10';
const DEMO = '1.2.250.1.213.1.4.11';
const INVALID_ARGUMENT = 3, FAILED_PRECONDITION = 9;

let folder, daemon, sequence = 0;
const now = () => ({ seconds: Math.floor(Date.now() / 1000) });
const change = (id, rest) => ({ request_id: `insi-${++sequence}`, actor: 'desk 1', identity_id: id, ...rest });
const call = (method, request) => daemon.call('IdentityService', method, request);
const date = (text) => { const [year, month, day] = text.split('-').map(Number); return { year, month, day }; };
const person = (family, given, sex, born, place) => ({
  birth_family_name: family, first_birth_given_name: given.split(' ')[0], birth_given_names: given,
  sex: sex === 'F' ? 'SEX_FEMALE' : 'SEX_MALE', birth_date: date(born), birth_place_code: place,
});
const insiTraits = (traits, list) => ({ ...traits, first_birth_given_name: '', birth_given_names: list });
async function register(localId, traits) {
  const { identity } = await call('RegisterIdentity', { request_id: `register-${localId}`, identity: { domain: 'CNDA', local_id: localId, traits } });
  return identity;
}
const refused = (promise) => promise.then(() => assert.fail('was accepted'), (error) => ({ code: error.code, ...errorDetails(error) }));

before(async () => {
  folder = temporaryFolder('insi');
  daemon = await Daemon.start(path.join(folder.path, 'data'), { env: { VIGIE_IDENTITY_PRODUCTION: 'false' } });
});
after(async () => {
  await daemon?.stop();
  folder?.remove();
});

// Those with a matricule: what is sent, what INSi's list is, matricule with key, earlier matricules.
const found = [
  ['ADRUN', 'ZOE', 'ZOE', 'F', '1975-12-31', '63220', '275126322074974', []],
  ['ADRTROIS', 'DOMINIQUE', 'DOMINIQUE', 'F', '1997-02-26', '2A020', '297022A02077878', []],
  ['ADRTROIS', 'TOUSSAINT', 'TOUSSAINT', 'M', '1960-01-01', '2B020', '160012B02077713', []],
  ["D'ARTAGNAN DE L'HERAULT", 'PIERRE-ALAIN', 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2001-06-17', '63220', '101066322075460', []],
  ['ECETINSI', 'PIERRE-ALAIN', 'PIERRE-ALAIN MURIEL FLORIANT', 'M', '2009-07-14', '63220', '109076322083489', ['209076322083439', '209066322012355']],
  ['CORSE', 'ANTHONY', 'ANTHONY', 'M', '1980-03-02', '2B020', '180032B02040123', []],
  ['NESSI', 'MICHELANGELO', 'MICHELANGELO ANTHONY', 'M', '2010-08-07', '63220', '110086322083060', []],
];

for (const oid of [NIR, TEST, DEMO]) {
  test(`the test identities are recovered, verified and qualified under ${oid}`, async () => {
    for (const [family, given, list, sex, born, place, matricule, history] of found) {
      const traits = person(family, given, sex, born, place);
      const identity = await register(`${matricule}-${oid}`, traits);
      assert.equal(identity.trust_status, 'TRUST_STATUS_PROVISIONAL');
      const answer = {
        return_code: '00', query_time: now(), ins: { matricule, oid },
        past_ins: history.map((past) => ({ matricule: past, oid })), traits: insiTraits(traits, list),
      };
      const compared = await call('CompareInsiAnswer', { identity_id: identity.id, answer });
      assert.ok(compared.coherent, `${family}: ${JSON.stringify(compared.differences)}`);
      assert.equal(compared.trust_status_if_accepted, 'TRUST_STATUS_RECOVERED');
      assert.equal(compared.etag, identity.etag);
      for (const one of compared.differences) assert.ok(one.sentence.french && one.sentence.english);

      const recovered = await call('RecordInsiAnswer', change(identity.id, { etag: compared.etag, answer: { ...answer, coherence_accepted: true } }));
      assert.equal(recovered.identity.trust_status, 'TRUST_STATUS_RECOVERED', family);
      assert.deepEqual(recovered.identity.ins, { matricule, oid });
      assert.equal(recovered.identity.traits.birth_given_names, list);
      assert.deepEqual((recovered.identity.past_ins ?? []).map((ins) => ins.matricule), history);
      assert.ok(!(recovered.warnings ?? []).includes('matricule_replaced_without_history'));

      const minor = Number(born.slice(0, 4)) > new Date().getFullYear() - 17;
      const qualified = await call('RecordEvidence', change(identity.id, {
        type: minor ? 'family_book' : 'national_id_card', parent_type: minor ? 'passport' : '',
        check_date: date(new Date().toISOString().slice(0, 10)), traits_agree: true }));
      assert.equal(qualified.identity.trust_status, 'TRUST_STATUS_QUALIFIED', family);

      const confirmed = await call('ConfirmIns', change(identity.id, { query_time: now() }));
      assert.equal(confirmed.identity.trust_status, 'TRUST_STATUS_QUALIFIED');
      // An old matricule of the history is the same person, no mismatch.
      for (const past of history) {
        const { identities } = await call('ResolveIdentity', { ins: { matricule: past, oid } });
        assert.ok(identities.some((one) => one.id === identity.id), `${past} still finds ${family}`);
      }
      const withdrawn = await call('WithdrawIns', change(identity.id, { verification_mismatch: true }));
      assert.equal(withdrawn.identity.trust_status, 'TRUST_STATUS_VALIDATED');
      assert.ok(withdrawn.identity.past_ins.some((ins) => ins.matricule === matricule));
    }
  });
}

test('the two matricules with a wrong key are refused for their key', async () => {
  const traits = person('HERMANN', 'GATIEN', 'M', '1981-03-24', '63220');
  const identity = await register('HERMANN', traits);
  const answer = (ins, past_ins) => ({ return_code: '00', query_time: now(), coherence_accepted: true, ins, past_ins, traits });
  const wrong = { matricule: '181036322045660', oid: TEST };
  const right = { matricule: '181036322045676', oid: TEST };
  for (const [bad, field] of [[answer(wrong, []), 'answer.ins.matricule'], [answer(right, [{ matricule: '281036322045610', oid: TEST }]), 'answer.past_ins.matricule']]) {
    const error = await refused(call('RecordInsiAnswer', change(identity.id, { answer: bad })));
    assert.equal(error.code, INVALID_ARGUMENT);
    assert.equal(error.reason, 'fields_invalid');
    assert.deepEqual(error.fields, [field]);
  }
  const untouched = await call('GetIdentity', { identity_id: identity.id });
  assert.equal(untouched.identity.etag, '1');
});

test('none found, several found and faults are kept and change nothing', async () => {
  const tchitchi = await register('TCHITCHI', person('TCHITCHI', 'OLA CATARINA BELLA', 'F', '1936-06-21', '63220'));
  await call('RecordInsiAnswer', change(tchitchi.id, { answer: { return_code: '01', query_time: now() } }));
  const ins = { matricule: '236066322083656', oid: TEST };
  const traits = { ...person('TCHITCHI', 'CATARINA', 'F', '1936-06-21', '63220'), first_birth_given_name: '', birth_given_names: 'CATARINA BELLA' };
  const compared = await call('CompareInsiAnswer', { identity_id: tchitchi.id, answer: { return_code: '00', query_time: now(), ins, traits } });
  assert.ok(!compared.coherent, 'the first given name is not the beginning of the list: a person decides');
  const differing = compared.differences.filter((one) => one.agreement === 'AGREEMENT_DIFFERENT').map((one) => one.trait);
  assert.deepEqual(differing, ['first_birth_given_name', 'birth_given_names']);
  const accepted = await call('RecordInsiAnswer', change(tchitchi.id, { answer: { return_code: '00', query_time: now(), ins, traits, coherence_accepted: true } }));
  assert.equal(accepted.identity.traits.first_birth_given_name, 'CATARINA');

  const houilles = await register('HOUILLES', person('HOUILLES', 'PIERRE PAUL JACQUES', 'M', '1993-01-27', '63220'));
  for (let i = 0; i < 3; ++i) {
    const asked = await call('RecordInsiAnswer', change(houilles.id, { answer: { return_code: '01', query_time: now() } }));
    assert.equal(asked.identity.trust_status, 'TRUST_STATUS_PROVISIONAL');
  }
  const vinci = await register('DEVINCI', person('DE VINCI', 'LEONARDO', 'M', '2014-02-01', ''));
  const several = await call('RecordInsiAnswer', change(vinci.id, { answer: { return_code: '02', query_time: now() } }));
  assert.equal(several.identity.last_insi_answer.return_code, '02');

  const provisoire = await register('PROVISOIRE', person('PROVISOIRE', 'MATRICULE', 'M', '2009-07-01', ''));
  const failed = await call('RecordInsiFault', change(provisoire.id, { fault: { query_time: now(), code: 'siram_40' } }));
  assert.equal(failed.identity.trust_status, 'TRUST_STATUS_PROVISIONAL');
  assert.ok(!failed.identity.last_insi_answer, 'a fault is no answer');
  const { changes } = await call('ListIdentityChanges', { identity_id: provisoire.id });
  assert.equal(changes[0].insi_fault.code, 'siram_40');
  assert.equal(changes[0].rule, 'insi_fault');
});

test('what INSi refuses on input is refused here too: ADRD+EUX', async () => {
  const error = await refused(call('RegisterIdentity', { request_id: 'adrdeux', identity: { domain: 'CNDA', local_id: 'ADRDEUX', traits: person('ADRD+EUX', 'LAURENT', 'M', '1981-01-01', '63220') } }));
  assert.equal(error.code, INVALID_ARGUMENT);
  assert.deepEqual(error.fields, ['identity.traits.birth_family_name']);
});

test('a base in production refuses test and demonstration OIDs', async () => {
  const production = await Daemon.start(path.join(folder.path, 'production'));
  try {
    const traits = person('ADRUN', 'ZOE', 'F', '1975-12-31', '63220');
    const { identity } = await production.call('IdentityService', 'RegisterIdentity', { request_id: 'p-1', identity: { domain: 'CHU', local_id: '1', traits } });
    for (const oid of [TEST, DEMO]) {
      const answer = { return_code: '00', query_time: now(), coherence_accepted: true, ins: { matricule: '275126322074974', oid }, traits };
      const error = await refused(production.call('IdentityService', 'RecordInsiAnswer', change(identity.id, { answer })));
      assert.equal(error.reason, 'test_oid_in_production');
      const reading = await refused(production.call('IdentityService', 'RecordVitaleAppReading', change(identity.id, { read_time: now(), ins: answer.ins, traits })));
      assert.equal(reading.reason, 'test_oid_in_production');
    }
  } finally {
    await production.stop();
  }
});

test('the whole life from the command line', () => {
  const run = (...args) => {
    const result = vigie(daemon, args);
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const json = (...args) => JSON.parse(run('--output', 'json', ...args));
  const fails = (code, ...args) => {
    const result = vigie(daemon, args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stderr;
  };
  const csv = path.join(folder.path, 'one.csv');
  writeFileSync(csv, 'domain,local_id,birth_family_name,birth_given_names,birth_date,sex,birth_place_code\nCLI,C1,Adrun,Zoé,1975-12-31,F,63220\n');
  run('import', 'identities', csv);
  const id = json('search', '--birth-date', '1975-12-31', '--family', 'ADR').find((one) => one.domain === 'CLI').id;

  const answer = path.join(folder.path, 'answer.json');
  const traits = { birth_family_name: 'ADRUN', birth_given_names: 'ZOE', sex: 'SEX_FEMALE', birth_date: { year: 1975, month: 12, day: 31 }, birth_place_code: '63220' };
  writeFileSync(answer, JSON.stringify({ return_code: '00', query_time: '2024-03-10T08:00:00Z', ins: { matricule: '275126322074974', oid: TEST }, traits }));
  const compared = json('insi', 'compare', id, '--answer', answer);
  assert.equal(compared.coherent, true);
  assert.deepEqual(compared.differences.map((one) => one.agreement), ['tolerated', 'tolerated', 'tolerated', 'equal', 'equal', 'equal']);
  const told = run('insi', 'compare', id, '--answer', answer);
  assert.match(told, /écart toléré \(accents\)/);
  assert.match(run('insi', 'compare', id, '--answer', answer, '--language', 'en'), /tolerated difference \(accents\)/);

  assert.match(fails(2, 'insi', 'record', id, '--answer', answer), /--accept or --refuse/);
  assert.match(fails(2, 'insi', 'record', id), /--answer FILE, or --code/);
  assert.match(fails(2, 'insi', 'record', id, '--code', '00'), /01 or 02/);
  writeFileSync(path.join(folder.path, 'broken.json'), '{"return_code": 00, "secret": "MARTIN"');
  assert.doesNotMatch(fails(2, 'insi', 'compare', id, '--answer', path.join(folder.path, 'broken.json')), /MARTIN/);

  run('insi', 'record', id, '--code', '01', '--at', '2024-03-09T08:00:00+01:00');
  run('insi', 'fault', id, '--code', 'timeout', '--at', '2024-03-09T09:00:00Z');
  assert.notEqual(vigie(daemon, ['insi', 'fault', id, '--code', 'Time Out']).code, 0);
  const recorded = json('insi', 'record', id, '--answer', answer, '--accept', '--actor', 'Desk 1', '--reason', 'admission');
  assert.equal(recorded.identity.trust_status, 'recovered');
  assert.match(fails(2, 'evidence', 'record', id, '--type', 'passport', '--date', '2024-03-11'), /--agrees or --contradicts/);
  assert.equal(json('evidence', 'record', id, '--type', 'driving_licence', '--date', '2024-03-11', '--agrees').identity.trust_status, 'recovered');
  assert.equal(json('evidence', 'record', id, '--type', 'passport', '--date', '2024-03-12', '--agrees').identity.trust_status, 'qualified');
  const devices = json('evidence', 'devices').devices;
  assert.ok(devices.find((device) => device.type === 'passport').high_assurance);
  assert.ok(!devices.find((device) => device.type === 'driving_licence').high_assurance);

  const at = json('status-at', id, '2024-03-11T00:00:00Z');
  assert.equal(at.trust_status, 'recovered');
  assert.equal(at.rule, 'prov_insi_accepted');
  assert.equal(at.cause.actor, 'Desk 1');
  assert.equal(at.cause.reason, 'admission');
  assert.equal(json('status-at', id, '2024-03-11T00:00:00Z', '--known-at', '2024-03-11T00:00:00Z').trust_status, 'provisional',
    'it was not registered yet');
  const history = json('history', id, '--limit', '0');
  assert.deepEqual(history.map((one) => one.operation),
    ['record_evidence', 'record_evidence', 'record_insi_answer', 'record_insi_fault', 'record_insi_answer', 'register']);
  assert.match(run('history', id), /fault timeout/);

  const due = json('report', 'reverification', '--before', '2024-12-31', '--domain', 'CLI');
  assert.deepEqual(due.map((one) => [one.identity_id, one.due_date]), [[id, '2027-03-10']]);
  run('insi', 'confirm', id, '--at', '2024-03-13T08:00:00Z');
  assert.deepEqual(json('report', 'reverification', '--before', '2024-03-13', '--domain', 'CLI'), []);
  assert.equal(json('attributes', 'set', id, 'homonym').identity.trust_status, 'qualified');
  assert.equal(json('attributes', 'set', id, 'doubtful', '--reason', 'two birth dates').identity.trust_status, 'provisional');
  assert.notEqual(vigie(daemon, ['insi', 'record', id, '--code', '01']).code, 0, 'INSi may not be asked');
  assert.equal(json('attributes', 'clear', id, 'doubtful', 'homonym').identity.trust_status, 'provisional');
  const reading = path.join(folder.path, 'reading.json');
  writeFileSync(reading, JSON.stringify({ read_time: '2024-03-14T08:00:00Z', ins: { matricule: '275126322074974', oid: TEST }, traits }));
  const read = json('insi', 'vitale-app', id, '--reading', reading);
  assert.equal(read.identity.trust_status, 'qualified');
  assert.equal(read.identity.evidence.type, 'vitale_app');
  assert.equal(json('insi', 'withdraw', id, '--mismatch').identity.trust_status, 'validated');
});
