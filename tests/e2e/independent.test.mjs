// The rate computed a second time by SQL over exported files (tests/independent), equal to the unit:
// on a fresh hospital, after random changes, and after a kill -9.
// More: VIGIE_INDEPENDENT_IDENTITIES=200000 VIGIE_INDEPENDENT_VISITS=1000000.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Daemon, bin, randomFrom, root, temporaryFolder, vigie, vigieInBackground } from './support.mjs';

const identityCount = Number(process.env.VIGIE_INDEPENDENT_IDENTITIES ?? 3000);
const visitCount = Number(process.env.VIGIE_INDEPENDENT_VISITS ?? identityCount * 3);
const seed = Number(process.env.VIGIE_SEED ?? 1);

function compare(daemon, work) {
  const result = spawnSync(path.join(root, 'tests/independent/run'),
    [path.join(bin, 'vigie'), daemon.grpc, '2025-01-01', '2025-12-31', work], { encoding: 'utf8', timeout: 600000 });
  assert.equal(result.status, 0, `${result.stdout}${result.stderr}`);
  assert.match(result.stdout, /7 definitions: 0 differences/);
  return Number(/, (\d+) rows of/.exec(result.stdout)[1]);
}

// One random change of what the base holds; the refused ones (nothing to withdraw, an attribute that
// excludes another) are changes too: they must leave the rate alone.
async function change(daemon, random) {
  const context = { request_id: randomUUID(), actor: 'independent test' };
  const identity_id = String(1 + random(identityCount));
  const localId = () => String(10000000 + random(identityCount));
  const visit_number = `V${10000000 + random(visitCount)}`;
  const calls = [
    () => daemon.call('VisitService', 'CancelVisit', { ...context, domain: 'DPI', visit_number }),
    async () => { // moved to another patient
      const { visit } = await daemon.call('VisitService', 'GetVisit', { domain: 'DPI', visit_number });
      for (const derived of ['identity_id', 'etag', 'status_at_admission', 'status_at_discharge']) delete visit[derived];
      return daemon.call('VisitService', 'RecordVisit', { ...context, visit: { ...visit, local_id: localId() } });
    },
    async () => { // leaves later: the status at discharge is another
      const { visit } = await daemon.call('VisitService', 'GetVisit', { domain: 'DPI', visit_number });
      for (const derived of ['identity_id', 'etag', 'status_at_admission', 'status_at_discharge']) delete visit[derived];
      delete visit.discharge_time;
      return daemon.call('VisitService', 'RecordVisit', { ...context, visit });
    },
    () => daemon.call('IdentityService', 'RecordEvidence',
      { ...context, identity_id, type: 'passport', check_date: { year: 2025, month: 1 + random(12), day: 1 }, traits_agree: random(5) > 0 }),
    () => daemon.call('IdentityService', 'SetAttributes', { ...context, identity_id, fictitious: random(2) > 0 }),
    () => daemon.call('IdentityService', 'SetAttributes', { ...context, identity_id, doubtful: random(2) > 0 }),
    () => daemon.call('IdentityService', 'WithdrawIns', { ...context, identity_id }),
    () => daemon.call('IdentityService', 'UpdateIdentity',
      { ...context, identity_id, traits: { birth_date: { year: 1960, month: 2, day: 29 } }, update_mask: { paths: ['birth_date'] } }),
    () => daemon.call('ReviewService', 'DecideCase', // every visit of the one goes to the other
      { ...context, identity_ids: [identity_id, String(1 + random(identityCount))], verdict: 'VERDICT_DUPLICATE', surviving_identity_id: identity_id }),
    async () => {
      const { decisions } = await daemon.call('ReviewService', 'ListDecisions', { in_force_only: true });
      if (!decisions?.length) return undefined; // none yet
      return daemon.call('ReviewService', 'UndoDecision', { ...context, decision_id: decisions[random(decisions.length)].id });
    },
  ];
  const call = calls[random(calls.length)];
  try {
    await call();
    return 1;
  } catch (error) {
    // A long comparison keeps this process from answering the server, which then drops the connection: the request is asked for
    // again under its id.
    if (error.code === 14) return call().then(() => 1, () => 0);
    if (![3, 5, 9, 10].includes(error.code)) throw error; // refused, not there
    return 0;
  }
}

test(`SQL over exported files gives the same rates (${identityCount} identities, seed ${seed})`, { timeout: 1800000 }, async () => {
  const folder = temporaryFolder('independent');
  const random = randomFrom(seed);
  const sample = path.join(folder.path, 'sample');
  const work = path.join(folder.path, 'work');
  const data = path.join(folder.path, 'data');
  const generated = vigie(null, ['generate', '--identities', String(identityCount), '--visits', String(visitCount),
    '--seed', String(seed), '--year', '2025', '--domain', 'DPI', '--out', sample]);
  assert.equal(generated.code, 0, generated.stderr);
  let daemon = await Daemon.start(data);
  for (const kind of ['identities', 'visits']) {
    const imported = vigie(daemon, ['import', kind, path.join(sample, `${kind}.csv`)]);
    assert.equal(imported.code, 0, imported.stderr);
  }
  assert.ok(compare(daemon, work) > 500, 'months, sites and activities of seven definitions');

  let changed = 0;
  for (let i = 0; i < 600; ++i) changed += await change(daemon, random);
  assert.ok(changed > 150, `${changed} of 600 changes were taken`);
  compare(daemon, work);

  // A kill -9 in the middle of an import: what is there after the start is what both count.
  const more = path.join(folder.path, 'more');
  assert.equal(vigie(null, ['generate', '--identities', '2000', '--seed', '99', '--domain', 'OTHER', '--out', more]).code, 0);
  const importing = vigieInBackground(daemon, ['import', 'identities', path.join(more, 'identities.csv')]);
  for (let i = 0; i < 40; ++i) await change(daemon, random);
  await daemon.kill();
  await importing.finished;
  daemon = await Daemon.start(data);
  compare(daemon, work);

  // The comparison itself sees a difference of one: a figure it is told wrong is named.
  const told = path.join(work, 'qualified-visits.json');
  const answer = JSON.parse(readFileSync(told, 'utf8'));
  assert.ok(answer.total.denominator > 0);
  const wrong = spawnSync('sqlite3', ['-bail', path.join(work, 'base.sqlite'),
    "UPDATE figure SET numerator = numerator + 1 WHERE definition = 'qualified-visits' AND month = '*';"
    + 'DROP TABLE told; DROP TABLE daemon_figure; DROP TABLE difference;',
    `.read '${path.join(root, 'tests/independent/compare.sql')}'`, 'SELECT count(*) FROM difference'], { encoding: 'utf8' });
  assert.equal(wrong.stdout.trim(), '2', wrong.stderr);
  await daemon.stop();
  folder.remove();
});
