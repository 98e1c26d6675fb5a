// What goes out of the review desk, heard by a client that shares no code with ours: every change of a case, across
// a daemon that is killed and started again, and by the command line.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, errorDetails, generatedTraits, temporaryFolder, vigie } from './support.mjs';

let folder, data, daemon;
let requests = 0;

before(async () => {
  folder = temporaryFolder('watch');
  data = path.join(folder.path, 'data');
  daemon = await Daemon.start(data);
});

after(async () => {
  await daemon?.stop();
  folder?.remove();
});

const act = (service, method, fields) => daemon.call(service, method, { request_id: `watch-${++requests}`, actor: 'reviewer 1', ...fields });

// Two records of one person, and the number of the case they make.
async function openCase(n) {
  await act('IdentityService', 'RegisterIdentity', { identity: { domain: 'DPI', local_id: `L${n}`, traits: generatedTraits(n) } });
  const second = await act('IdentityService', 'RegisterIdentity', { identity: { domain: 'DPI', local_id: `R${n}`, traits: generatedTraits(n) } });
  assert.equal(second.opened_case_ids.length, 1);
  return second.opened_case_ids[0];
}

// Messages of a watch as they come; `next` waits for one with cases, `ended` for its end.
function watch(request) {
  const stream = daemon.clients.ReviewService.WatchCases(request);
  const messages = [];
  let waiting = null;
  stream.on('data', (message) => { messages.push(message); waiting?.(); });
  const ended = new Promise((resolve) => { stream.on('error', resolve); stream.on('end', () => resolve(null)); });
  return {
    ended,
    cancel: () => stream.cancel(),
    async next(holds) {
      for (;;) {
        const found = messages.findIndex(holds);
        if (found >= 0) return messages.splice(0, found + 1).at(-1);
        await Promise.race([new Promise((resolve) => { waiting = resolve; }), ended.then((error) => { throw error ?? new Error('the watch ended'); })]);
      }
    },
  };
}

test('a watcher hears what happens, is told why it ends, and misses nothing of a daemon that was killed', async () => {
  const listening = watch({});
  const start = await listening.next(() => true);
  const first = await openCase(1);
  const opened = await listening.next((message) => message.cases?.length > 0);
  assert.deepEqual(opened.cases.map((one) => [one.id, one.state]), [[first, 'STATE_OPEN']]);
  assert.ok(Number(opened.commit_number) > Number(start.commit_number ?? 0));
  await act('ReviewService', 'ClaimCase', { case_id: first });
  const claimed = await listening.next((message) => message.cases?.length > 0);
  assert.equal(claimed.cases[0].assignee, 'reviewer 1');

  await daemon.kill();
  assert.equal((await listening.ended).code, 14); // UNAVAILABLE
  daemon = await Daemon.start(data);
  await act('ReviewService', 'DecideCase', { case_id: first, verdict: 'VERDICT_DIFFERENT_PERSONS' });
  const second = await openCase(2);
  const again = watch({ after_commit_number: claimed.commit_number });
  const told = await again.next((message) => message.cases?.some((one) => one.id === second));
  assert.deepEqual(told.cases.map((one) => [one.id, one.state]), [[first, 'STATE_DECIDED'], [second, 'STATE_OPEN']]);

  await daemon.stop();
  const end = await again.ended;
  assert.equal(end.code, 14);
  assert.equal(errorDetails(end).reason, 'shutting_down');
  daemon = await Daemon.start(data);
});

test('the command line prints what changed, one object a message, and says where to go on', async () => {
  const third = await openCase(3);
  const all = vigie(daemon, ['--output', 'json', 'review', 'watch', '--after', '1', '--no-wait']);
  assert.equal(all.code, 0, all.stderr);
  const messages = all.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(messages.flatMap((message) => message.cases).some((one) => one.id === third));
  const rest = vigie(daemon, ['--output', 'json', 'review', 'watch', '--after', String(messages.at(-1).commit_number), '--no-wait']);
  assert.deepEqual(JSON.parse(rest.stdout), { commit_number: messages.at(-1).commit_number, cases: [] });
  const decided = vigie(daemon, ['review', 'watch', '--after', '1', '--state', 'decided', '--no-wait']);
  assert.match(decided.stdout, /decided/);
  assert.doesNotMatch(decided.stdout, new RegExp(`case ${third} `));
  const other = vigie(daemon, ['review', 'watch', '--after', '999999', '--no-wait']);
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /not_committed_yet/);
});
