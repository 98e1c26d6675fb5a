// A new user's first minutes: tools/quickstart, the address and the password it prints, a browser; the
// first case is opened, decided, and the decision taken back. The programs have been built before.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { root, temporaryFolder } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

let folder, quickstart, printed = '', browser, exited;

const freePort = () => new Promise((resolve, reject) => {
  const server = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

before(async () => {
  folder = temporaryFolder('quickstart');
  const ports = [await freePort(), await freePort()];
  quickstart = spawn(path.join(root, 'tools/quickstart'), ['--identities', '3000', '--visits', '6000'], {
    detached: true,  // a group of its own, as in a terminal: the interrupt at the end reaches all of it
    env: { ...process.env, VIGIE_QUICKSTART_FOLDER: folder.path, VIGIE_QUICKSTART_GRPC_PORT: String(ports[0]), VIGIE_QUICKSTART_HTTP_PORT: String(ports[1]) } });
  exited = new Promise((resolve) => quickstart.on('exit', (code, signal) => resolve(code ?? signal)));
  const running = new Promise((resolve) => {
    const hear = (chunk) => { printed += chunk; if (printed.includes('Ctrl-C stops it.')) resolve('running'); };
    quickstart.stdout.on('data', hear);
    quickstart.stderr.on('data', hear);
  });
  assert.equal(await Promise.race([running, exited]), 'running', printed.slice(-3000));
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  if (quickstart?.exitCode === null) {
    process.kill(-quickstart.pid, 'SIGINT');
    await exited;
  }
  folder?.remove();
});

test('whoever follows what quickstart prints decides a first case and takes it back', async () => {
  const [, address] = /The console: http:\/\/(\S+)\/console\//.exec(printed);
  const [, name] = /^ {2}name +(\S+)$/m.exec(printed);
  const [, password] = /^ {2}password +(.+)$/m.exec(printed);
  const { page, said, close } = await openPage(browser, { http: address });
  await signIn(page, name, password);
  await page.waitForSelector('table.queue tbody tr');
  await assertAccessible(page, 'the first queue');
  await picture(page, 'quickstart-queue');
  await page.selectOption('select[name=kind]', 'KIND_DUPLICATE');
  await page.click('form.filters button[type=submit]');
  await page.waitForFunction(() => document.querySelector('.counters a[aria-current]') && document.querySelector('table.queue tbody tr'));
  const first = await page.getAttribute('table.queue tbody th a', 'href');
  await page.click('table.queue tbody th a');

  // Decided by keyboard, and taken back.
  await page.waitForSelector('form.decide');
  await page.keyboard.press('2');
  await page.focus('form.decide button[type=submit]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.panel .undo');
  await page.keyboard.press('u');
  await page.waitForSelector('form.decide');

  // A merge is shown before it is made, and taken back from the journal.
  await page.keyboard.press('1');
  await page.check('input[name=survivor]');
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('.preview');
  await assertAccessible(page, 'the first merge');
  await page.click('text="Fusionner"');
  await page.waitForSelector('.panel .undo');
  await page.goto(`http://${address}/console/#/journal`);
  await page.click(`.journal li:has(a[href="${first}"]) .undo`);
  await page.waitForFunction((href) => !document.querySelector(`.journal li:has(a[href="${href}"]) .undo`), first);

  // The other language; and the person that the tour looked for is found again.
  await page.click('button.language');
  await page.waitForFunction(() => document.documentElement.lang === 'en');
  const [, year, month, day, family] = /vigie search --birth-date (\d+)-(\d+)-(\d+) --family (\S+)/.exec(printed);
  await page.goto(`http://${address}/console/#/search`);
  await page.waitForSelector('form.search');
  await page.keyboard.type(`${day}/${month}/${year}`);
  await page.keyboard.press('Tab');
  await page.keyboard.type(family);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.content tbody tr');
  assert.deepEqual(said, []);
  await close();
});

test('quickstart stops with its daemon when it is interrupted', async () => {
  process.kill(-quickstart.pid, 'SIGINT');
  assert.equal(await exited, 130, printed.slice(-2000));
  const address = /The console: (http:\S+)/.exec(printed)[1];
  await assert.rejects(fetch(address));
});
