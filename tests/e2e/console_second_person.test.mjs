// A merge and its undoing that need two people, in a real browser: the first person's decision waits,
// a supervisor sees it waiting, agrees or does not, and nobody agrees with themselves.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser, cases;

before(async () => {
  folder = temporaryFolder('second');
  const file = (name) => path.join(folder.path, name);
  for (const [name, role] of [['ines', 'reviewer'], ['chef', 'supervisor'], ['cadre', 'supervisor']]) {
    const made = vigie(null, ['account', 'add', name, '--role', role, '--file', file('accounts.toml')], { input: `${password}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  const generated = vigie(null, ['generate', '--identities', '600', '--visits', '1200', '--seed', '44', '--year', '2026', '--out', file('sample')]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(file('data'), { env: {
    VIGIE_CONSOLE_ACCOUNTS: file('accounts.toml'), VIGIE_REVIEW_SECOND_PERSON_FOR_MERGE: 'true', VIGIE_REVIEW_SECOND_PERSON_FOR_UNMERGE: 'true' } });
  const imported = vigie(daemon, ['import', 'identities', file('sample/identities.csv')]);
  assert.ok([0, 65].includes(imported.code), imported.stderr);
  const answer = await daemon.call('ReviewService', 'ListCases', { filter: { state: 'STATE_OPEN', kind: 'KIND_DUPLICATE' }, page_size: 200 });
  const times = new Map();
  for (const one of answer.cases) for (const id of one.identity_ids) times.set(id, (times.get(id) ?? 0) + 1);
  cases = answer.cases.filter((one) => one.identity_ids.every((id) => times.get(id) === 1));
  assert.ok(cases.length >= 2, `${cases.length} duplicates that stand alone`);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

async function open(name, hash) {
  const opened = await openPage(browser, daemon, { hash });
  await signIn(opened.page, name, password);
  return opened;
}
const caseOf = async (id) => (await daemon.call('ReviewService', 'GetCase', { case_id: id })).review_case;
const decisionOf = async (one) => (await daemon.call('ReviewService', 'GetDecision', { decision_id: (await caseOf(one.id)).decision_id })).decision;
const mergedInto = async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity.merged_into_id ?? '';

async function merge(page, survivor) {
  await page.waitForSelector('form.decide');
  await page.keyboard.press('1');
  await page.check(`input[name=survivor][value="${survivor}"]`);
  await page.click('form.decide button[type=submit]');
  await page.waitForSelector('.preview');
  await page.click('text="Fusionner"');
}

test('a merge that needs two waits, is seen waiting, and happens when a supervisor agrees', async () => {
  const one = cases[0];
  const [survivor, merged] = one.identity_ids;
  const ines = await open('ines', `#/case/${one.id}`);
  await merge(ines.page, survivor);
  await ines.page.waitForSelector('.panel:not(:has(form.decide))');
  await assertAccessible(ines.page, 'awaiting');
  await picture(ines.page, 'awaiting-1280');
  assert.equal((await caseOf(one.id)).state, 'STATE_AWAITING_CONFIRMATION');
  assert.equal(await mergedInto(merged), '', 'nothing has happened yet');
  assert.equal(await ines.page.$('.panel .confirm'), null, 'nobody agrees with themselves');

  const chef = await open('chef', `#/queue?state=STATE_AWAITING_CONFIRMATION`);
  await chef.page.click(`a[href="#/case/${one.id}"]`);
  await chef.page.click('.panel .confirm');
  await chef.page.waitForFunction(() => document.querySelector('.panel')?.textContent.includes('chef'));
  assert.equal(await mergedInto(merged), survivor);
  assert.equal((await decisionOf(one)).confirmed_by, 'chef');
  await assertAccessible(chef.page, 'confirmed');

  // Its undoing waits as well: asked by the one who decided, agreed to from the journal.
  await ines.page.reload();
  await ines.page.click('.panel .undo');
  await ines.page.waitForFunction(() => document.querySelector('.panel') && !document.querySelector('.panel .undo'));
  assert.equal(await mergedInto(merged), survivor, 'the undoing waits');
  await chef.page.goto(chef.page.url().replace(/#.*/, '#/journal?state=STATE_AWAITING_UNDO'));
  await chef.page.click(`.journal li:has(a[href="#/case/${one.id}"]) .confirm`);
  await chef.page.waitForFunction((id) => !document.querySelector(`.journal li a[href="#/case/${id}"]`), one.id);
  assert.equal(await mergedInto(merged), '');
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.deepEqual([...ines.said, ...chef.said], []);
  await ines.close();
  await chef.close();
});

test('a supervisor who does not agree sends the case back to the queue, and nothing was merged', async () => {
  const one = cases[1];
  const chef = await open('chef', `#/case/${one.id}`);
  await merge(chef.page, one.identity_ids[1]);
  await chef.page.waitForSelector('.panel:not(:has(form.decide))');
  assert.equal(await chef.page.$('.panel .confirm'), null, 'a supervisor does not agree with themselves either');
  const cadre = await open('cadre', `#/case/${one.id}`);
  await cadre.page.click('.panel .reject');
  await cadre.page.waitForSelector('form.decide');
  assert.equal((await caseOf(one.id)).state, 'STATE_OPEN');
  assert.equal((await decisionOf(one)).state, 'STATE_REJECTED');
  assert.equal(await mergedInto(one.identity_ids[0]), '');
  assert.deepEqual([...chef.said, ...cadre.said], []);
  await chef.close();
  await cadre.close();
});
