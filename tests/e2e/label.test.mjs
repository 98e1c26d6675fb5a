// Measured honesty over the wire: pairs are judged blind by the command line and in a browser, the quality
// of the detectors is told with intervals, and what people found is what `vigie train` learns from.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Daemon, errorDetails, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, picture, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser;
const file = (name) => path.join(folder.path, name);
// Which person of the sample each local id is: "left" as the generator wrote it.
const personOf = new Map();

before(async () => {
  folder = temporaryFolder('label');
  for (const [name, role] of [['ines', 'reviewer'], ['paul', 'reviewer'], ['lea', 'reader']]) {
    const made = vigie(null, ['account', 'add', name, '--role', role, '--file', file('accounts.toml')], { input: `${password}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  const generated = vigie(null, ['generate', '--identities', '2000', '--visits', '2000', '--seed', '61', '--out', file('sample')]);
  assert.equal(generated.code, 0, generated.stderr);
  const [head, ...rows] = readFileSync(file('sample/truth.csv'), 'utf8').trim().split('\n').map((line) => line.trim().split(','));
  const column = (name) => head.indexOf(name);
  assert.ok(column('local_id') >= 0 && column('person_id') >= 0, head.join());
  for (const row of rows) personOf.set(row[column('local_id')], row[column('person_id')]);
  daemon = await Daemon.start(file('data'), { env: { VIGIE_CONSOLE_ACCOUNTS: file('accounts.toml'), VIGIE_REVIEW_BLIND_SHARE: '0.6', VIGIE_REVIEW_SAMPLE_BELOW_SHARE: '1' } });
  const imported = vigie(daemon, ['import', 'identities', file('sample/identities.csv')]);
  assert.ok([0, 65].includes(imported.code), imported.stderr);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

const label = (method, request) => daemon.call('LabelService', method, request, { deadlineMilliseconds: 60000 });
const json = (...args) => {
  const result = vigie(daemon, ['--output', 'json', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};
const isSame = (next) => personOf.get(next.left.local_id) === personOf.get(next.right.local_id);
let requests = 0;
// Answers by the truth until nothing waits, `most` pairs at most.
async function labelAll(actor, most = Infinity) {
  let labelled = 0;
  // One question waits for a bounded part of the drawing only: asking again goes on with it.
  for (let nothing = 0; labelled < most && nothing < 5;) {
    const next = await label('NextLabel', { labeller: actor });
    if (!next.left) { ++nothing; continue; }
    nothing = 0;
    ++labelled;
    const identity_ids = [next.left.identity_id, next.right.identity_id];
    await label('RecordLabel', { request_id: `label-${++requests}`, actor, identity_ids, verdict: isSame(next) ? 'VERDICT_SAME' : 'VERDICT_DIFFERENT' });
  }
  return labelled;
}

test('before anybody labelled, nothing is told as a number', () => {
  const quality = json('review', 'quality');
  assert.deepEqual([quality.blind_share, quality.sample_below_share], [0.6, 1]);
  for (const detector of quality.detectors) {
    assert.ok(!('decided_precision' in detector) && !('labelled_precision' in detector) && !('sensitivity' in detector), detector.detector);
  }
  assert.ok(!('kappa' in quality.agreement) && !('agreed_share' in quality.agreement));
  assert.match(vigie(daemon, ['review', 'quality']).stdout, /No pair was labelled by two people/);
});

test('the command line shows a pair without its score, and takes one answer of a person', () => {
  const shown = vigie(daemon, ['review', 'label', '--actor', 'script', '--show']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /birth_family_name/);
  assert.doesNotMatch(shown.stdout, /bits|probab|score|band|origin/i);
  const next = json('review', 'label', '--actor', 'script', '--show');
  const pair = `${next.left.identity_id},${next.right.identity_id}`;
  const answered = json('review', 'label', '--actor', 'script', '--pair', pair, '--unsure', '--note', 'no document', '--request-id', 'once');
  assert.deepEqual([answered.label.verdict, answered.label.actor, answered.label.note], ['cannot_say', 'script', 'no document']);
  assert.deepEqual(json('review', 'label', '--actor', 'script', '--pair', pair, '--unsure', '--note', 'no document', '--request-id', 'once'), answered);
  const twice = vigie(daemon, ['review', 'label', '--actor', 'script', '--pair', pair, '--same']);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /pair_labelled/);
  assert.equal(vigie(daemon, ['review', 'label', '--actor', 'script', '--pair', pair]).code, 2, 'an answer is needed');
  const asked = vigie(daemon, ['review', 'label', '--actor', 'terminal'], { input: 'x\nd\nq\n' });
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stdout, /1 labelled/);
});

test('two people label in the console with the keyboard alone, blind, and a reader cannot', async () => {
  const { page, said, close } = await openPage(browser, daemon, { hash: '#/label' });
  const answers = [];
  page.on('response', (response) => { if (response.url().endsWith('/NextLabel')) answers.push(response.text()); });
  await signIn(page, 'ines', password);
  await page.waitForSelector('[data-verdict]');
  await assertAccessible(page, 'label');
  await picture(page, 'label-1280');
  assert.doesNotMatch(await page.textContent('main'), /bits|probabilit/i);
  const pair = () => page.textContent('table.records thead');
  const first = await pair();
  await page.keyboard.press('n');
  await page.keyboard.type('vu au dossier');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('s');
  await page.waitForFunction((old) => document.querySelector('table.records thead').textContent !== old, first);
  const second = await pair();
  await page.click('[data-verdict=VERDICT_DIFFERENT]');
  await page.waitForFunction((old) => document.querySelector('table.records thead').textContent !== old, second);
  for (const answer of await Promise.all(answers)) assert.doesNotMatch(answer, /weight|probability|band|origin|stratum|score|case/i);
  assert.ok(answers.length >= 3);
  assert.deepEqual(said, []);
  await close();

  const narrow = await openPage(browser, daemon, { width: 320, height: 700, hash: '#/label', scheme: 'dark' });
  await signIn(narrow.page, 'paul', password);
  await narrow.page.waitForSelector('[data-verdict]');
  await assertAccessible(narrow.page, 'label at 320');
  await picture(narrow.page, 'label-320');
  await narrow.close();

  const reader = await openPage(browser, daemon, { hash: '#/label' });
  await signIn(reader.page, 'lea', password);
  await reader.page.waitForFunction(() => /instruisent/.test(document.querySelector('main').textContent));
  assert.equal(await reader.page.$('[data-verdict]'), null);
  await reader.close();
});

test('labels of two people give precision, sensitivity and agreement with intervals that hold the truth', async () => {
  assert.ok(await labelAll('anne') > 60);
  await labelAll('bruno');
  const quality = json('review', 'quality');
  const duplicate = quality.detectors.find((one) => one.detector === 'duplicate');
  assert.ok(duplicate.agreed_queue_count > 30, `${duplicate.agreed_queue_count}`);
  assert.ok(duplicate.agreed_below_count > 2, `${duplicate.agreed_below_count}`);
  for (const estimate of [duplicate.labelled_precision, duplicate.sensitivity, quality.agreement.agreed_share, quality.agreement.kappa]) {
    assert.ok(estimate.low <= estimate.value + 1e-9 && estimate.value <= estimate.high + 1e-9, JSON.stringify(estimate));
  }
  assert.ok(quality.agreement.kappa.value > 0.8);
  // The truth of the whole queue, which the labels saw a share of.
  const cases = [];
  for (let token = ''; ;) {
    const page = await daemon.call('ReviewService', 'ListCases', { filter: { kind: 'KIND_DUPLICATE' }, page_size: 200, page_token: token });
    cases.push(...(page.cases ?? []));
    token = page.next_page_token;
    if (!token) break;
  }
  let right = 0;
  for (const one of cases) {
    const [left, other] = await Promise.all(one.identity_ids.map(async (id) => (await daemon.call('IdentityService', 'GetIdentity', { identity_id: id })).identity.local_id));
    right += personOf.get(left) === personOf.get(other) ? 1 : 0;
  }
  const precision = right / cases.length;
  assert.ok(duplicate.labelled_precision.low <= precision && precision <= duplicate.labelled_precision.high, `${precision} ${JSON.stringify(duplicate.labelled_precision)}`);
  const table = vigie(daemon, ['review', 'quality']).stdout;
  assert.match(table, /kappa/);
  assert.match(table, /Predicted probability against labels/);
  assert.match(vigie(daemon, ['--output', 'csv', 'review', 'quality']).stdout, /^detector,opened/);
  const differing = json('review', 'labels', '--differing', '--limit', '0');
  assert.ok(differing.every((pair) => pair.labels[0].verdict !== pair.labels[1].verdict));
  assert.ok(json('review', 'labels', '--limit', '0').length > differing.length);
});

test('decisions and labels are written as `vigie train` takes them, and teach it', async () => {
  const { cases } = await daemon.call('ReviewService', 'ListCases', { filter: { kind: 'KIND_DUPLICATE', state: 'STATE_OPEN' }, page_size: 3 });
  const verdicts = ['VERDICT_DUPLICATE', 'VERDICT_DIFFERENT_PERSONS'];
  for (const [i, verdict] of verdicts.entries()) {
    await daemon.call('ReviewService', 'DecideCase', { request_id: `teach-${i}`, actor: 'chef', case_id: cases[i].id, verdict, ...(i === 0 ? { surviving_identity_id: cases[i].identity_ids[0] } : {}) });
  }
  const written = json('review', 'labels', '--out', file('labels.csv'), '--records', file('records.csv'));
  assert.equal(written.from_decisions, 2);
  assert.ok(written.from_labels > 30);
  assert.equal(written.left_out, 0);
  for (const name of ['labels.csv', 'records.csv']) assert.equal(statSync(file(name)).mode & 0o077, 0, `${name} is for its owner only`);
  const lines = readFileSync(file('labels.csv'), 'utf8').trim().split('\n').map((line) => line.trim().split(','));
  assert.deepEqual(lines[0], ['left_id', 'right_id', 'same', 'source']);
  assert.equal(lines.length - 1, written.from_decisions + written.from_labels);
  for (const [left, right, same, source] of lines.slice(1)) {
    if (source === 'label') assert.equal(same, personOf.get(left) === personOf.get(right) ? '1' : '0', `${left} ${right}`);
  }
  const train = (...more) => {
    const result = vigie(null, ['--output', 'json', 'train', file('records.csv'), '--random-pairs', '200000', '--date', '2026-01-01', ...more]);
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout);
  };
  const taught = train('--labels', file('labels.csv'), '--label-weight', '20', '--out', file('taught.toml'));
  assert.equal(taught.labels, lines.length - 1, 'every label was taken');
  const untaught = train('--out', file('untaught.toml'));
  assert.notEqual(taught.model, untaught.model, 'labels change the model');
});

test('the dashboard tells how often the machine was right, with a picture and its table', async () => {
  for (const width of [1280, 320]) {
    const { page, said, close } = await openPage(browser, daemon, { width, hash: '#/dashboard' });
    await signIn(page, 'lea', password);
    await page.waitForSelector('.quality svg.calibration');
    const text = await page.textContent('.quality');
    assert.match(text, /Doublons/);
    assert.match(text, /kappa/);
    assert.match(text, /pas de mesure/, 'what cannot be said is no number');
    assert.ok((await page.$$('.quality table')).length >= 2);
    await assertAccessible(page, `quality at ${width}`);
    await picture(page, `quality-${width}`);
    await picture(page, `quality-part-${width}`, '.quality');
    assert.deepEqual(said, []);
    await close();
  }
});

test('what cannot be labelled is refused with its reason', async () => {
  const reason = async (request) => {
    try {
      await label('RecordLabel', request);
    } catch (error) {
      return errorDetails(error);
    }
    return assert.fail('must be refused');
  };
  const base = { request_id: 'refused', actor: 'zoe', identity_ids: ['1', '2'], verdict: 'VERDICT_SAME' };
  assert.deepEqual((await reason({ ...base, identity_ids: ['1'] })).fields, ['identity_ids']);
  assert.deepEqual((await reason({ ...base, note: 'x'.repeat(5000) })).fields, ['note']);
  assert.deepEqual((await reason({ ...base, verdict: 0 })).fields, ['verdict']);
  assert.equal((await reason({ ...base, identity_ids: ['999999', '999998'] })).reason, 'label_not_found');
  const checked = vigie(null, ['fsck', '--help']);
  assert.equal(checked.code, 0);
});
