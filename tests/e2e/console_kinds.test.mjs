// The cases that are no pair to merge, in a real browser: homonyms, a value too frequent to be true, one matricule on
// two identities, a matricule that contradicts its identity. Each says what to do, and takes only verdicts that fit.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import path from 'node:path';
import { Daemon, errorDetails, generatedTraits, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
// The published test identity, her matricule, and one of another order number.
const zoe = { ...generatedTraits(1), birth_family_name: 'ADRUN', first_birth_given_name: 'ZOE', birth_given_names: 'ZOE', sex: 'SEX_FEMALE', birth_date: { year: 1975, month: 12, day: 31 } };
const nir = (matricule) => ({ matricule, oid: '1.2.250.1.213.1.4.8' });
let folder, daemon, browser;

const register = (localId, traits, matricule) => daemon.call('IdentityService', 'RegisterIdentity', {
  request_id: `r-${localId}`, actor: 'desk',
  identity: {
    domain: 'DPI', local_id: localId, traits,
    ...(matricule ? {
      insi_answer: { return_code: '00', query_time: { seconds: 1767225600 }, ins: nir(matricule), coherence_accepted: true },
      evidence: { type: 'passport', check_date: { year: 2026, month: 1, day: 2 } },
    } : {}),
  },
});
const only = async (kind, size) => {
  const { cases } = await daemon.call('ReviewService', 'ListCases', { filter: { kind, state: 'STATE_OPEN' } });
  const found = (cases ?? []).filter((one) => !size || one.identity_ids.length === size);
  assert.equal(found.length, 1, kind);
  return found[0];
};
const stateOf = async (id) => (await daemon.call('ReviewService', 'GetCase', { case_id: id })).review_case.state;

before(async () => {
  folder = temporaryFolder('kinds');
  const accounts = path.join(folder.path, 'accounts.toml');
  const made = vigie(null, ['account', 'add', 'ines', '--role', 'reviewer', '--file', accounts], { input: `${password}\n` });
  assert.equal(made.code, 0, made.stderr);
  daemon = await Daemon.start(path.join(folder.path, 'data'), { env: { VIGIE_CONSOLE_ACCOUNTS: accounts } });
  await register('H1', zoe, '275126322074974');
  await register('H2', zoe, '275126322075073');
  await register('M1', { ...zoe, birth_family_name: 'KERVELLA', sex: 'SEX_MALE' }, '275126322074974');
  for (let i = 0; i < 25; ++i) await register(`F${i}`, { ...generatedTraits(40 + i * 7), phone: '02 98 00 00 01' });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

const verdictsShown = (page) => page.$$eval('form.decide input[name="verdict"]', (radios) => radios.map((radio) => radio.value.replace('VERDICT_', '')));
async function decide(page, verdict) {
  await page.check(`form.decide input[value="VERDICT_${verdict}"]`);
  await page.click('form.decide > button');
  await page.waitForFunction(() => !document.querySelector('form.decide'));
}

test('homonyms are marked by the decision, unless the box is cleared', async () => {
  const { id, identity_ids: ids } = await only('KIND_HOMONYM');
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${id}` });
  await signIn(page, 'ines', password);
  await page.waitForSelector('form.decide');
  assert.deepEqual(await verdictsShown(page), ['DIFFERENT_PERSONS', 'DATA_CORRECTED', 'UNDECIDED']);
  assert.match(await page.textContent('main'), /homonyme sur les deux/);
  await assertAccessible(page, 'homonyms');
  await picture(page, 'case-homonyms');
  await page.check('form.decide input[value="VERDICT_DIFFERENT_PERSONS"]');
  assert.equal(await page.isChecked('form.decide input[type="checkbox"]'), true);
  await decide(page, 'DIFFERENT_PERSONS');
  for (const one of ids) {
    const { identity } = await daemon.call('IdentityService', 'GetIdentity', { identity_id: one });
    assert.equal(identity.trust_facts.attributes.homonym, true);
  }
  assert.equal(await stateOf(id), 'STATE_DECIDED');
  assert.deepEqual(said, []);
  await close();
});

test('a value that is suddenly everybody’s is shown with its share, also at 320 pixels, and answered once', async () => {
  const found = await only('KIND_FREQUENT_VALUE');
  assert.deepEqual([found.frequent_value.trait, found.frequent_value.value, Number(found.frequent_value.identity_count)], ['phone', '298000001', 25]);
  const listed = vigie(daemon, ['review', 'show', found.id]);
  assert.match(listed.stdout, /phone 298000001: 25 of 28 identities have it/);
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${found.id}`, width: 320 });
  await signIn(page, 'ines', password);
  await page.waitForSelector('form.decide');
  assert.deepEqual(await verdictsShown(page), ['DATA_CORRECTED', 'NOTHING_WRONG', 'UNDECIDED']);
  const text = await page.textContent('main');
  assert.match(text, /298000001/);
  assert.match(text, /25 identités sur 28/);
  await assertAccessible(page, 'frequent-value');
  await picture(page, 'case-frequent-value');
  await decide(page, 'NOTHING_WRONG');
  assert.equal(await stateOf(found.id), 'STATE_DECIDED');
  assert.deepEqual(said, []);
  await close();
});

test('one matricule on two identities is corrected or merged; one that contradicts its identity is corrected or right', async () => {
  for (const [size, verdicts] of [[2, ['DUPLICATE', 'UNDECIDED']], [1, ['DATA_CORRECTED', 'NOTHING_WRONG', 'UNDECIDED']]]) {
    const { id } = await only('KIND_INS_CONFLICT', size);
    const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${id}` });
    await signIn(page, 'ines', password);
    await page.waitForSelector('form.decide');
    assert.deepEqual(await verdictsShown(page), verdicts);
    assert.equal(/le cas disparaît de lui-même/.test(await page.textContent('main')), size === 2);
    await assertAccessible(page, `ins-conflict-${size}`);
    if (size === 1) await decide(page, 'NOTHING_WRONG');
    assert.deepEqual(said, []);
    await close();
  }
});

test('every verdict the console offers for a kind is one the daemon takes, and no other', async () => {
  const all = ['DUPLICATE', 'SAME_PERSON', 'DIFFERENT_PERSONS', 'COLLISION_CONFIRMED', 'DATA_CORRECTED', 'NOTHING_WRONG', 'UNDECIDED'];
  const first = await register('D1', generatedTraits(300));
  const second = await register('D2', generatedTraits(300));
  const { cases } = await daemon.call('ReviewService', 'ListCases', { filter: { state: 'STATE_OPEN' } });
  assert.ok(cases.some((one) => one.identity_ids.includes(first.identity.id) && one.identity_ids.includes(second.identity.id)));
  const { page, close } = await openPage(browser, daemon);
  await signIn(page, 'ines', password);
  for (const one of cases) {
    await page.goto(`${page.url().split('#')[0]}#/case/${one.id}`);
    await page.waitForFunction((id) => document.querySelector('h1')?.textContent.includes(` ${id} `) && document.querySelector('form.decide'), one.id);
    const offered = await verdictsShown(page);
    for (const verdict of all) {
      const asked = { case_id: one.id, verdict: `VERDICT_${verdict}`, validate_only: true, ...(verdict === 'DUPLICATE' ? { surviving_identity_id: one.identity_ids[0] } : {}) };
      const reason = await daemon.call('ReviewService', 'DecideCase', asked).then(() => '', (error) => errorDetails(error).reason);
      assert.equal(reason !== 'verdict_unfit', offered.includes(verdict), `${one.kind} ${verdict}: ${reason}`);
    }
  }
  await close();
});
