// The daemon and the batch score alike: what `vigie link` writes of a pair of a file is what ExplainPair says of it once
// the file was imported, to the bit.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { Daemon, temporaryFolder, vigie } from './support.mjs';

const identityCount = 18000;
const pairCount = 10000;
let folder, daemon;

before(() => { folder = temporaryFolder('same-score'); });
after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const rowsOf = (file) => {
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
};

test('10,000 pairs have the same weight, probability, band and contradictions in the daemon and in the batch, to the bit', { timeout: 300000 }, async () => {
  const sample = path.join(folder.path, 'sample'), pairs = path.join(folder.path, 'pairs.csv');
  const identities = path.join(sample, 'identities.csv');
  const run = (on, ...args) => { const result = vigie(on, args); assert.equal(result.code, 0, result.stderr); };
  run(null, 'generate', '--identities', String(identityCount), '--seed', '7', '--out', sample);
  run(null, 'link', identities, '--threshold', '0.000000000001', '--pairs', pairs, '--bands');
  const found = rowsOf(pairs);
  assert.ok(found.length >= pairCount, `${found.length} pairs`);

  daemon = await Daemon.start(path.join(folder.path, 'data'));
  run(daemon, 'import', 'identities', identities);
  const domain = readFileSync(identities, 'utf8').split(/\r?\n/, 2)[1].split(',')[0];
  const numbers = new Map();
  const numberOf = async (local_id) => {
    if (!numbers.has(local_id)) numbers.set(local_id, (await daemon.call('IdentityService', 'ResolveIdentity', { local_id: { domain, local_id } })).identities[0].id);
    return numbers.get(local_id);
  };
  // Every so many, so that they are of every weight; the names of contradictions stand in the explanation.
  const step = found.length / pairCount;
  const asked = Array.from({ length: pairCount }, (_, i) => found[Math.floor(i * step)]);
  const bands = new Set();
  let next = 0, vetoed = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (next < asked.length) {
      const pair = asked[next++];
      const { explanation } = await daemon.call('IdentityService', 'ExplainPair', { left_identity_id: await numberOf(pair.left_id), right_identity_id: await numberOf(pair.right_id) });
      const { score } = explanation;
      const name = `${pair.left_id} ${pair.right_id}`;
      assert.equal(score.weight_bits, Number(pair.weight_bits), name);
      assert.equal(score.probability, Number(pair.probability), name);
      assert.equal(score.band.replace('BAND_', '').toLowerCase(), pair.band, name);
      assert.equal((score.veto_positions ?? []).length, pair.vetoes ? pair.vetoes.split('|').length : 0, name);
      bands.add(pair.band);
      vetoed += pair.vetoes ? 1 : 0;
    }
  }));
  assert.deepEqual([...bands].sort(), ['below', 'certain', 'possible', 'probable']);
  assert.ok(vetoed > 10, `${vetoed} pairs with a contradiction`);
});
