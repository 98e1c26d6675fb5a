// The nightly job with the real programs: a day is closed, written down as evidence, closed again,
// corrected; runs are late, repeated, concurrent and killed; and each time a past figure stays what
// it was, or has a revision that says why.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Daemon, errorDetails, temporaryFolder, vigie, vigieInBackground } from './support.mjs';

const dayMilliseconds = 86400000;
// Days of the establishment (Europe/Paris), YYYY-MM-DD, counted back from today.
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(new Date());
const daysAgo = (count) => new Date(Date.parse(`${today}T00:00:00Z`) - count * dayMilliseconds).toISOString().slice(0, 10);
const yesterday = daysAgo(1);
const message = (day) => Object.fromEntries(['year', 'month', 'day'].map((name, i) => [name, Number(day.split('-')[i])]));

let folder, daemon, data;
let number = 0;

// Noon of the day in Paris is 10 or 11 o'clock in UTC.
const visit = (day, localId, more = {}) => ({
  domain: 'CHU', visit_number: `N${++number}`, local_id: localId, legal_entity_finess: '750712184',
  site_finess: '750100125', activity: 'ACTIVITY_MCO', kind: 'KIND_OUTPATIENT',
  admission_time: { seconds: Date.parse(`${day}T10:00:00Z`) / 1000 },
  discharge_time: { seconds: Date.parse(`${day}T12:00:00Z`) / 1000 }, ...more,
});
const record = (one) => daemon.call('VisitService', 'RecordVisit', { request_id: `nightly-${++number}`, visit: one });

before(async () => {
  folder = temporaryFolder('nightly');
  data = path.join(folder.path, 'data');
  daemon = await Daemon.start(data);
  for (const [id, name] of [['1', 'MARTIN'], ['2', 'DUBOIS']]) {
    await daemon.call('IdentityService', 'RegisterIdentity', {
      request_id: `nightly-identity-${id}`,
      identity: { domain: 'CHU', local_id: id, traits: {
        birth_family_name: name, first_birth_given_name: 'LEA', birth_given_names: 'LEA', sex: 'SEX_FEMALE',
        birth_date: { year: 1980, month: 4, day: 5 }, birth_place_code: '75056' } },
    });
  }
  await record(visit(yesterday, '1'));
  await record(visit(yesterday, '2'));
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const out = (name) => path.join(folder.path, name);
const close = (name, ...more) => vigie(daemon, ['--output', 'json', 'report', 'close-day', '--out', out(name), ...more]);
const mustClose = (name, ...more) => {
  const result = close(name, ...more);
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout).days;
};
const closedOf = (day, definition = 'qualified-visits') => day.closed.find((c) => c.snapshot.definition.name === definition);
// Every file of a folder with the hash of its bytes.
const filesOf = (directory) => Object.fromEntries(readdirSync(directory).sort().map((name) =>
  [name, createHash('sha256').update(readFileSync(path.join(directory, name))).digest('hex')]));
const sumsHold = (directory) => {
  const checked = spawnSync('sha256sum', ['--strict', '--quiet', '-c', 'SHA256SUMS'], { cwd: directory, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  assert.deepEqual(readdirSync(directory).filter((name) => name !== 'SHA256SUMS').sort(),
    readFileSync(path.join(directory, 'SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.slice(66)).sort());
};

test('yesterday is closed, with a page, figures and sums for every definition', async () => {
  const [day] = mustClose('evidence');
  assert.equal(day.day, yesterday);
  const definitions = (await daemon.call('QualificationService', 'ListDefinitions', {})).definitions;
  assert.equal(day.closed.length, definitions.length);
  const directory = out(`evidence/${yesterday}`);
  for (const { name } of definitions) {
    for (const kind of ['csv', 'json', 'html']) assert.ok(existsSync(path.join(directory, `${name}.r1.${kind}`)), `${name} ${kind}`);
  }
  sumsHold(directory);
  const snapshot = closedOf(day).snapshot;
  assert.equal(snapshot.total.denominator, 2);
  assert.equal(snapshot.end_date, yesterday);
  assert.match(snapshot.content_hash, /^[0-9a-f]{64}$/);
  // What is kept is what the rate said at that cut-off.
  const rate = await daemon.call('QualificationService', 'ComputeRate', {
    definition: 'qualified-visits', start_date: message(snapshot.start_date), end_date: message(yesterday),
    cut_off_time: { seconds: Date.parse(snapshot.cut_off_time) / 1000 } });
  assert.equal(Number(rate.total.denominator), snapshot.total.denominator);
  const csv = readFileSync(path.join(directory, 'qualified-visits.r1.csv'), 'utf8').trim().split(/\r?\n/);
  assert.equal(csv.length, 3, 'head, one group, total');
  assert.ok(csv[0].startsWith('day,definition,'));
  const html = readFileSync(path.join(directory, 'qualified-visits.r1.html'), 'utf8');
  assert.ok(html.includes(snapshot.content_hash) && html.includes(snapshot.definition.hash));
});

test('a repeated run changes no byte, and neither does what happens today', async () => {
  const before = filesOf(out(`evidence/${yesterday}`));
  await record(visit(today, '1'));
  const [day] = mustClose('evidence');
  assert.ok(day.closed.every((c) => !c.is_new));
  assert.equal(day.evidence_written, false);
  assert.deepEqual(filesOf(out(`evidence/${yesterday}`)), before);
  // Written elsewhere, it is the same evidence to the byte.
  mustClose('elsewhere');
  assert.deepEqual(filesOf(out(`elsewhere/${yesterday}`)), before);
});

test('a late visit and a cancelled one are a revision with the difference explained', async () => {
  const directory = out(`evidence/${yesterday}`);
  const before = filesOf(directory);
  await record(visit(yesterday, '1'));
  const wrong = await record(visit(yesterday, '2'));
  await daemon.call('VisitService', 'CancelVisit',
    { request_id: 'nightly-cancel', domain: 'CHU', visit_number: wrong.visit.visit_number });
  const [day] = mustClose('evidence');
  assert.equal(closedOf(day).snapshot.revision, 2);
  assert.ok(closedOf(day).is_new);
  const after = filesOf(directory);
  for (const [name, hash] of Object.entries(before)) {
    if (name !== 'SHA256SUMS') assert.equal(after[name], hash, `${name} is as it was`);
  }
  sumsHold(directory);
  const text = readFileSync(path.join(directory, 'qualified-visits.r2.difference.txt'), 'utf8');
  assert.match(text, /denominator 2 → 3 \(\+1\)/);
  assert.match(text, /dénominateur 2 → 3 \(\+1\)/);
  assert.match(text, /excluded "cancelled" 0 → 1 \(\+1\)/);
  const diff = vigie(daemon, ['--output', 'json', 'report', 'snapshots', 'diff', yesterday, 'qualified-visits']);
  assert.equal(diff.code, 0, diff.stderr);
  assert.deepEqual(JSON.parse(diff.stdout).causes, { cancel_visit: 1, record_visit: 2 });
  // The first revision is still there, as it was.
  const shown = vigie(daemon, ['--output', 'json', 'report', 'snapshots', 'show', yesterday, 'qualified-visits', '--revision', '1']);
  assert.equal(JSON.parse(shown.stdout).snapshot.total.denominator, 2);
  const listed = vigie(daemon, ['--output', 'json', 'report', 'snapshots', 'list', '--definition', 'qualified-visits', '--every-revision']);
  assert.deepEqual(JSON.parse(listed.stdout).snapshots.map((s) => s.revision), [2, 1]);
  for (const verb of [['list'], ['show', yesterday, 'qualified-visits'], ['diff', yesterday, 'qualified-visits']]) {
    const table = vigie(daemon, ['report', 'snapshots', ...verb]);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /qualified-visits/);
  }
});

test('two runs at once give one revision and one folder', async () => {
  await record(visit(yesterday, '1'));
  const runs = [1, 2].map(() => vigieInBackground(daemon, ['report', 'close-day', '--out', out('evidence')]));
  for (const { finished } of runs) {
    const { code, stderr } = await finished;
    assert.equal(code, 0, stderr);
  }
  sumsHold(out(`evidence/${yesterday}`));
  const listed = await daemon.call('QualificationService', 'ListSnapshots', { definition: 'qualified-visits' });
  assert.deepEqual(listed.snapshots.map((s) => Number(s.revision)), [3, 2, 1]);
});

test('killed anywhere, the job or the daemon, and run again: everything is there once', async () => {
  for (let round = 0; round < 6; ++round) {
    await record(visit(yesterday, '1'));
    const { child, finished } = vigieInBackground(daemon, ['report', 'close-day', '--out', out('evidence')]);
    await new Promise((resolve) => setTimeout(resolve, 5 + round * 15));
    if (round % 2 === 0) {
      child.kill('SIGKILL');
      await finished;
    } else {
      await daemon.kill();
      await finished;
      daemon = await Daemon.start(data);
    }
    mustClose('evidence', '--catch-up');
    sumsHold(out(`evidence/${yesterday}`));
    assert.deepEqual(readdirSync(out('evidence')), [yesterday], 'nothing is left behind');
  }
  const listed = await daemon.call('QualificationService', 'ListSnapshots', { definition: 'qualified-visits' });
  const revisions = listed.snapshots.map((s) => Number(s.revision)).reverse();
  assert.deepEqual(revisions, revisions.map((_, i) => i + 1), 'no gap');
  assert.equal(Number(listed.snapshots[0].total.denominator), 3 + 1 + 6);
  const hashes = listed.snapshots.map((s) => s.content_hash);
  assert.ok(hashes.every((hash, i) => hash !== hashes[i + 1]), 'no revision without a difference');
  const names = readdirSync(out(`evidence/${yesterday}`)).filter((name) => /^qualified-visits\.r\d+\.csv$/.test(name));
  assert.equal(names.length, revisions.length, 'each revision is written down');
});

test('days that were never closed, or never written down, are named; catching up makes them good', () => {
  mustClose('gaps', '--day', daysAgo(4));
  const missed = close('gaps', '--day', daysAgo(2));
  assert.equal(missed.code, 65, missed.stderr);
  assert.match(missed.stderr, new RegExp(`never closed: 1 \\(${daysAgo(3)}\\)`));
  assert.match(missed.stderr, /--catch-up/);
  assert.ok(existsSync(out(`gaps/${daysAgo(2)}`)), 'the day itself is closed all the same');
  const days = mustClose('gaps', '--day', daysAgo(2), '--catch-up').map((d) => d.day);
  assert.deepEqual(days, [daysAgo(3), daysAgo(2)]);
  rmSync(out(`gaps/${daysAgo(3)}`), { recursive: true });
  const unwritten = close('gaps', '--day', daysAgo(2));
  assert.equal(unwritten.code, 65);
  assert.match(unwritten.stderr, new RegExp(`without evidence here: 1 \\(${daysAgo(3)}\\)`));
  mustClose('gaps', '--day', daysAgo(2), '--catch-up');
  sumsHold(out(`gaps/${daysAgo(3)}`));
});

test('evidence that was changed is said and not written over', () => {
  const file = out(`elsewhere/${yesterday}/qualified-visits.r1.csv`);
  appendFileSync(file, 'x');
  const result = close('elsewhere');
  assert.equal(result.code, 65);
  assert.match(result.stderr, /evidence was changed: .*qualified-visits\.r1\.csv differs/);
  assert.ok(readFileSync(file, 'utf8').endsWith('x'));
});

test('what cannot be done is said, with an exit code', async () => {
  const today_ = close('evidence', '--day', today);
  assert.equal(today_.code, 1);
  assert.match(today_.stderr, /day_not_over/);
  assert.equal(close('no/such/folder').code, 73);
  writeFileSync(out('file'), '');
  assert.ok([73, 77].includes(close('file').code));
  const away = vigie(null, ['--server', '127.0.0.1:1', 'report', 'close-day', '--out', out('away')]);
  assert.equal(away.code, 69, away.stderr);
  assert.match(away.stderr, /report close-day/);
  assert.equal(vigie(daemon, ['report', 'close-day']).code, 2);
  const unknown = vigie(daemon, ['report', 'snapshots', 'show', '1999-01-01', 'qualified-visits']);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /snapshot_not_found/);
  await assert.rejects(daemon.call('QualificationService', 'CloseDay', { request_id: 'nightly-today', day: message(today) }),
    (error) => errorDetails(error).reason === 'day_not_over');
  mkdirSync(out('made'), { recursive: true });
  mustClose('made', '--catch-up');
});
