// The console's pages in a real browser, on a generated hospital imported with the real programs: what
// they show is what the services answer, every screen is accessible at two widths, in both colour
// schemes and both languages, everything can be done with the keyboard alone, and the page says
// nothing on the browser's console.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser;

before(async () => {
  folder = temporaryFolder('console');
  const file = (name) => path.join(folder.path, name);
  for (const [name, role] of [['ines', 'reviewer'], ['chef', 'supervisor'], ['lea', 'reader']]) {
    const made = vigie(null, ['account', 'add', name, '--role', role, '--file', file('accounts.toml')], { input: `${password}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  const generated = vigie(null, ['generate', '--identities', '1200', '--visits', '2500', '--seed', '41', '--year', '2026', '--out', file('sample')]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(file('data'), { env: { VIGIE_CONSOLE_ACCOUNTS: file('accounts.toml') } });
  for (const kind of ['identities', 'visits']) {
    const imported = vigie(daemon, ['import', kind, file(`sample/${kind}.csv`)]);
    assert.ok([0, 65].includes(imported.code), imported.stderr);
  }
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

const open = async (name, options) => {
  const opened = await openPage(browser, daemon, options);
  await signIn(opened.page, name, password);
  return opened;
};
const first = async (filter) => (await daemon.call('ReviewService', 'ListCases', { filter, page_size: 1 })).cases[0];
const identityOf = async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity;
const ready = (page, selector) => page.waitForSelector(selector);
const people = (page) => page.waitForFunction(() => [...document.querySelectorAll('.people')].every((cell) => cell.textContent !== '…'));

// Every screen: its address, and what stands in it when it is whole.
async function screens() {
  const duplicate = await first({ kind: 'KIND_DUPLICATE', state: 'STATE_OPEN' });
  const conflict = await first({ kind: 'KIND_INS_CONFLICT', state: 'STATE_OPEN' });
  return [
    ['queue', '#/queue', 'table.queue tbody tr'],
    ['case', `#/case/${duplicate.id}`, '.waterfall tfoot'],
    ...(conflict ? [['conflict', `#/case/${conflict.id}`, '.records']] : []),
    ['identity', `#/identity/${duplicate.identity_ids[0]}`, '.records'],
    ['search', '#/search', 'form.search'],
    ['journal', '#/journal', '.content section [role=status]:not(:empty)'],
    ['dashboard', '#/dashboard', '.rate'],
    ['missing', '#/case/999999', '.content .error'],
  ];
}

for (const [width, scheme] of [[1280, 'light'], [1280, 'dark'], [320, 'light'], [320, 'dark']]) {
  test(`every screen is accessible in both languages, ${width} pixels wide, ${scheme}`, { timeout: 180000 }, async () => {
    const { page, said, close } = await open('ines', { width, scheme });
    for (const [name, hash, selector] of await screens()) {
      await page.evaluate((where) => { location.hash = where; }, hash);
      await ready(page, selector);
      if (name === 'queue') await people(page);
      for (const language of ['fr', 'en']) {
        if ((await page.getAttribute('html', 'lang')) !== language) {
          await page.click('button.language');
          await ready(page, selector);
          if (name === 'queue') await people(page);
        }
        await page.waitForTimeout(150);
        await assertAccessible(page, `${name} ${language} ${width} ${scheme}`);
        assert.ok(!/undefined|\[object|NaN/.test(await page.textContent('body')), `${name} ${language}`);
        if (language === 'fr') await picture(page, `${name}-${width}-${scheme}`);
      }
      await page.click('button.language');
    }
    assert.deepEqual(said.filter((line) => !/status of 404/.test(line)), []);
    await close();
  });
}

test('the queue shows what the service lists, page by page, and its filters narrow it', async () => {
  const { page, said, close } = await open('ines');
  await ready(page, 'table.queue tbody tr');
  const listed = await daemon.call('ReviewService', 'ListCases', { filter: { state: 'STATE_OPEN' }, page_size: 200, collapse_groups: true });
  const numbers = () => page.$$eval('table.queue tbody th a', (links) => links.map((link) => link.getAttribute('href').split('/').pop()));
  assert.deepEqual(await numbers(), listed.cases.slice(0, 25).map((one) => one.id));
  await page.click('text=Charger la suite');
  await page.waitForFunction(() => document.querySelectorAll('table.queue tbody tr').length > 25);
  assert.deepEqual(await numbers(), listed.cases.slice(0, 50).map((one) => one.id));
  await people(page);
  const shown = await page.textContent('table.queue tbody tr:first-child .people');
  for (const id of listed.cases[0].identity_ids) assert.ok(shown.includes((await identityOf(id)).traits.birth_family_name));

  const counted = await daemon.call('ReviewService', 'CountCases', { filter: { kind: 'KIND_INS_CONFLICT', state: 'STATE_OPEN' } });
  await page.selectOption('select[name=kind]', 'KIND_INS_CONFLICT');
  await page.click('form.filters button[type=submit]');
  await page.waitForFunction(() => document.querySelector('.counters a[aria-current]'));
  await page.waitForFunction((text) => document.querySelector('.counters a[aria-current] .count').textContent === text, String(counted.case_count ?? 0));
  await ready(page, 'table.queue tbody tr');
  assert.ok((await page.$$eval('table.queue tbody tr', (rows) => rows.map((row) => row.cells[1].textContent))).every((kind) => kind === 'Conflit d’INS'));

  // A filter is kept under its name, found again in the next session, and forgotten.
  await page.click('.saved-filters summary');
  await page.fill('.saved input', 'Mes conflits');
  await page.click('.saved button');
  await page.waitForFunction(() => document.querySelector('.saved-filters summary').textContent.includes('(1)'));
  await page.goto(`http://${daemon.http}/console/`);
  await ready(page, 'table.queue tbody tr');
  await page.click('.saved-filters summary');
  await page.click('.saved-filters a');
  await page.waitForFunction(() => location.hash.includes('KIND_INS_CONFLICT'));
  await ready(page, '.saved-filters');
  await page.click('.saved-filters summary');
  await page.click('.saved-filters button.quiet');
  await page.waitForFunction(() => document.querySelector('.saved-filters summary').textContent.includes('(0)'));
  assert.deepEqual(said, []);
  await close();
});

test('a case shows both records, every differing character, and the score that adds up', async () => {
  // A pair that differs in a name, so that there is something to mark.
  const { cases } = await daemon.call('ReviewService', 'ListCases', { filter: { kind: 'KIND_DUPLICATE', state: 'STATE_OPEN' }, page_size: 200 });
  let chosen;
  for (const one of cases) {
    const pair = await Promise.all(one.identity_ids.map(identityOf));
    if (pair[0].traits.birth_family_name !== pair[1].traits.birth_family_name) { chosen = { one, pair }; break; }
  }
  assert.ok(chosen, 'the sample has a pair of different family names');
  const explained = (await daemon.call('IdentityService', 'ExplainPair', { left_identity_id: chosen.one.identity_ids[0], right_identity_id: chosen.one.identity_ids[1] })).explanation;
  const { page, said, close } = await open('ines', { hash: `#/case/${chosen.one.id}` });
  await ready(page, '.waterfall tfoot');
  const row = await page.$eval('.records tbody tr:first-child', (tr) => ({ cells: [...tr.cells].map((cell) => cell.textContent), marks: tr.querySelectorAll('mark').length, isolated: tr.querySelectorAll('bdi').length }));
  assert.ok(row.cells[1].includes(chosen.pair[0].traits.birth_family_name) && row.cells[2].includes(chosen.pair[1].traits.birth_family_name));
  assert.match(row.cells[3], /différent/);
  assert.ok(row.marks >= 1 && row.isolated >= 2);

  const bits = await page.$$eval('.waterfall tbody td.bits', (cells) => cells.map((cell) => cell.textContent));
  const sum = bits.filter((text) => text !== '–').reduce((total, text) => total + Number(text.replace(',', '.').replace('\u2212', '-')), 0);
  const total = Number((await page.textContent('.waterfall tfoot td.bits')).replace(',', '.').replace('\u2212', '-'));
  assert.equal(bits.length, explained.comparisons.length + 2);
  assert.ok(Math.abs(total - explained.score.weight_bits) < 0.06, `${total} is ${explained.score.weight_bits}`);
  assert.ok(Math.abs(sum - total) < 0.06 * bits.length, `${sum} makes ${total}`);
  const text = await page.textContent('.waterfall');
  for (const comparison of explained.comparisons) assert.ok(text.includes(comparison.sentence.french), comparison.name);

  await page.click('.past summary:has-text("Historique de")');
  await ready(page, '.history li');
  assert.match(await page.textContent('.history li'), /Création/);
  // Once it was all said in French, the language changes and the case stays.
  await page.click('button.language');
  await page.waitForFunction(() => document.documentElement.lang === 'en' && document.querySelector('.waterfall tfoot'));
  assert.ok((await page.textContent('.waterfall')).includes(explained.comparisons[0].sentence.english));
  assert.match(await page.textContent('h1'), new RegExp(`Case ${chosen.one.id} `));
  assert.deepEqual(said, []);
  await close();
});

test('a name that is markup or runs from right to left is only text', async () => {
  const traits = { birth_family_name: 'X', first_birth_given_name: 'Y', birth_given_names: 'Y', sex: 'SEX_FEMALE', birth_date: { year: 1951, month: 2, day: 3 } };
  const hostile = '<img src=x onerror=alert(1)>\u202e';
  const registered = await daemon.call('IdentityService', 'RegisterIdentity', {
    request_id: 'hostile', identity: { domain: 'HOPITAL', local_id: 'HOSTILE-1', traits: { ...traits, address_line: hostile } } });
  const { page, said, close } = await open('ines', { hash: `#/identity/${registered.identity.id}` });
  await ready(page, '.records');
  assert.equal(await page.$('main img'), null);
  assert.ok((await page.$$eval('.records bdi', (all) => all.map((one) => one.textContent))).includes(hostile));
  assert.deepEqual(said, []);
  await close();
});

test('the search asks for the birth date first and for three letters at most', async () => {
  const one = await identityOf((await first({ kind: 'KIND_DUPLICATE' })).identity_ids[0]);
  const { year, month, day } = one.traits.birth_date;
  const { page, said, close } = await open('lea', { hash: '#/search' });
  await ready(page, 'form.search');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('main .error').textContent.includes('Saisissez la date'));
  const inputs = await page.$$('form.search input');
  assert.deepEqual(await Promise.all(inputs.map((input) => input.getAttribute('maxlength'))), ['10', '3', '3']);
  await page.keyboard.type([day, month, year].map((part) => String(part).padStart(2, '0')).join('/'));
  await page.keyboard.press('Tab');
  await page.keyboard.type(one.traits.birth_family_name.slice(0, 3));
  await page.keyboard.press('Enter');
  await ready(page, '.content tbody tr');
  const found = await daemon.call('IdentityService', 'SearchIdentities', { birth_date: one.traits.birth_date, family_prefix: one.traits.birth_family_name.slice(0, 3) });
  assert.deepEqual(await page.$$eval('.content tbody th a', (links) => links.map((link) => link.getAttribute('href').split('/').pop())), found.identities.map((identity) => identity.id));
  // Coming back from a record finds the search again.
  await page.click('.content tbody th a');
  await ready(page, '.records');
  await page.goBack();
  await ready(page, '.content tbody tr');
  assert.deepEqual(said, []);
  await close();
});

test('the dashboard’s rate is that of the service', async () => {
  const { page, said, close } = await open('lea', { hash: '#/dashboard' });
  await ready(page, '.rate');
  const now = new Date();
  const start = new Date(Date.UTC(now.getFullYear(), now.getMonth() - 11, 1));
  const answer = await daemon.call('QualificationService', 'ComputeRate', {
    start_date: { year: start.getUTCFullYear(), month: start.getUTCMonth() + 1, day: 1 },
    end_date: { year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() } });
  assert.equal(await page.textContent('.rate'), `${(Math.round(1000 * answer.total.rate) / 10).toFixed(1).replace('.', ',')}\u00a0%`);
  assert.ok((await page.textContent('main')).includes('n’est pas le chiffre officiel'));
  assert.deepEqual(said, []);
  await close();
});

test('the queue is walked with single keys, which are listed and can be switched off', async () => {
  const { page, said, close } = await open('ines');
  await ready(page, 'table.queue tbody tr');
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('href'));
  const links = await page.$$eval('table.queue tbody th a', (all) => all.map((link) => link.getAttribute('href')));
  await page.keyboard.press('j');
  assert.equal(await focused(), links[0]);
  await page.keyboard.press('j');
  assert.equal(await focused(), links[1]);
  await page.keyboard.press('k');
  assert.equal(await focused(), links[0]);
  // In a field a letter is a letter.
  await page.focus('input[name=domain]');
  await page.keyboard.type('jk');
  assert.equal(await page.inputValue('input[name=domain]'), 'jk');
  await page.focus('table.queue tbody th a');
  await page.keyboard.press('?');
  await ready(page, 'dialog[open]');
  await assertAccessible(page, 'keys');
  await page.uncheck('dialog input[type=checkbox]');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog'));
  await page.keyboard.press('j');
  assert.equal(await focused(), links[0], 'switched off');
  await page.click('text=Raccourcis');
  await page.check('dialog input[type=checkbox]');
  await page.click('dialog button');
  await page.focus('table.queue tbody th a');
  await page.keyboard.press('j');
  assert.equal(await focused(), links[1]);
  await page.keyboard.press('Enter');
  await ready(page, '.waterfall tfoot');
  await page.waitForSelector('nav.steps a:nth-child(3)');
  await page.keyboard.press('k');
  await page.waitForFunction((hash) => location.hash === hash, links[0]);
  await ready(page, '.waterfall tfoot');
  await page.keyboard.press('q');
  await ready(page, 'table.queue');
  assert.deepEqual(said, []);
  await close();
});

test('with the keyboard alone one gets past the navigation, and the focus is always seen', async () => {
  const { page, close } = await open('ines');
  await ready(page, 'table.queue tbody tr');
  // The page begins at its title; the way back to its very first link is by the keyboard too.
  for (let i = 0; i < 15 && (await page.evaluate(() => document.activeElement.className)) !== 'skip'; ++i) await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  assert.ok((await page.$eval('.skip', (link) => link.getBoundingClientRect().left)) >= 0, 'it is seen');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
    assert.ok(seen, await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120)));
  }
  await close();
});

test('a session that ends asks to sign in again above the page, and goes on where it was', async () => {
  const { page, close } = await open('ines');
  await ready(page, 'table.queue tbody tr');
  await people(page);
  await page.fill('input[name=domain]', 'HOPITAL');
  await page.context().clearCookies();
  await page.click('text=Charger la suite');
  await ready(page, 'dialog.curtain[open]');
  assert.equal(await page.textContent('dialog h2'), 'Votre session est terminée');
  await assertAccessible(page, 'signed out');
  await page.keyboard.press('Escape');
  assert.ok(await page.$('dialog.curtain[open]'), 'the curtain stays');
  assert.equal(await page.inputValue('dialog input[name=name]'), 'ines');
  await page.fill('dialog input[type=password]', password);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.querySelector('dialog') && document.querySelectorAll('table.queue tbody tr').length > 25);
  assert.equal(await page.inputValue('input[name=domain]'), 'HOPITAL', 'what was typed is there');
  await close();
});

test('every text is there in both languages, and says something else in each', async () => {
  const { everyText } = await import('../../daemon/console/pages/catalogue.mjs');
  for (const [key, pair] of Object.entries(everyText())) {
    assert.equal(pair.length, 2, key);
    for (const text of pair) assert.ok(text.trim().length > 0, key);
    const holes = pair.map((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join());
    assert.equal(holes[0], holes[1], key);
    // French puts a space before ; : ? ! and we write typographic apostrophes.
    assert.ok(!/[^\s\u00a0/…][;?!]( |$)/.test(pair[0].replace(/\(\?\)/g, '')), `${key}: ${pair[0]}`);
    assert.ok(!pair[0].includes("'") && !pair[1].includes("'"), key);
  }
});
