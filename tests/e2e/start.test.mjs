// Starting and stopping the real daemon: exit codes, the lock, damage, the configuration, the HTTP door.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Daemon, bin, generatedTraits, root, temporaryFolder, vigie } from './support.mjs';

const run = (args, env = {}) =>
  spawnSync(path.join(bin, 'vigied'), args, { encoding: 'utf8', timeout: 30000, env: { ...process.env, ...env } });

async function register(daemon, n) {
  return daemon.call('IdentityService', 'RegisterIdentity',
    { request_id: `start-${n}`, actor: 'test', identity: { domain: 'D', local_id: `L${n}`, traits: generatedTraits(n) } });
}

test('a wrong configuration is refused with its place and exit code 78', () => {
  const folder = temporaryFolder('config');
  const file = path.join(folder.path, 'vigie.toml');
  for (const [text, message] of [
    ['[grpc]\nlisen = "127.0.0.1:1"\n', /vigie\.toml:2:1: .*did you mean "listen"/],
    ['[grpc]\nlisten = "0.0.0.0:7460"\n', /only loopback/],
    ['[matching]\nmodel_file = "/nowhere/model.toml"\n', /model\.toml/],
    ['[identity]\ntime_zone = "Europe/Parris"\n', /Europe\/Parris/],
  ]) {
    writeFileSync(file, text);
    const result = run(['--config', file, '--check-config', '--data', folder.path]);
    assert.equal(result.status, 78, text + result.stderr);
    assert.match(result.stderr, message);
    const client = vigie(null, ['check-config', file]);
    assert.equal(client.code, 78, client.stderr);
    assert.match(client.stderr + client.stdout, message);
  }
  const good = run(['--config', path.join(root, 'systemd/vigie.toml'), '--check-config']);
  assert.equal(good.status, 0, good.stderr);
  assert.equal(run(['--no-such-option']).status, 2);
  folder.remove();
});

test('a second daemon on the same folder is refused and does no harm', async () => {
  const folder = temporaryFolder('lock');
  const daemon = await Daemon.start(folder.path);
  await register(daemon, 1);
  const second = run(['--data', folder.path, '--grpc-listen', '127.0.0.1:0', '--http-listen', '']);
  assert.equal(second.status, 73, second.stderr);
  assert.match(second.stderr, /in use/);
  await register(daemon, 2);
  // A port that is taken is refused too, not shared.
  const other = temporaryFolder('port');
  const third = run(['--data', other.path, '--grpc-listen', daemon.grpc, '--http-listen', '']);
  assert.notEqual(third.status, 0);
  await daemon.stop();
  folder.remove();
  other.remove();
});

test('a folder that others can read and that holds other things is refused as data folder', () => {
  const folder = temporaryFolder('mode');
  writeFileSync(path.join(folder.path, 'notes.txt'), 'not ours');
  chmodSync(folder.path, 0o755);
  const result = run(['--data', folder.path, '--grpc-listen', '127.0.0.1:0', '--http-listen', '']);
  assert.equal(result.status, 77, result.stderr);
  folder.remove();
});

test('acknowledged writes that are missing are noticed: the log deleted, an older copy put back', async () => {
  const folder = temporaryFolder('damage');
  const data = path.join(folder.path, 'data');
  let daemon = await Daemon.start(data);
  for (let n = 0; n < 50; ++n) await register(daemon, n);
  await daemon.stop();

  // An older copy of the store beside the present anchor.
  const db = path.join(data, 'db');
  const copy = path.join(folder.path, 'older');
  spawnSync('cp', ['-a', db, copy]);
  daemon = await Daemon.start(data);
  for (let n = 50; n < 100; ++n) await register(daemon, n);
  await daemon.kill();
  const present = path.join(folder.path, 'present');
  spawnSync('cp', ['-a', db, present]);
  rmSync(db, { recursive: true });
  spawnSync('cp', ['-a', copy, db]);
  let result = run(['--data', data, '--grpc-listen', '127.0.0.1:0', '--http-listen', '']);
  assert.equal(result.status, 65, result.stderr);
  assert.match(result.stderr, /missing/);

  // The write-ahead log deleted.
  rmSync(db, { recursive: true });
  spawnSync('cp', ['-a', present, db]);
  const logs = readdirSync(db).filter((name) => name.endsWith('.log') && statSync(path.join(db, name)).size > 0);
  assert.ok(logs.length > 0);
  for (const name of logs) rmSync(path.join(db, name));
  result = run(['--data', data, '--grpc-listen', '127.0.0.1:0', '--http-listen', '']);
  assert.equal(result.status, 65, result.stderr);

  // One byte of the log flipped, at several places: refused, or everything is there.
  for (const share of [0.1, 0.35, 0.6, 0.85]) {
    rmSync(db, { recursive: true });
    spawnSync('cp', ['-a', present, db]);
    const file = path.join(db, logs.sort().at(-1));
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length * share)] ^= 0x40;
    writeFileSync(file, bytes);
    result = run(['--data', data, '--grpc-listen', '127.0.0.1:0', '--http-listen', '']);
    assert.equal(result.status, 65, `byte at ${share}: ${result.stderr}`);
  }

  // Undamaged, it starts and has everything.
  rmSync(db, { recursive: true });
  spawnSync('cp', ['-a', present, db]);
  daemon = await Daemon.start(data);
  const status = await daemon.call('AdministrationService', 'GetStatus', {});
  assert.equal(status.counts.identity_count, 100);
  await daemon.stop();
  folder.remove();
});

test('liveness, readiness and metrics are served, and nothing else', async () => {
  const folder = temporaryFolder('http');
  const daemon = await Daemon.start(folder.path);
  await register(daemon, 1);
  assert.equal((await daemon.get('/livez')).status, 200);
  const ready = await daemon.get('/readyz?verbose');
  assert.equal(ready.status, 200);
  assert.match(ready.body, /storage/);
  const metrics = await daemon.get('/metrics');
  assert.match(metrics.body, /vigie_identities\{status="provisional"\} 1\n/);
  assert.match(metrics.body, /vigie_rpc_total\{method="RegisterIdentity",code="OK"\} 1\n/);
  assert.equal((await daemon.get('/etc/passwd')).status, 404);
  await daemon.stop();
  folder.remove();
});

test('SIGHUP takes a new log level, and keeps the old configuration when the new one is wrong', async () => {
  const folder = temporaryFolder('reload');
  const file = path.join(folder.path, 'vigie.toml');
  writeFileSync(file, '[log]\nlevel = "info"\n');
  const daemon = await Daemon.start(path.join(folder.path, 'data'), { args: ['--config', file] });
  const waitFor = async (event) => {
    for (let i = 0; i < 200; ++i) {
      const line = daemon.lines.find((l) => l.includes(`"event":"${event}"`));
      if (line) return JSON.parse(line);
      await new Promise((r) => setTimeout(r, 25));
    }
    throw new Error(`no ${event}`);
  };
  writeFileSync(file, '[log]\nlevle = "debug"\n');
  daemon.process.kill('SIGHUP');
  assert.equal((await waitFor('reload_refused')).level, 'error');
  writeFileSync(file, '[log]\nlevel = "debug"\n');
  daemon.process.kill('SIGHUP');
  await waitFor('reloaded');
  await daemon.stop();
  folder.remove();
});
