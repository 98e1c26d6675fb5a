// Deciding in the console, with the real daemon and a real browser: a merge is shown before it is made
// and can be taken back, other verdicts by keyboard alone, somebody else's decision is shown and
// nothing typed is lost, a session that ends in the middle neither.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser;

before(async () => {
  folder = temporaryFolder('decide');
  const file = (name) => path.join(folder.path, name);
  for (const [name, role] of [['ines', 'reviewer'], ['paul', 'reviewer'], ['chef', 'supervisor'], ['lea', 'reader']]) {
    const made = vigie(null, ['account', 'add', name, '--role', role, '--file', file('accounts.toml')], { input: `${password}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  const generated = vigie(null, ['generate', '--identities', '1200', '--visits', '2500', '--seed', '43', '--year', '2026', '--out', file('sample')]);
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
// Open duplicates nobody of these tests has touched, whose identities stand in no other case.
let untouched;
async function nextDuplicate() {
  if (!untouched) {
    const { cases } = await daemon.call('ReviewService', 'ListCases', { filter: { state: 'STATE_OPEN' }, page_size: 200 });
    const times = new Map();
    for (const one of cases) for (const id of one.identity_ids) times.set(id, (times.get(id) ?? 0) + 1);
    untouched = cases.filter((one) => one.kind === 'KIND_DUPLICATE' && one.identity_ids.every((id) => times.get(id) === 1));
  }
  assert.ok(untouched.length > 0, 'the sample has duplicates left');
  return untouched.shift();
}
const caseOf = async (id) => (await daemon.call('ReviewService', 'GetCase', { case_id: id })).review_case;
const decisionOf = async (id) => (await daemon.call('ReviewService', 'GetDecision', { decision_id: id })).decision;
const identityOf = async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity;
const panel = (page) => page.waitForSelector('form.decide');
const undoButton = (page) => page.waitForSelector('.panel .undo');
const focusTag = (page) => page.evaluate(() => document.activeElement.tagName);
const refusals = /status of (409|400|412|403)/;

test('a merge is shown before it is made, is signed by the account, and is taken back with u', async () => {
  const one = await nextDuplicate();
  const before = await Promise.all(one.identity_ids.map(identityOf));
  const { page, said, close } = await open('ines', { hash: `#/case/${one.id}` });
  await panel(page);
  await assertAccessible(page, 'decide');
  await picture(page, 'decide-1280');
  await page.keyboard.press('1');
  assert.ok(await page.isChecked('input[value=VERDICT_DUPLICATE]'));
  await page.click('form.decide button[type=submit]');
  await page.waitForFunction(() => document.querySelector('form.decide .error').textContent.includes('identité qui continue'));
  await page.check(`input[name=survivor][value="${one.identity_ids[1]}"]`);
  await page.fill('.decide textarea', 'vu au guichet');
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('.preview');
  assert.match(await page.textContent('.preview h3'), new RegExp(`${one.identity_ids[0]} sera fusionnée dans l’identité ${one.identity_ids[1]}`));
  assert.match(await page.textContent('.preview'), /données cliniques/);
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN', 'a preview writes nothing');
  await assertAccessible(page, 'preview');
  await picture(page, 'preview-1280');
  await page.click('text="Fusionner"');
  await undoButton(page);
  const decided = await caseOf(one.id);
  assert.equal(decided.state, 'STATE_DECIDED');
  const decision = await decisionOf(decided.decision_id);
  assert.deepEqual([decision.verdict, decision.actor, decision.surviving_identity_id, decision.note], ['VERDICT_DUPLICATE', 'ines', one.identity_ids[1], 'vu au guichet']);
  assert.equal((await identityOf(one.identity_ids[0])).merged_into_id, one.identity_ids[1]);
  await assertAccessible(page, 'decided');
  await picture(page, 'decided-1280');

  await page.keyboard.press('u');
  await panel(page);
  assert.equal((await decisionOf(decision.id)).state, 'STATE_UNDONE');
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  const again = await Promise.all(one.identity_ids.map(identityOf));
  assert.deepEqual(again.map((identity) => identity.traits), before.map((identity) => identity.traits));
  assert.ok(!again[0].merged_into_id);
  assert.deepEqual(said, []);
  await close();
});

test('a preview holds for what it showed: another choice has to be shown again', async () => {
  const one = await nextDuplicate();
  const { page, said, close } = await open('ines', { hash: `#/case/${one.id}` });
  await panel(page);
  await page.keyboard.press('1');
  await page.check(`input[name=survivor][value="${one.identity_ids[0]}"]`);
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('.preview');
  await page.check(`input[name=survivor][value="${one.identity_ids[1]}"]`);
  assert.equal(await page.$('.preview'), null);
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('.preview');
  assert.match(await page.textContent('.preview h3'), new RegExp(`dans l’identité ${one.identity_ids[1]}`));
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.deepEqual(said, []);
  await close();
});

test('two persons are told apart with the keyboard alone, from the queue and back', async () => {
  const one = await nextDuplicate();
  const { page, said, close } = await open('ines', { hash: `#/queue?domain=${one.domain}` });
  await page.waitForSelector(`a[href="#/case/${one.id}"], .content button`);
  // Walked to with j, however far it is.
  for (let i = 0; i < 300 && (await page.evaluate(() => document.activeElement.getAttribute('href'))) !== `#/case/${one.id}`; ++i) {
    await page.keyboard.press('j');
    if (i % 20 === 19) { await page.keyboard.press('m'); await page.waitForTimeout(150); }
  }
  await page.keyboard.press('Enter');
  await panel(page);
  await page.keyboard.press('2');
  assert.ok(await page.isChecked('input[value=VERDICT_DIFFERENT_PERSONS]'));
  await page.keyboard.press('n');
  assert.equal(await focusTag(page), 'TEXTAREA');
  await page.keyboard.type('jumelles, 2 dossiers');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await undoButton(page);
  const decision = await decisionOf((await caseOf(one.id)).decision_id);
  assert.deepEqual([decision.verdict, decision.note, decision.actor], ['VERDICT_DIFFERENT_PERSONS', 'jumelles, 2 dossiers', 'ines']);
  await page.keyboard.press('q');
  await page.waitForSelector('table.queue tbody tr');
  assert.equal(await page.$(`table.queue a[href="#/case/${one.id}"]`), null);
  assert.deepEqual(said, []);
  await close();
});

test('somebody else was faster: their decision is shown, and nothing is written', async () => {
  const one = await nextDuplicate();
  const ines = await open('ines', { hash: `#/case/${one.id}` });
  const paul = await open('paul', { hash: `#/case/${one.id}` });
  await panel(ines.page);
  await panel(paul.page);
  await ines.page.keyboard.press('2');
  await ines.page.fill('.decide textarea', 'ce que je pense');
  await paul.page.keyboard.press('3');
  await paul.page.click('form.decide button[type=submit]');
  await undoButton(paul.page);
  await ines.page.click('form.decide button[type=submit]');
  await ines.page.waitForSelector('form.decide .error button');
  assert.equal(await ines.page.inputValue('.decide textarea'), 'ce que je pense');
  await assertAccessible(ines.page, 'refused');
  await picture(ines.page, 'faster-1280');
  await ines.page.click('form.decide .error button');
  await ines.page.waitForSelector('.panel:not(:has(form.decide))');
  assert.match(await ines.page.textContent('.panel'), /paul/);
  assert.equal(await ines.page.$('.panel .undo'), null, 'another’s decision is not a reviewer’s to take back');
  const decision = await decisionOf((await caseOf(one.id)).decision_id);
  assert.deepEqual([decision.actor, decision.verdict], ['paul', 'VERDICT_DATA_CORRECTED']);
  assert.deepEqual(ines.said.filter((line) => !refusals.test(line)), []);
  await ines.close();

  // A supervisor takes it back from the journal.
  const chef = await open('chef', { hash: '#/journal' });
  await chef.page.waitForSelector('.journal li');
  await assertAccessible(chef.page, 'journal');
  await picture(chef.page, 'journal-1280');
  await chef.page.click(`.journal li:has(a[href="#/case/${one.id}"]) .undo`);
  await chef.page.waitForFunction((id) => document.querySelector(`.journal a[href="#/case/${id}"]`)?.closest('li').textContent.includes('annulée'), one.id);
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.deepEqual(chef.said, []);
  await chef.close();
  await paul.close();
});

test('a session that ends in the middle of a decision loses nothing that was typed', async () => {
  const one = await nextDuplicate();
  const { page, close } = await open('ines', { hash: `#/case/${one.id}` });
  await panel(page);
  await page.keyboard.press('2');
  await page.fill('.decide textarea', 'longue note à ne pas perdre');
  await page.context().clearCookies();
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('dialog.curtain[open]');
  await page.fill('dialog input[type=password]', password);
  await page.keyboard.press('Enter');
  await undoButton(page);
  assert.equal((await decisionOf((await caseOf(one.id)).decision_id)).note, 'longue note à ne pas perdre');
  await close();
});

test('what one person began is not done in the name of another who signs in', async () => {
  const one = await nextDuplicate();
  const { page, close } = await open('ines', { hash: `#/case/${one.id}` });
  await panel(page);
  await page.keyboard.press('2');
  await page.context().clearCookies();
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('dialog.curtain[open]');
  await page.fill('dialog input[name=name]', 'paul');
  await page.fill('dialog input[type=password]', password);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.who')?.textContent.includes('paul') && document.querySelector('form.decide'));
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.equal(await page.$('form.decide input:checked'), null);
  await close();
});

test('the language changes in the middle of a decision and nothing is lost', async () => {
  const one = await nextDuplicate();
  const { page, close } = await open('ines', { hash: `#/case/${one.id}` });
  await panel(page);
  await page.keyboard.press('1');
  await page.check(`input[name=survivor][value="${one.identity_ids[1]}"]`);
  await page.fill('.decide textarea', 'à moitié');
  await page.click('button.language');
  await page.waitForFunction(() => document.documentElement.lang === 'en' && document.querySelector('form.decide'));
  assert.equal(await page.inputValue('.decide textarea'), 'à moitié');
  assert.ok(await page.isChecked('input[value=VERDICT_DUPLICATE]'));
  assert.ok(await page.isChecked(`input[name=survivor][value="${one.identity_ids[1]}"]`));
  await assertAccessible(page, 'decide en');
  await close();
});

test('of a collision, the visits of the other person are chosen from the list and kept with the decision', async () => {
  const { readFileSync } = await import('node:fs');
  const [header, ...lines] = readFileSync(path.join(folder.path, 'sample/visits.csv'), 'utf8').trim().split('\n').map((line) => line.split(','));
  const number = lines[0][header.indexOf('visit_number')], localId = lines[0][header.indexOf('local_id')], domain = lines[0][header.indexOf('domain')];
  const { identities: [found] } = await daemon.call('IdentityService', 'ResolveIdentity', { local_id: { domain, local_id: localId } });
  await daemon.call('IdentityService', 'UpdateIdentity', { request_id: 'collide-1', actor: 'guichet', identity_id: found.id, update_mask: { paths: ['birth_family_name', 'birth_date'] },
    traits: { birth_family_name: 'TREGUIER', birth_date: { year: 1931, month: 2, day: 3 } } });
  const collision = (await daemon.call('ReviewService', 'ListCases', { filter: { kind: 'KIND_COLLISION', state: 'STATE_OPEN' }, page_size: 200 })).cases.find((one) => one.identity_ids[0] === found.id);
  assert.ok(collision, 'two strict traits at once are a collision');
  const { page, said, close } = await open('ines', { hash: `#/case/${collision.id}` });
  await panel(page);
  assert.match(await page.textContent('.records'), /guichet/, 'who changed a trait stands beside it');
  await page.click('.past summary:has-text("Venues de l’identité")');
  await page.waitForSelector(`.past .visits tbody tr:has-text("${number}")`);
  await page.click('.past summary:has-text("Autres identités")');
  await page.waitForFunction(() => document.querySelector('.past .candidates li') || document.querySelector('.past .candidates').previousSibling.textContent.includes('Aucune'));
  await page.keyboard.press('1');
  await page.check(`form.decide .visits tr:has-text("${number}") input`);
  await assertAccessible(page, 'collision');
  await picture(page, 'collision-1280');
  await page.click('form.decide button[type=submit]');
  await undoButton(page);
  const decision = await decisionOf((await caseOf(collision.id)).decision_id);
  assert.deepEqual([decision.verdict, decision.other_person_visit_numbers], ['VERDICT_COLLISION_CONFIRMED', [number]]);
  assert.deepEqual(said, []);
  await close();
});

test('a case is claimed, found among one’s own, put on hold and given back', async () => {
  const one = await nextDuplicate();
  const { page, said, close } = await open('paul', { hash: `#/case/${one.id}` });
  await panel(page);
  await page.click('text=Prendre en charge');
  await page.waitForSelector('text=Rendre à la file');
  assert.equal((await caseOf(one.id)).assignee, 'paul');
  await page.goto(`http://${daemon.http}/console/#/queue?state=&mine=1`);
  await page.waitForSelector(`table.queue a[href="#/case/${one.id}"]`);
  assert.equal((await page.$$('table.queue tbody tr')).length, 1);
  const ines = await open('ines', { hash: `#/case/${one.id}` });
  await panel(ines.page);
  await ines.page.keyboard.press('2');
  await ines.page.click('form.decide button[type=submit]');
  await ines.page.waitForFunction(() => document.querySelector('form.decide .error').textContent.includes('paul'));
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  await ines.close();

  await page.click(`table.queue a[href="#/case/${one.id}"]`);
  await panel(page);
  await page.click('.side summary');
  const [until, why] = await page.$$('.side form input');
  const year = new Date().getFullYear() + 1;
  await until.fill(`31/12/${year}`);
  await why.fill('dossier papier demandé');
  await page.click('.side form button');
  await page.waitForSelector('text=En attente jusqu’au');
  assert.deepEqual([(await caseOf(one.id)).state, (await caseOf(one.id)).hold_reason], ['STATE_ON_HOLD', 'dossier papier demandé']);
  await assertAccessible(page, 'on hold');
  await page.click('text=Rendre à la file');
  await page.waitForSelector('text=Prendre en charge');
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.deepEqual(said, []);
  await close();
});

test('a reader decides nothing: not on the page, and not by asking the service', async () => {
  const one = await nextDuplicate();
  const { page, close } = await open('lea', { hash: `#/case/${one.id}` });
  await page.waitForSelector('.waterfall tfoot');
  await page.waitForSelector('.panel');
  assert.equal(await page.$('form.decide'), null);
  await assertAccessible(page, 'reader');
  const answer = await page.evaluate(async (id) => {
    const { csrf } = await (await fetch('/session')).json();
    const response = await fetch('/vigie.v1.ReviewService/DecideCase', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Vigie-Csrf': csrf }, body: JSON.stringify({ request_id: 'x', case_id: id, verdict: 'VERDICT_UNDECIDED' }) });
    return response.status;
  }, one.id);
  assert.equal(answer, 403);
  await close();
});

test('a reviewer cannot take back another’s decision by asking the service', async () => {
  const one = await nextDuplicate();
  const decided = await daemon.call('ReviewService', 'DecideCase', { request_id: 'by-paul', actor: 'paul', case_id: one.id, verdict: 'VERDICT_DATA_CORRECTED' });
  const undo = async (name) => {
    const { page, close } = await open(name);
    const answer = await page.evaluate(async (id) => {
      const { csrf } = await (await fetch('/session')).json();
      const response = await fetch('/vigie.v1.ReviewService/UndoDecision', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Vigie-Csrf': csrf }, body: JSON.stringify({ request_id: crypto.randomUUID(), decision_id: id }) });
      return { status: response.status, body: await response.json() };
    }, decided.decision.id);
    await close();
    return answer;
  };
  const refused = await undo('ines');
  assert.equal(refused.status, 403);
  assert.equal(refused.body.details[0].debug.reason, 'role_insufficient');
  assert.equal((await undo('paul')).status, 200, 'one’s own');
});

for (const [width, scheme] of [[320, 'light'], [1280, 'dark'], [320, 'dark']]) {
  test(`deciding is accessible ${width} pixels wide, ${scheme}, in both languages`, async () => {
    const one = await nextDuplicate();
    const { page, said, close } = await open('ines', { width, scheme, hash: `#/case/${one.id}` });
    for (const language of ['fr', 'en']) {
      await panel(page);
      await page.check('input[value=VERDICT_DUPLICATE]');
      await page.check(`input[name=survivor][value="${one.identity_ids[0]}"]`);
      await page.click('form.decide button[type=submit]');
      await page.waitForSelector('.preview');
      await page.click('.side summary');
      await assertAccessible(page, `preview ${language} ${width} ${scheme}`);
      assert.ok(!/undefined|\[object|NaN/.test(await page.textContent('body')));
      await page.click('button.language');
      await page.waitForFunction((before) => document.documentElement.lang !== before, language);
    }
    assert.deepEqual(said, []);
    await close();
  });
}
