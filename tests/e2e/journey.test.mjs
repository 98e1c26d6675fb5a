// The whole chain, as a hospital would go through it: a sample hospital is generated and imported,
// the admission desk searches, matches and registers, a case stands in the queue, INSi and a
// document qualify an identity, the rate moves, and a restart changes nothing.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { Daemon, errorDetails, root, temporaryFolder, vigie } from './support.mjs';

let folder, daemon, sample, samplePath;

function parseCsv(file) {
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ''])));
}

before(async () => {
  folder = temporaryFolder('journey');
  samplePath = path.join(folder.path, 'sample');
  const generated = vigie(null, ['generate', '--identities', '3000', '--visits', '6000', '--seed', '20', '--out', samplePath]);
  assert.equal(generated.code, 0, generated.stderr);
  sample = parseCsv(path.join(samplePath, 'identities.csv'));
  daemon = await Daemon.start(path.join(folder.path, 'data'));
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const json = (args) => {
  const result = vigie(daemon, ['--output', 'json', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};

test('identities and visits are imported, and importing again changes nothing', () => {
  for (let round = 0; round < 2; ++round) {
    for (const kind of ['identities', 'visits']) {
      const result = vigie(daemon, ['import', kind, path.join(samplePath, `${kind}.csv`)]);
      assert.equal(result.code, 0, result.stderr);
      assert.ok(!existsSync(path.join(samplePath, `${kind}.csv.rejected.csv`)), 'no row is refused');
    }
    const status = json(['status']);
    assert.equal(status.identity_count, 3000);
    assert.equal(status.visit_count, 6000);
    assert.ok(status.open_case_count > 0);
    assert.ok(status.commit_number > 0);
  }
});

test('a visit that comes before its identity waits for it and is attached when it arrives', async () => {
  const visit = {
    domain: 'EARLY', visit_number: 'V1', local_id: 'E1', legal_entity_finess: '750712184', site_finess: '750100125',
    activity: 'ACTIVITY_MCO', kind: 'KIND_INPATIENT', admission_time: { seconds: 1767225600 },
  };
  const recorded = await daemon.call('VisitService', 'RecordVisit', { request_id: 'early-visit', visit });
  assert.ok(!recorded.visit.identity_id);
  const waiting = json(['status']);
  const registered = await daemon.call('IdentityService', 'RegisterIdentity', {
    request_id: 'early-identity',
    identity: { domain: 'EARLY', local_id: 'E1', traits: {
      birth_family_name: 'DARK', first_birth_given_name: 'JEANNE', birth_given_names: 'JEANNE MARIE CECILE',
      sex: 'SEX_FEMALE', birth_date: { year: 1960, month: 5, day: 30 }, birth_place_code: '88154' } },
  });
  const attached = await daemon.call('VisitService', 'GetVisit', { domain: 'EARLY', visit_number: 'V1' });
  assert.equal(attached.visit.identity_id, registered.identity.id);
  assert.equal(attached.visit.status_at_admission, 'TRUST_STATUS_PROVISIONAL');
  assert.equal(json(['status']).unattached_visit_count, waiting.unattached_visit_count - 1);
});

test('the prior search finds by birth date and letters, birth name and used name', () => {
  const someone = sample.find((row) => row.used_family_name && /^\d{4}-\d\d-\d\d$/.test(row.birth_date) && /^[A-Z]+$/.test(row.used_family_name) && /^[A-Z]+$/.test(row.birth_family_name));
  for (const family of [someone.birth_family_name, someone.used_family_name]) {
    const found = json(['search', '--birth-date', someone.birth_date, '--family', family.slice(0, 3)]);
    const rows = found.identities ?? found.rows ?? found;
    assert.ok(JSON.stringify(rows).includes(someone.local_id), `${someone.local_id} by ${family.slice(0, 3)}`);
  }
});

test('a match before registering names the patient who is already there, with sentences in French', () => {
  const someone = sample.find((row) => /^[A-Z]{6,}$/.test(row.birth_family_name) && row.sex === 'F' && /^\d{4}-(0[2-9]|1[01])-(0[2-9]|[12]\d)$/.test(row.birth_date));
  const result = vigie(daemon, ['match', '--family-name', someone.birth_family_name, '--given-names', someone.birth_given_names,
    '--birth-date', someone.birth_date, '--sex', someone.sex, '--birth-place', someone.birth_place_code]);
  assert.equal(result.code, 0, result.stderr);
  assert.ok(result.stdout.includes(someone.local_id));
  assert.match(result.stdout, /bits/);
  assert.match(result.stdout, /Nom de naissance/i);
});

test('registering the same person again opens a case, and explain says why', async () => {
  const before = json(['status']).open_case_count;
  const traits = {
    birth_family_name: 'QUEMENEUR', first_birth_given_name: 'ROZENN', birth_given_names: 'ROZENN ANNE',
    sex: 'SEX_FEMALE', birth_date: { year: 1971, month: 3, day: 17 }, birth_place_code: '29019', phone: '0298001122',
  };
  const first = await daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: 'twice-1', identity: { domain: 'TWICE', local_id: 'T1', traits } });
  assert.deepEqual(first.possible_duplicates ?? [], []);
  const second = await daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: 'twice-2', identity: { domain: 'TWICE', local_id: 'T2', traits: { ...traits, birth_family_name: 'QUEMENER', birth_given_names: 'ROZENN', birth_date: { year: 1971, month: 3, day: 17 } } } });
  assert.equal(second.possible_duplicates.length, 1);
  assert.equal(second.possible_duplicates[0].identity_id, first.identity.id);
  assert.equal(second.opened_case_ids.length, 1);
  assert.equal(json(['status']).open_case_count, before + 1);

  const shown = json(['review', 'show', second.opened_case_ids[0]]);
  assert.match(JSON.stringify(shown), /duplicate/);
  const explained = await daemon.call('IdentityService', 'ExplainPair', { left_identity_id: first.identity.id, right_identity_id: second.identity.id });
  const sum = explained.explanation.prior_bits + (explained.explanation.other_hypotheses_bits ?? 0)
    + explained.explanation.comparisons.reduce((total, c) => total + (c.bits ?? 0), 0);
  assert.ok(Math.abs(sum - explained.explanation.score.weight_bits) < 1e-6, 'the bits add up to the weight');
  for (const comparison of explained.explanation.comparisons) {
    assert.ok(comparison.sentence.french && comparison.sentence.english, comparison.name);
  }
});

test('INSi and a document qualify an identity, a strict change takes it back, and history tells', async () => {
  // ADRUN ZOE, a published test identity.
  const traits = { birth_family_name: 'ADRUN', first_birth_given_name: 'ZOE', birth_given_names: 'ZOE', sex: 'SEX_FEMALE', birth_date: { year: 1975, month: 12, day: 31 }, birth_place_code: '63220' };
  const { identity } = await daemon.call('IdentityService', 'RegisterIdentity', { request_id: 'q-1', identity: { domain: 'Q', local_id: 'Q1', traits } });
  assert.equal(identity.trust_status, 'TRUST_STATUS_PROVISIONAL');
  const recovered = await daemon.call('IdentityService', 'RecordInsiAnswer', {
    request_id: 'q-2', identity_id: identity.id, etag: identity.etag,
    answer: { return_code: '00', query_time: { seconds: Math.floor(Date.now() / 1000) }, ins: { matricule: '275126322074974', oid: '1.2.250.1.213.1.4.8' }, traits, coherence_accepted: true },
  });
  assert.equal(recovered.identity.trust_status, 'TRUST_STATUS_RECOVERED');
  const today = new Date();
  const qualified = await daemon.call('IdentityService', 'RecordEvidence', {
    request_id: 'q-3', identity_id: identity.id, etag: recovered.identity.etag, type: 'passport',
    check_date: { year: today.getUTCFullYear(), month: today.getUTCMonth() + 1, day: today.getUTCDate() }, traits_agree: true,
  });
  assert.equal(qualified.identity.trust_status, 'TRUST_STATUS_QUALIFIED');
  const found = await daemon.call('IdentityService', 'ResolveIdentity', { ins: { matricule: '275126322074974', oid: '1.2.250.1.213.1.4.8' } });
  assert.equal(found.identities[0].id, identity.id);

  // The etag moved: ABORTED, with the reason to act on.
  await assert.rejects(
    daemon.call('IdentityService', 'UpdateIdentity', { request_id: 'q-4', identity_id: identity.id, etag: identity.etag, traits: { phone: '0473000000' }, update_mask: { paths: ['phone'] } }),
    (error) => error.code === 10 && Boolean(errorDetails(error).reason));
  const demoted = await daemon.call('IdentityService', 'UpdateIdentity', {
    request_id: 'q-5', identity_id: identity.id, etag: qualified.identity.etag, traits: { ...traits, birth_family_name: 'ADRUNE' }, update_mask: { paths: ['birth_family_name'] } });
  assert.equal(demoted.identity.trust_status, 'TRUST_STATUS_PROVISIONAL');
  assert.ok(!demoted.identity.ins?.matricule);
  const { changes } = await daemon.call('IdentityService', 'ListIdentityChanges', { identity_id: identity.id });
  assert.deepEqual(changes.map((c) => c.status_after),
    ['TRUST_STATUS_PROVISIONAL', 'TRUST_STATUS_QUALIFIED', 'TRUST_STATUS_RECOVERED', 'TRUST_STATUS_PROVISIONAL']);
});

test('the rate by month adds up and follows its stated definition', () => {
  const rate = json(['report', 'qualification', '--from', '2020-01-01', '--to', '2030-12-31', '--by', 'month,site']);
  assert.ok(rate.definition);
  assert.ok(rate.as_of);
  assert.ok(rate.rows.length > 12);
  for (const row of rate.rows) {
    assert.match(row.month, /^\d{4}-\d\d$/);
    assert.ok(row.site);
    assert.ok(row.numerator <= row.denominator);
    const statuses = Object.values(row.statuses).reduce((a, b) => a + b, 0);
    assert.equal(statuses, row.denominator);
  }
  const visits = rate.rows.reduce((n, row) => n + row.denominator + Object.values(row.exclusions).reduce((a, b) => a + b, 0), 0);
  assert.equal(visits, json(['status']).visit_count);
});

test('the queue holds true duplicates: precision and recall against the truth of the sample', () => {
  const pairs = path.join(folder.path, 'pairs.csv');
  const listed = vigie(daemon, ['--output', 'csv', 'review', 'list', '--limit', '0', '--kind', 'duplicate', '--domain', sample[0].domain]);
  assert.equal(listed.code, 0, listed.stderr);
  writeFileSync(pairs, listed.stdout);
  const result = json(['evaluate', '--truth', path.join(samplePath, 'truth.csv'), '--id-column', 'local_id', '--truth-column', 'person_id', '--pairs', pairs]);
  console.log(`queue against truth: precision ${result.precision.toFixed(4)}, recall ${result.recall.toFixed(4)}`);
  assert.ok(result.precision > 0.9, `precision ${result.precision}`);
  assert.ok(result.recall > 0.9, `recall ${result.recall}`);
});

test('a restart keeps every figure', async () => {
  const before = json(['status']);
  await daemon.stop();
  daemon = await Daemon.start(path.join(folder.path, 'data'));
  const after = json(['status']);
  for (const name of ['identity_count', 'visit_count', 'open_case_count', 'unattached_visit_count', 'commit_number']) {
    assert.equal(after[name], before[name], name);
  }
});
