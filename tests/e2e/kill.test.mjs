// kill -9 at random moments, with a ledger kept by the client: whatever was acknowledged is there
// after the restart, exactly once; whatever was in flight is asked again with the same request id
// and ends exactly once too. More rounds: VIGIE_KILL_ROUNDS=200.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Daemon, generatedTraits, randomFrom, temporaryFolder, vigie, vigieInBackground } from './support.mjs';

const rounds = Number(process.env.VIGIE_KILL_ROUNDS ?? 20);
const seed = Number(process.env.VIGIE_SEED ?? 1);

test(`nothing acknowledged is lost or doubled by kill -9 (${rounds} rounds, seed ${seed})`, { timeout: 3600000 }, async () => {
  const folder = temporaryFolder('kill');
  const random = randomFrom(seed);
  const ledger = new Map(); // local id -> { request, answer }
  let pending = [];         // requests sent without an answer yet
  let next = 0;
  let worstReady = 0;
  let retried = 0;

  const newRequest = () => {
    const n = next++;
    return {
      request_id: randomUUID(), actor: 'kill test',
      identity: { domain: 'KILL', local_id: `K${n}`, traits: generatedTraits(n) },
    };
  };
  const register = async (daemon, request) => {
    const answer = await daemon.call('IdentityService', 'RegisterIdentity', request);
    ledger.set(request.identity.local_id, { request, answer });
  };
  const check = async (daemon, entries) => {
    for (const [localId, { request, answer }] of entries) {
      const found = await daemon.call('IdentityService', 'ResolveIdentity', { local_id: { domain: 'KILL', local_id: localId } });
      assert.equal(found.identities.length, 1, `local id ${localId}`);
      assert.equal(found.identities[0].id, answer.identity.id);
      assert.deepEqual(found.identities[0].traits, request.identity.traits);
    }
  };

  let daemon;
  for (let round = 0; round < rounds; ++round) {
    daemon = await Daemon.start(folder.path);
    worstReady = Math.max(worstReady, daemon.readyMilliseconds);
    // What was in flight when the daemon died: the outcome is unknown, the request id makes it safe.
    for (const request of pending) {
      await register(daemon, request);
      ++retried;
    }
    pending = [];
    const recent = [...ledger].slice(-200);
    await check(daemon, recent);
    // The same request again gives the same answer.
    for (const [, { request, answer }] of recent.slice(-5)) {
      const again = await daemon.call('IdentityService', 'RegisterIdentity', request);
      assert.equal(again.identity.id, answer.identity.id);
      assert.equal(again.commit_number, answer.commit_number);
    }
    const inFlight = new Set();
    let stopped = false;
    const writers = Array.from({ length: 8 }, async () => {
      while (!stopped) {
        const request = newRequest();
        inFlight.add(request);
        try {
          await register(daemon, request);
          inFlight.delete(request);
        } catch { /* The daemon was killed: the request stays in flight. */ return; }
      }
    });
    await delay(50 + random(500));
    stopped = true;
    await daemon.kill();
    await Promise.all(writers);
    pending = [...inFlight];
  }

  daemon = await Daemon.start(folder.path);
  for (const request of pending) await register(daemon, request);
  await check(daemon, ledger);
  const status = await daemon.call('AdministrationService', 'GetStatus', {});
  assert.equal(status.counts.identity_count, ledger.size, 'identities counted and acknowledged');
  await daemon.stop();
  console.log(`ROW=1 rounds=${rounds} acked=${ledger.size} retried=${retried} lost=0 doubled=0 worst_ready_ms=${Math.round(worstReady)}`);
  folder.remove();
});

test('an import killed half way and run again ends with the base of an undisturbed import', { timeout: 600000 }, async () => {
  const folder = temporaryFolder('import');
  const sample = path.join(folder.path, 'sample');
  const generated = vigie(null, ['generate', '--identities', '5000', '--visits', '8000', '--seed', '7', '--out', sample]);
  assert.equal(generated.code, 0, generated.stderr);
  const identities = path.join(sample, 'identities.csv');
  const visits = path.join(sample, 'visits.csv');

  const figures = async (daemon) => {
    const status = JSON.parse(vigie(daemon, ['--output', 'json', 'status']).stdout);
    const rate = JSON.parse(vigie(daemon, ['--output', 'json', 'report', 'qualification', '--from', '2020-01-01', '--to', '2030-12-31', '--by', 'month,site']).stdout);
    return {
      identity_count: status.identity_count, visit_count: status.visit_count, open_case_count: status.open_case_count,
      rows: rate.rows,
    };
  };
  const importAll = (daemon) => {
    for (const [kind, file] of [['identities', identities], ['visits', visits]]) {
      const result = vigie(daemon, ['import', kind, file]);
      assert.equal(result.code, 0, result.stderr);
    }
  };

  const undisturbed = await Daemon.start(path.join(folder.path, 'undisturbed'));
  importAll(undisturbed);
  const expected = await figures(undisturbed);
  assert.equal(expected.identity_count, 5000);
  await undisturbed.stop();

  const data = path.join(folder.path, 'killed');
  let kills = 0;
  for (const [kind, file] of [['identities', identities], ['visits', visits]]) {
    for (const wait of [60, 150, 250]) {
      const daemon = await Daemon.start(data);
      const running = vigieInBackground(daemon, ['import', kind, file]);
      await delay(wait);
      await daemon.kill();
      const { code } = await running.finished;
      if (code !== 0) ++kills; // 0: it had finished before.
    }
  }
  const daemon = await Daemon.start(data);
  importAll(daemon);
  const got = await figures(daemon);
  assert.deepEqual(got, expected);
  await daemon.stop();
  assert.ok(kills > 0, 'at least one import was cut short');
  console.log(`ROW=53 kills=${kills} identities=${got.identity_count} visits=${got.visit_count} cases=${got.open_case_count}`);
  folder.remove();
});
