// Definitions of the rate, from the shipped ones to an own one that the daemon counts by: shown,
// changed, checked, configured, reported. And a report without dates.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Daemon, generatedTraits, temporaryFolder, vigie } from './support.mjs';

let folder, daemon;
before(async () => {
  folder = temporaryFolder('definitions');
  daemon = await Daemon.start(path.join(folder.path, 'data'));
});
after(async () => {
  await daemon?.stop();
  folder?.remove();
});

test('the seven shipped definitions are listed, and each shown text passes the check', () => {
  const list = vigie(daemon, ['--output', 'json', 'definitions', 'list']);
  assert.equal(list.code, 0, list.stderr);
  const definitions = JSON.parse(list.stdout).definitions;
  assert.deepEqual(definitions.map((d) => d.name), ['qualified-visits', 'qualified-patients', 'insi-identities',
    'status-provisional', 'status-recovered', 'status-validated', 'status-qualified']);
  for (const definition of definitions) {
    const shown = vigie(daemon, ['definitions', 'show', definition.name]);
    assert.equal(shown.code, 0, shown.stderr);
    const file = path.join(folder.path, `${definition.name}.toml`);
    writeFileSync(file, shown.stdout);
    const checked = vigie(daemon, ['--output', 'json', 'definitions', 'check', file]);
    assert.equal(checked.code, 0, checked.stderr);
    assert.equal(JSON.parse(checked.stdout).hash, definition.hash, 'what is shown is what is counted');
  }
});

test('what is wrong is said with its line, and an unknown name with a near one', () => {
  const file = path.join(folder.path, 'wrong.toml');
  writeFileSync(file, 'name = "own"\nversoin = 1\n');
  const checked = vigie(daemon, ['definitions', 'check', file]);
  assert.equal(checked.code, 65);
  assert.match(checked.stderr, /wrong\.toml:2: 'versoin': unknown key; did you mean 'version'\?/);
  assert.equal(vigie(daemon, ['definitions', 'check', path.join(folder.path, 'none.toml')]).code, 66);
  const shown = vigie(daemon, ['definitions', 'show', 'qualified-visit']);
  assert.equal(shown.code, 1);
  assert.match(shown.stderr, /did you mean "qualified-visits"\?/);
});

test('a report without dates counts the window of the definition, and a cut-off the figure of then', async () => {
  const { identity } = await daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: 'r1', identity: { domain: 'DEF', local_id: 'L1', traits: generatedTraits(1) } });
  assert.ok(identity.id);
  const seconds = (iso) => ({ seconds: Date.parse(iso) / 1000 });
  await daemon.call('VisitService', 'RecordVisit', { request_id: 'v1', visit: { domain: 'DEF', visit_number: 'V1', local_id: 'L1',
    activity: 'ACTIVITY_MCO', kind: 'KIND_DAY', admission_time: seconds('2024-02-29T22:30:00Z'), entry_channel: 'kiosk' } });
  const report = (...more) => {
    const run = vigie(daemon, ['--output', 'json', 'report', 'qualification', ...more]);
    assert.equal(run.code, 0, run.stderr);
    return JSON.parse(run.stdout);
  };
  const leap = report('--on', '2024-02-03', '--by', 'week,entry_channel');
  assert.equal(leap.from, '2024-02-01');
  assert.equal(leap.to, '2024-02-29');
  assert.deepEqual(leap.rows.map((r) => [r.week, r.entry_channel, r.denominator]), [['2024-W09', 'kiosk', 1]]);
  assert.deepEqual(leap.rows[0].attributes, { homonym: 0, doubtful: 0, fictitious: 0 });
  assert.equal(leap.rows[0].unattached, 0);
  assert.ok(['kept', 'recomputed'].includes(leap.source));
  assert.deepEqual(report('--on', '2024-02-03', '--by', 'week,entry_channel', '--recompute').rows, leap.rows);
  const before = report('--from', '2024-02-01', '--to', '2024-02-29', '--cut-off', '2024-02-29T23:30:00+01:00');
  assert.equal(before.total.denominator, 0, 'admitted at the cut-off, so not counted yet');
  assert.equal(before.total.rate, null);
  const half = vigie(daemon, ['report', 'qualification', '--from', '2024-02-01']);
  assert.equal(half.code, 2);
});
