// Accounts and sessions with the real programs: accounts are made with `vigie account`, a person signs
// in over HTTP and in a real browser, the JSON services ask who calls, a reload changes who may, and no
// password or token ever stands in a log or in the accounts file.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Daemon, bin, generatedTraits, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, accounts, browser;

const account = (args, input) => vigie(null, ['account', ...args, '--file', accounts], input === undefined ? {} : { input });

before(async () => {
  folder = temporaryFolder('access');
  accounts = path.join(folder.path, 'accounts.toml');
  for (const [name, role] of [['lea', 'reader'], ['ines', 'reviewer'], ['chef', 'supervisor']]) {
    const made = account(['add', name, '--role', role], `${password} ${name}\n`);
    assert.equal(made.code, 0, made.stderr);
  }
  daemon = await Daemon.start(path.join(folder.path, 'data'), { env: { VIGIE_CONSOLE_ACCOUNTS: accounts } });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

async function post(pathname, body, headers = {}) {
  const response = await fetch(`http://${daemon.http}${pathname}`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}
const reasonOf = (answer) => answer.body.details?.[0]?.debug?.reason;
const signIn = async (name, secret = `${password} ${name}`) => {
  const answer = await post('/sign-in', { name, password: secret });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  return { ...answer, with: { Cookie: cookie, 'X-Vigie-Csrf': answer.body.csrf } };
};
const countCases = (headers) => post('/vigie.v1.ReviewService/CountCases', {}, headers);

test('the accounts file holds hashes and only its owner may read it', () => {
  const text = readFileSync(accounts, 'utf8');
  assert.equal(statSync(accounts).mode & 0o777, 0o600);
  assert.ok(!text.includes(password));
  assert.equal(text.match(/\$argon2id\$v=19\$m=65536,/g).length, 3);
  const listed = vigie(null, ['--output', 'json', 'account', 'list', '--file', accounts]);
  assert.deepEqual(JSON.parse(listed.stdout).map((one) => [one.name, one.role, one.signs_in]),
    [['lea', 'reader', true], ['ines', 'reviewer', true], ['chef', 'supervisor', true]]);
  assert.ok(!listed.stdout.includes('argon2'));
});

test('what is wrong with an account is said, and nothing is written', () => {
  const unchanged = readFileSync(accounts, 'utf8');
  const cases = [
    [['add', 'x', '--role', 'reviewer'], 'short\n', 1, /12 characters/],
    [['add', 'a b', '--role', 'reviewer'], `${password}\n`, 1, /a name is/],
    [['add', 'x', '--role', 'root'], `${password}\n`, 2, /root/],
    [['add', 'lea', '--role', 'reviewer'], `${password}\n`, 1, /--replace/],
    [['remove', 'nobody'], '', 66, /no account/],
    [['token', 'nobody'], '', 66, /no account/],
    [['token', 'lea', '--revoke', '00000000'], '', 66, /no such token/],
  ];
  for (const [args, input, code, says] of cases) {
    const result = account(args, input);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr + result.stdout, says);
  }
  assert.equal(readFileSync(accounts, 'utf8'), unchanged);
});

test('vigied refuses an accounts file that others may read, and one that is not there', () => {
  const open = path.join(folder.path, 'open.toml');
  writeFileSync(open, readFileSync(accounts));
  chmodSync(open, 0o644);
  for (const [file, says] of [[open, /chmod 640/], [path.join(folder.path, 'none.toml'), /vigie account add/]]) {
    const result = spawnSync(path.join(bin, 'vigied'), ['--check-config', '--data', path.join(folder.path, 'other')],
      { encoding: 'utf8', env: { ...process.env, VIGIE_CONSOLE_ACCOUNTS: file } });
    assert.equal(result.status, 78);
    assert.match(result.stderr, says);
  }
});

test('nobody calls the services without a session or a token; liveness and gRPC stay open', async () => {
  assert.equal(reasonOf(await countCases()), 'sign_in_required');
  assert.equal((await countCases()).status, 401);
  assert.equal(reasonOf(await countCases({ Cookie: 'vigie_session=AAAA', 'X-Vigie-Csrf': 'x' })), 'sign_in_required');
  assert.equal((await daemon.get('/livez')).status, 200);
  assert.equal((await daemon.call('ReviewService', 'CountCases', {})).case_count ?? 0, 0);
});

test('a person signs in, calls with the session’s token, and signs out', async () => {
  const ines = await signIn('ines');
  assert.equal(ines.status, 200);
  assert.match(ines.headers.get('set-cookie'), /; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal(ines.headers.get('cache-control'), 'no-store');
  assert.equal((await countCases(ines.with)).status, 200);
  assert.equal(reasonOf(await countCases({ Cookie: ines.with.Cookie })), 'csrf_token_wrong');
  assert.equal((await post('/sign-out', {}, ines.with)).status, 200);
  assert.equal(reasonOf(await countCases(ines.with)), 'sign_in_required');
});

test('the role decides, and the history names the account', async () => {
  const body = (actor) => ({
    request_id: `r-${actor}`, actor: 'somebody else', reason: 'essai',
    identity: { domain: 'D', local_id: `L-${actor}`, traits: generatedTraits(7) },
  });
  const lea = await signIn('lea');
  const refused = await post('/vigie.v1.IdentityService/RegisterIdentity', body('lea'), lea.with);
  assert.equal(refused.status, 403);
  assert.equal(reasonOf(refused), 'role_insufficient');
  assert.equal(refused.body.details[0].debug.metadata.role_needed, 'reviewer');
  const ines = await signIn('ines');
  const made = await post('/vigie.v1.IdentityService/RegisterIdentity', body('ines'), ines.with);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const history = await daemon.call('IdentityService', 'ListIdentityChanges', { identity_id: made.body.identity.id });
  assert.equal(history.changes[0].actor, 'ines');
});

test('a token calls without a session, until it is revoked and the daemon reloads', async () => {
  const made = account(['token', 'chef', '--label', 'essai']);
  assert.equal(made.code, 0, made.stderr);
  const headers = { Authorization: `Bearer ${made.stdout.trim()}` };
  assert.ok(!readFileSync(accounts, 'utf8').includes(made.stdout.trim()));
  assert.equal(reasonOf(await countCases(headers)), 'sign_in_required', 'not read yet');
  const reload = async () => {
    const before = daemon.lines.filter((line) => line.includes('accounts_reloaded')).length;
    daemon.process.kill('SIGHUP');
    for (let i = 0; i < 100 && daemon.lines.filter((line) => line.includes('accounts_reloaded')).length === before; ++i) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await reload();
  assert.equal((await countCases(headers)).status, 200);
  const [token] = JSON.parse(vigie(null, ['--output', 'json', 'account', 'list', '--file', accounts]).stdout)[2].tokens;
  assert.equal(token.label, 'essai');
  assert.equal(account(['token', 'chef', '--revoke', token.id]).code, 0);
  await reload();
  assert.equal(reasonOf(await countCases(headers)), 'sign_in_required');
});

test('an unknown name takes as long as a wrong password', async () => {
  const times = { lea: [], nobody: [] };
  for (let i = 0; i < 3; ++i) {
    for (const name of Object.keys(times)) {
      const started = performance.now();
      const answer = await signIn(name, 'wrong');
      times[name].push(performance.now() - started);
      assert.equal(reasonOf(answer), 'sign_in_failed');
    }
  }
  // A look-up takes microseconds, a hash some tens of milliseconds: both compute one.
  for (const name of Object.keys(times)) assert.ok(Math.min(...times[name]) > 15, `${name}: ${times[name]}`);
});

test('too many tries are refused, also for a name nobody has, and the daemon goes on', async () => {
  const answers = [];
  for (let i = 0; i < 7; ++i) answers.push(await signIn('personne', 'wrong'));
  assert.deepEqual(answers.map((answer) => answer.status), [401, 401, 401, 401, 401, 429, 429]);
  assert.ok(Number(answers[6].headers.get('retry-after')) > 0);
  assert.equal((await signIn('ines')).status, 200);
});

test('in a browser: sign in by keyboard, both languages, sign out; nothing is said on the console', async () => {
  for (const scheme of ['light', 'dark']) {
    for (const width of [1280, 320]) {
      const { page, said, close } = await openPage(browser, daemon, { width, scheme });
      await page.waitForSelector('input[name=name]');
      assert.equal(await page.getAttribute('html', 'lang'), 'fr');
      assert.equal(await page.textContent('h1'), 'Se connecter');
      await assertAccessible(page, `sign-in ${scheme} ${width} fr`);
      await page.click('button[lang=en]');
      assert.equal(await page.getAttribute('html', 'lang'), 'en');
      assert.equal(await page.textContent('h1'), 'Sign in');
      await assertAccessible(page, `sign-in ${scheme} ${width} en`);
      await page.focus('input[name=name]');
      await page.keyboard.type('ines');
      await page.keyboard.press('Tab');
      await page.keyboard.type('wrong');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => globalThis.document.querySelector('[role=alert]')?.textContent.length > 0);
      assert.equal(await page.textContent('form [role=alert]'), 'Unknown user name or password.');
      await assertAccessible(page, `refused ${scheme} ${width}`);
      await page.keyboard.type(`${password} ines`);
      await page.keyboard.press('Enter');
      await page.waitForSelector('.who');
      assert.match(await page.textContent('.who'), /ines \(reviewer\)/);
      await page.reload();
      await page.waitForSelector('.who');
      assert.deepEqual((await page.context().cookies()).map((cookie) => [cookie.name, cookie.httpOnly, cookie.sameSite]), [['vigie_session', true, 'Strict']]);
      await page.click('text=Sign out');
      await page.waitForSelector('input[name=name]');
      // A refused sign-in is a 401, which a browser notes by itself.
      assert.deepEqual(said.filter((line) => !/status of 401/.test(line)), []);
      await close();
    }
  }
});

test('no password, token or hash was said in any log', () => {
  const log = daemon.lines.join('\n');
  for (const secret of [password, 'wrong', 'argon2', 'vigie_session', 'Bearer', 'personne']) assert.ok(!log.includes(secret), secret);
  assert.ok(log.includes('"signed_in"') && log.includes('"sign_in_refused"') && log.includes('"sign_in_limited"'));
});

test('without accounts the services stay open on loopback, and the page says how to make one', async () => {
  const other = await Daemon.start(path.join(folder.path, 'open'));
  try {
    const answer = await fetch(`http://${other.http}/vigie.v1.ReviewService/CountCases`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
    assert.equal(answer.status, 200);
    const { page, said, close } = await openPage(browser, other, {});
    await page.waitForSelector('h1');
    assert.match(await page.textContent('main'), /vigie account add/);
    await assertAccessible(page, 'no accounts');
    assert.deepEqual(said, []);
    await close();
  } finally {
    await other.stop();
  }
});
