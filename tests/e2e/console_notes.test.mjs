// Notes on a case, in a real browser: written by mouse or keyboard, shown as text whatever they hold, refused when
// they are too long with nothing lost, read by who may not write, and the same on the command line.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, generatedTraits, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser, caseId;

before(async () => {
  folder = temporaryFolder('notes');
  const accounts = path.join(folder.path, 'accounts.toml');
  for (const [name, role] of [['ines', 'reviewer'], ['lea', 'reader']]) {
    const made = vigie(null, ['account', 'add', name, '--role', role, '--file', accounts], { input: `${password}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  daemon = await Daemon.start(path.join(folder.path, 'data'), { env: { VIGIE_CONSOLE_ACCOUNTS: accounts } });
  const register = (localId) => daemon.call('IdentityService', 'RegisterIdentity', { request_id: `r-${localId}`, actor: 'desk', identity: { domain: 'DPI', local_id: localId, traits: generatedTraits(7) } });
  await register('1');
  caseId = (await register('2')).opened_case_ids[0];
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

const notesOf = async () => (await daemon.call('ReviewService', 'ListCaseNotes', { case_id: caseId })).notes ?? [];
const shown = (page) => page.$$eval('ol.notes > li', (items) => items.map((item) => [...item.querySelectorAll('.note-text p')].map((line) => line.textContent)));

test('a note is written by keyboard, signed by the account, and shown as text whatever it holds', async () => {
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${caseId}` });
  await signIn(page, 'ines', password);
  await page.waitForSelector('.note-form');
  await page.focus('.note-form textarea');
  const lines = ['<script>document.title = "taken"</script>', '\u202Eeenracne à l’envers', '<img src=x onerror=alert(1)>'];
  await page.fill('.note-form textarea', lines.join('\n'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('ol.notes > li');
  assert.deepEqual(await shown(page), [lines]);
  assert.equal(await page.inputValue('.note-form textarea'), '');
  assert.ok(!(await page.title()).includes('taken'));
  assert.equal(await page.$('ol.notes script, ol.notes img'), null, 'nothing of it became an element');
  assert.deepEqual(await page.$$eval('.note-text p', (items) => items.map((item) => getComputedStyle(item).unicodeBidi)), ['isolate', 'isolate', 'isolate']);
  const [note] = await notesOf();
  assert.deepEqual([note.actor, note.text], ['ines', lines.join('\n')]);
  await assertAccessible(page, 'notes');
  assert.deepEqual(said, []);
  await close();
});

test('a note that is too long is refused and stays in its field, also at 320 pixels', async () => {
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${caseId}`, width: 320 });
  await signIn(page, 'ines', password);
  await page.waitForSelector('.note-form');
  await page.fill('.note-form textarea', 'é'.repeat(2049));
  await page.click('.note-form button');
  await page.waitForFunction(() => document.querySelector('.note-form .error').textContent.includes('4096'));
  assert.equal((await page.inputValue('.note-form textarea')).length, 2049);
  await assertAccessible(page, 'notes-320');
  await page.fill('.note-form textarea', 'mot'.repeat(300));
  await page.click('.note-form button');
  await page.waitForFunction(() => document.querySelectorAll('ol.notes > li').length === 2);
  await assertAccessible(page, 'notes-320-long-word');
  await page.fill('.note-form textarea', '  ');
  await page.click('.note-form button');
  await page.waitForFunction(() => document.querySelector('.note-form .error').textContent !== '');
  assert.equal((await notesOf()).length, 2);
  assert.deepEqual(said, []);
  await close();
});

test('the command line writes and shows notes, and a reader reads them without a form', async () => {
  const written = vigie(daemon, ['--output', 'json', 'review', 'note', caseId, 'seen with her mother', '--actor', 'cell']);
  assert.equal(written.code, 0, written.stderr);
  assert.equal(JSON.parse(written.stdout).actor, 'cell');
  const long = vigie(daemon, ['review', 'note', caseId, 'x'.repeat(4097), '--actor', 'cell']);
  assert.notEqual(long.code, 0);
  assert.match(long.stderr, /too_long/);
  const show = vigie(daemon, ['review', 'show', caseId]);
  assert.match(show.stdout, /seen with her mother/);
  const json = JSON.parse(vigie(daemon, ['--output', 'json', 'review', 'show', caseId]).stdout);
  assert.deepEqual(json.notes.map((note) => note.number), [3, 2, 1]);
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${caseId}` });
  await signIn(page, 'lea', password);
  await page.waitForSelector('ol.notes > li');
  assert.equal((await shown(page))[0][0], 'seen with her mother');
  assert.equal(await page.$('.note-form'), null);
  assert.deepEqual(said, []);
  await close();
});
