// The backlog keeps its word: of a generated hospital, the first hundred rows are done as they say,
// through the contract, and the rate moves by exactly what row 100 announced. Pages, CSV, totals,
// workbook and the quality indicators are looked at on the way.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { Daemon, temporaryFolder, vigie } from './support.mjs';

const rowsDone = 100;
// All that the sample holds, so that neither its dates nor today's matter.
const window = ['--from', '2020-01-01', '--to', '2030-12-31'];
let folder, daemon;

before(async () => {
  folder = temporaryFolder('backlog');
  const sample = path.join(folder.path, 'sample');
  const generated = vigie(null, ['generate', '--identities', '3000', '--visits', '6000', '--seed', '31', '--out', sample]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(path.join(folder.path, 'data'));
  for (const kind of ['identities', 'visits']) {
    const result = vigie(daemon, ['import', kind, path.join(sample, `${kind}.csv`)]);
    assert.ok(result.code === 0 || result.code === 1, result.stderr); // rows refused on purpose
  }
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const json = (...args) => {
  const result = vigie(daemon, ['--output', 'json', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};
const rateOf = (definition) => json('report', 'qualification', ...window, '--definition', definition).total;
const backlogOf = (definition, limit, ...more) =>
  json('report', 'backlog', ...window, '--definition', definition, '--limit', String(limit), ...more);

let requests = 0;
const change = (method, identity, fields) =>
  daemon.call('IdentityService', method, { request_id: `backlog-${++requests}`, identity_id: identity.id, ...fields });

// A NIR of nobody with a right key, another one for each number.
function matriculeOf(number) {
  const body = 2991299990000n + BigInt(number);
  return `${body}${String(97n - (body % 97n)).padStart(2, '0')}`;
}

const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' }).format(new Date()).split('-').map(Number);

// Does what a row says.
async function perform(row) {
  const { identity } = await daemon.call('IdentityService', 'GetIdentity', { identity_id: row.identity_id });
  if (identity.trust_facts?.attributes?.doubtful) await change('SetAttributes', identity, { doubtful: false });
  if (row.ask_insi) {
    const traits = { ...identity.traits };
    if (traits.sex === 'SEX_INDETERMINATE') traits.sex = 'SEX_FEMALE'; // INSi knows M and F only
    await change('RecordInsiAnswer', identity, {
      answer: {
        return_code: '00', query_time: { seconds: Math.floor(Date.now() / 1000) }, traits, coherence_accepted: true,
        ins: { matricule: matriculeOf(row.identity_id), oid: '1.2.250.1.213.1.4.8' },
        query_criteria: row.insi_query?.criteria ?? [],
      },
    });
  }
  if (row.check_document) {
    await change('RecordEvidence', identity, { type: 'passport', check_date: { year, month, day }, traits_agree: true });
  }
  const done = await daemon.call('IdentityService', 'GetIdentity', { identity_id: row.identity_id });
  assert.equal(done.identity.trust_status, 'TRUST_STATUS_QUALIFIED', row.identity_id);
}

for (const definition of ['qualified-patients', 'qualified-visits']) {
  test(`the first ${rowsDone} rows bring to ${definition} exactly what row ${rowsDone} announces`, async () => {
    const before = rateOf(definition);
    const { basis, rows } = backlogOf(definition, rowsDone);
    assert.equal(rows.length, rowsDone);
    assert.equal(basis.numerator, before.numerator);
    assert.equal(basis.denominator, before.denominator);
    for (let i = 0; i < rows.length; ++i) {
      assert.equal(rows[i].rank, i + 1);
      assert.ok(rows[i].next_step.french && rows[i].effect.french, `row ${i + 1} says what to do and why`);
    }
    for (const row of rows) await perform(row);
    const after = rateOf(definition);
    const announced = rows.at(-1).cumulative_gain_points;
    const gained = 100 * (after.rate - before.rate);
    console.log(`${definition}: ${before.numerator}/${before.denominator} -> ${after.numerator}/${after.denominator}, ` +
      `announced ${announced.toFixed(6)} points, gained ${gained.toFixed(6)}`);
    assert.equal(after.numerator - before.numerator, rows.reduce((sum, row) => sum + row.numerator_change, 0));
    assert.equal(after.denominator - before.denominator, rows.reduce((sum, row) => sum + row.denominator_change, 0));
    assert.ok(Math.abs(gained - announced) < 1e-9, `${gained} gained, ${announced} announced`);
    if (definition === 'qualified-patients') assert.ok(gained > 1, 'it was worth the work');
  });
}

test('pages, totals and CSV are one list', () => {
  const whole = backlogOf('qualified-patients', 0);
  assert.equal(whole.rows.length, whole.total_size);
  assert.equal(whole.total.identity_count, whole.total_size);
  for (const part of ['by_reason', 'by_site', 'by_entry_channel']) {
    assert.equal(whole[part].reduce((sum, total) => sum + total.identity_count, 0), whole.total_size, part);
    assert.equal(whole[part].reduce((sum, total) => sum + total.numerator_change, 0), whole.total.numerator_change, part);
  }
  assert.ok(whole.by_reason.length >= 3, 'the sample has several kinds of standing');
  for (const { key, identity_count: count } of whole.by_reason) {
    assert.equal(backlogOf('qualified-patients', 1, '--reason', key).total_size, count, key);
  }
  const csv = vigie(daemon, ['--output', 'csv', 'report', 'backlog', ...window, '--definition', 'qualified-patients', '--limit', '0']);
  assert.equal(csv.code, 0, csv.stderr);
  assert.equal(csv.stdout.trim().split('\n').length, whole.total_size + 1);
  const totals = vigie(daemon, ['report', 'backlog', ...window, '--definition', 'qualified-patients', '--totals']);
  assert.match(totals.stdout, /document_missing/);
  const unknown = vigie(daemon, ['report', 'backlog', ...window, '--reason', 'nothing']);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /unknown_reason/);
});

// One file of a ZIP archive, found through its central directory.
function unpacked(archive, name) {
  let entry = archive.readUInt32LE(archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16);
  while (archive.readUInt32LE(entry) === 0x02014b50) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(entry + offset));
    if (archive.toString('utf8', entry + 46, entry + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(entry + 42);
      const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(begin, begin + archive.readUInt32LE(entry + 20));
      return (archive.readUInt16LE(entry + 10) === 0 ? packed : inflateRawSync(packed)).toString('utf8');
    }
    entry += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`no ${name} in the archive`);
}

test('the workbook opens and has a sheet for rows and for each part', () => {
  const file = path.join(folder.path, 'backlog.xlsx');
  const written = vigie(daemon, ['report', 'backlog', ...window, '--definition', 'qualified-patients', '--xlsx', file]);
  assert.equal(written.code, 0, written.stderr);
  const book = unpacked(readFileSync(file), 'xl/workbook.xml');
  for (const name of ['Reste à faire', 'reason', 'site', 'entry_channel']) assert.ok(book.includes(`name="${name}"`), name);
});

test('the quality indicators name what they count', () => {
  const { indicators } = json('report', 'quality', ...window, '--old-after', '1');
  assert.deepEqual(indicators.map((indicator) => indicator.name),
    ['duplicates_in_stock', 'duplicates_in_flow', 'collisions', 'ins_conflicts', 'provisional_old', 'doubtful_old',
      'queue_age_median', 'queue_age_oldest']);
  const status = json('status');
  const stock = indicators[0];
  assert.equal(stock.denominator, status.identity_count);
  assert.ok(stock.numerator > 0 && stock.value < 0.5);
  for (const indicator of indicators) {
    for (const sentence of [indicator.title, indicator.numerator_meaning, indicator.denominator_meaning]) {
      assert.ok(sentence.french && sentence.english, indicator.name);
    }
  }
  assert.equal(indicators.find((one) => one.name === 'queue_age_oldest').denominator, status.open_case_count);
});
