#!/usr/bin/env node
// How well pairs are found, on every labelled set that is there, as one table: with the model given, and with the one
// `vigie train` makes of the set without looking at its labels. Thresholds are the model's own.
//
//   node tests/bench/quality.mjs [--identities N] [--seeds A,B] [--sets FOLDER] [--json]
//
// Generated hospitals are made here (21,200 identities of seed 42 unless told). Any other labelled set is a folder
// below FOLDER with its files and a set.json:
//
//   { "name": "febrl1", "records": ["records.csv"], "model": "model.toml",
//     "truth": "records.csv", "id_column": "rec_id", "truth_column": "person",
//     "birth_date_column": "date_of_birth", "given_name_column": "given_name" }
//
// "records" are one file, or two that are linked; "model" (its [columns] read the file's own names) may be left out
// for files in the columns of `vigie import`; the last two name columns of "truth" and count merged twins: two people
// of one birth date and different given names.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = process.env.VIGIE_BIN ?? path.join(root, 'build/release/bin');

function vigie(...args) {
  const result = spawnSync(path.join(bin, 'vigie'), args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Error(`vigie ${args.join(' ')}\n${result.error ?? result.stderr}`);
  return result.stdout;
}

// The fields of a line as they are written, quotes included.
export const fieldsOf = (line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, ''));

// The truth of `vigie generate` names persons only; twins are told by the traits beside them.
function joinTruth(folder) {
  const lines = (name) => readFileSync(path.join(folder, name), 'utf8').trim().split(/\r?\n/).map(fieldsOf);
  const [header, ...rows] = lines('identities.csv');
  const at = (name) => header.indexOf(name);
  const traits = new Map(rows.map((row) => [row[at('local_id')], `${row[at('birth_date')]},${row[at('first_birth_given_name')]}`]));
  const joined = lines('truth.csv').slice(1).map(([, id, person]) => `${id},${person},${traits.get(id)}`);
  writeFileSync(path.join(folder, 'joined.csv'), ['local_id,person_id,birth_date,given_name', ...joined, ''].join('\n'));
}

export function generatedSet(folder, identities, seed) {
  vigie('generate', '--identities', String(identities), '--visits', '0', '--seed', String(seed), '--out', folder);
  joinTruth(folder);
  return {
    folder, name: `generated, ${identities} of seed ${seed}`, records: ['identities.csv'], truth: 'joined.csv',
    id_column: 'local_id', truth_column: 'person_id', birth_date_column: 'birth_date', given_name_column: 'given_name',
  };
}

function setsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => path.join(folder, entry.name))
    .filter((set) => existsSync(path.join(set, 'set.json')))
    .sort()
    .map((set) => ({ folder: set, ...JSON.parse(readFileSync(path.join(set, 'set.json'), 'utf8')) }));
}

// What one model finds in one set.
export function measure(set, model, work) {
  const files = set.records.map((file) => path.join(set.folder, file));
  const pairs = path.join(work, 'pairs.csv'), clusters = path.join(work, 'clusters.csv'), upper = path.join(work, 'upper.csv');
  const link = JSON.parse(vigie('--output', 'json', 'link', ...files, ...(model ? ['--model', model] : []),
    '--pairs', pairs, '--clusters', clusters, '--bands'));
  // The upper bands: what a person is told is probable or certain.
  const [header, ...rows] = readFileSync(pairs, 'utf8').trimEnd().split('\n');
  writeFileSync(upper, [header, ...rows.filter((row) => /,(probable|certain),[^,]*$/.test(row)), ''].join('\n'));
  const truth = ['--truth', path.join(set.folder, set.truth), '--id-column', set.id_column, '--truth-column', set.truth_column];
  if (set.birth_date_column) truth.push('--birth-date-column', set.birth_date_column, '--given-name-column', set.given_name_column);
  const evaluate = (...what) => JSON.parse(vigie('--output', 'json', 'evaluate', ...truth, ...what));
  return { link, pairs: evaluate('--pairs', pairs), clusters: evaluate('--clusters', clusters), upper: evaluate('--pairs', upper) };
}

function trained(set, work) {
  const model = path.join(work, 'trained.toml');
  vigie('train', ...set.records.map((file) => path.join(set.folder, file)), '--out', model, '--name', 'trained',
    ...(set.model ? ['--model', path.join(set.folder, set.model)] : []));
  return model;
}

const share = (value) => (value === undefined ? '–' : value.toFixed(4));
const columns = {
  'set': (r) => r.set,
  'model': (r) => r.model,
  'true pairs': (r) => r.pairs.true_pairs,
  'pairs P': (r) => share(r.pairs.precision), 'R': (r) => share(r.pairs.recall), 'F1': (r) => share(r.pairs.f1),
  'clusters P': (r) => share(r.clusters.precision), 'R ': (r) => share(r.clusters.recall), 'F1 ': (r) => share(r.clusters.f1),
  'upper P': (r) => share(r.upper.precision), 'R  ': (r) => share(r.upper.recall),
  'merged twins (pairs/clusters/upper)': (r) => ['pairs', 'clusters', 'upper'].map((k) => r[k].merged_twins ?? '–').join('/'),
  'calibration error': (r) => share(r.pairs.calibration_error),
  'candidates a record': (r) => r.link.candidates_per_record.toFixed(2),
};

function print(results) {
  const table = [Object.keys(columns).map((name) => name.trim()), ...results.map((r) => Object.values(columns).map((of) => String(of(r))))];
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  for (const row of table) console.log(row.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
}

function main() {
  const { values } = parseArgs({ options: {
    identities: { type: 'string', default: '21200' }, seeds: { type: 'string', default: '42' },
    sets: { type: 'string' }, json: { type: 'boolean', default: false },
  } });
  const work = mkdtempSync(path.join(tmpdir(), 'vigie-quality-'));
  try {
    const generated = values.seeds.split(',').map((seed) => {
      const folder = path.join(work, `seed-${seed}`);
      mkdirSync(folder);
      return generatedSet(folder, Number(values.identities), seed);
    });
    const results = [];
    for (const set of [...generated, ...(values.sets ? setsBelow(values.sets) : [])]) {
      const given = set.model && path.join(set.folder, set.model);
      results.push({ set: set.name, model: 'given', ...measure(set, given, work) });
      results.push({ set: set.name, model: 'trained', ...measure(set, trained(set, work), work) });
    }
    if (values.json) console.log(JSON.stringify(results, null, 2));
    else print(results);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
