// Everything that went in comes out again: export, import into an empty daemon, export, compare. And
// what the base says of itself offline: fsck and audit verify after a kill -9.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { readFileSync, writeFileSync, existsSync, statSync, readdirSync } from 'node:fs';
import { Daemon, temporaryFolder, vigie, vigieInBackground } from './support.mjs';

// RFC 4180, as our files have it.
function parseCsv(text) {
  const rows = [];
  let row = [''];
  let quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') row[row.length - 1] += c;
      else if (text[i + 1] === '"') { row[row.length - 1] += '"'; ++i; }
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') row.push('');
    else if (c === '\n') { rows.push(row); row = ['']; }
    else row[row.length - 1] += c;
  }
  const [header, ...lines] = rows;
  return lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i]])));
}

function run(daemon, args) {
  const result = vigie(daemon, args);
  assert.equal(result.code, 0, `vigie ${args.join(' ')}\n${result.stderr}`);
  return result;
}

function exportAll(daemon, folder, name) {
  const kinds = {};
  for (const kind of ['identities', 'visits', 'cases', 'audit']) {
    const file = path.join(folder, `${name}-${kind}.csv`);
    const told = JSON.parse(run(daemon, ['--output', 'json', 'export', kind, '--out', file]).stdout);
    assert.equal(told.kind, kind);
    const text = readFileSync(file, 'utf8');
    kinds[kind] = { file, told, rows: parseCsv(text), header: text.slice(0, text.indexOf('\n')) };
    assert.equal(kinds[kind].rows.length, told.rows, `${kind}: rows announced and written`);
    assert.equal(statSync(file).mode & 0o777, 0o600, 'for its owner only');
  }
  return kinds;
}

const key = (row) => `${row.domain}/${row.local_id}/${row.visit_number ?? ''}`;
// What must differ between two bases: numbers they gave, instants at which they wrote, and what only
// the first one lived through.
const ownToABase = ['identity_id', 'status_history', 'insi_query_time', 'version', 'created_at', 'updated_at'];
const without = (row, names) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
const comparable = (rows, names) => rows.map((row) => without(row, names)).sort((a, b) => (key(a) < key(b) ? -1 : 1));

test('an export imported into an empty base is exported again as the same rows', { timeout: 600000 }, async () => {
  const folder = temporaryFolder('export');
  const sample = path.join(folder.path, 'sample');
  run(null, ['generate', '--identities', '1500', '--visits', '4000', '--seed', '7', '--out', sample]);
  const first = await Daemon.start(path.join(folder.path, 'first'));
  run(first, ['import', 'identities', path.join(sample, 'identities.csv')]);
  run(first, ['import', 'visits', path.join(sample, 'visits.csv')]);
  const before = exportAll(first, folder.path, 'first');
  assert.equal(before.identities.rows.length, 1500);
  assert.equal(before.visits.rows.length, 4000);
  // What went in is what comes out.
  const went = new Map(parseCsv(readFileSync(path.join(sample, 'visits.csv'), 'utf8')).map((row) => [row.visit_number, row]));
  for (const row of before.visits.rows) {
    const original = went.get(row.visit_number);
    for (const [name, value] of Object.entries(original)) assert.equal(row[name], value, `${row.visit_number} ${name}`);
  }
  const people = new Map(parseCsv(readFileSync(path.join(sample, 'identities.csv'), 'utf8')).map((row) => [row.local_id, row]));
  let unchanged = 0;
  for (const row of before.identities.rows) {
    const original = people.get(row.local_id);
    for (const name of ['birth_family_name', 'birth_date', 'sex', 'email', 'phone', 'used_family_name']) {
      assert.equal(row[name], original[name], `${row.local_id} ${name}`);
    }
    unchanged += row.ins_matricule === original.ins_matricule && row.insi_date === original.insi_date ? 1 : 0;
    const [last] = row.status_history.split('|').slice(-1);
    assert.equal(last.split('=')[1], row.status);
  }
  assert.ok(unchanged > 1400, `${unchanged} matricules as they came`);
  assert.equal(new Set(Object.values(before).map((kind) => kind.told.commit_number)).size, 1);

  const second = await Daemon.start(path.join(folder.path, 'second'));
  const again = run(second, ['import', 'identities', before.identities.file]);
  assert.match(again.stderr, /columns that are not read: identity_id, status/);
  run(second, ['import', 'visits', before.visits.file]);
  const after = exportAll(second, folder.path, 'second');
  assert.deepEqual(comparable(after.identities.rows, ownToABase), comparable(before.identities.rows, ownToABase));
  const ofVisits = [...ownToABase, 'status_at_admission', 'status_at_discharge'];
  assert.deepEqual(comparable(after.visits.rows, ofVisits), comparable(before.visits.rows, ofVisits));
  // Attached to the same person: by the local id, for numbers may differ.
  assert.deepEqual(after.visits.rows.map((row) => [row.visit_number, row.identity_id !== '']),
    before.visits.rows.map((row) => [row.visit_number, row.identity_id !== '']));
  await second.stop();

  // Exports from one picture while somebody writes.
  const busy = vigieInBackground(first, ['import', 'visits', path.join(sample, 'visits.csv'), '--reason', 'again']);
  const during = exportAll(first, folder.path, 'during');
  assert.equal(during.visits.rows.length, 4000);
  await busy.finished;

  // Nothing is left behind, and what was there stays, when the daemon is away.
  await first.kill();
  const failed = vigie({ grpc: first.grpc }, ['export', 'visits', '--out', before.visits.file]);
  assert.equal(failed.code, 69);
  assert.equal(parseCsv(readFileSync(before.visits.file, 'utf8')).length, 4000);
  assert.deepEqual(readdirSync(folder.path).filter((name) => name.endsWith('.tmp')), []);
  const nowhere = vigie({ grpc: first.grpc }, ['export', 'visits', '--out', path.join(folder.path, 'no', 'file.csv')]);
  assert.notEqual(nowhere.code, 0);

  // Offline, after a kill -9.
  const data = path.join(folder.path, 'first');
  const checked = JSON.parse(run(null, ['--output', 'json', 'fsck', data]).stdout);
  assert.deepEqual(checked.findings, []);
  assert.equal(checked.identity_count, 1500);
  assert.equal(checked.visit_count, 4000);
  assert.match(run(null, ['audit', 'verify', data]).stdout, /audit chain of \d+ commits: nothing is wrong/);
  assert.equal(vigie(null, ['fsck', path.join(folder.path, 'nowhere')]).code, 66);
  assert.equal(existsSync(path.join(folder.path, 'nowhere')), false);
  const running = await Daemon.start(data);
  const inUse = vigie(null, ['fsck', data]);
  assert.equal(inUse.code, 73, inUse.stderr);
  await running.stop();
  // One byte of the anchor: found, told, and the exit code says it.
  const anchor = path.join(data, 'anchor', 'anchor');
  const bytes = readFileSync(anchor);
  bytes[12] ^= 1;
  writeFileSync(anchor, bytes);
  const damaged = vigie(null, ['--output', 'json', 'fsck', data]);
  assert.equal(damaged.code, 65, damaged.stderr);
  assert.ok(JSON.parse(damaged.stdout).findings.some((finding) => finding.table === 'anchor'));
  folder.remove();
});
