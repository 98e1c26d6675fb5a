// The queue of a generated hospital: its order and filters over the wire and by the command line, its
// groups, its export read back from both files, and the console's filters and group on the case page.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Daemon, temporaryFolder, vigie } from './support.mjs';
import { assertAccessible, launchBrowser, openPage, signIn } from './console_support.mjs';

const password = 'un mot de passe assez long';
let folder, daemon, browser;

before(async () => {
  folder = temporaryFolder('queue');
  const file = (name) => path.join(folder.path, name);
  const made = vigie(null, ['account', 'add', 'ines', '--role', 'reviewer', '--file', file('accounts.toml')], { input: `${password}\n` });
  assert.equal(made.code, 0, made.stderr);
  const generated = vigie(null, ['generate', '--identities', '1500', '--visits', '3000', '--seed', '43', '--year', '2026', '--out', file('sample')]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(file('data'), { env: { VIGIE_CONSOLE_ACCOUNTS: file('accounts.toml') } });
  for (const kind of ['identities', 'visits']) {
    const imported = vigie(daemon, ['import', kind, file(`sample/${kind}.csv`)]);
    assert.ok([0, 1, 65].includes(imported.code), imported.stderr);
  }
  // Three records of one person make a group, whatever the sample holds; the fourth is alone.
  for (const localId of ['GROUP-1', 'GROUP-2', 'GROUP-3']) await register(localId);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

const register = (localId) => daemon.call('IdentityService', 'RegisterIdentity', {
  request_id: `queue-${localId}`, actor: 'desk',
  identity: { domain: 'HOPITAL', local_id: localId, traits: { birth_family_name: 'QUEMENEUR', first_birth_given_name: 'SOAZIG', birth_given_names: 'SOAZIG ANNAIG', sex: 'SEX_FEMALE', birth_date: { year: 1961, month: 3, day: 9 }, birth_place_code: '29019' } } });
const review = (method, fields = {}) => daemon.call('ReviewService', method, fields);
const json = (...args) => {
  const result = vigie(daemon, ['--output', 'json', 'review', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return JSON.parse(result.stdout);
};
// Every case a filter lists, and that as many are counted.
async function all(filter, more = {}) {
  const cases = [], groups = [];
  let token = '';
  do {
    const page = await review('ListCases', { filter, page_size: 60, page_token: token, ...more });
    cases.push(...(page.cases ?? []));
    groups.push(...(page.groups ?? []));
    token = page.next_page_token;
  } while (token);
  if (!more.collapse_groups) assert.equal(Number((await review('CountCases', { filter })).case_count ?? 0), cases.length);
  return more.collapse_groups ? { cases, groups } : cases;
}
const groupOfThree = async () => {
  const found = await daemon.call('IdentityService', 'ResolveIdentity', { local_id: { domain: 'HOPITAL', local_id: 'GROUP-1' } });
  const [one] = await all({ identity_id: found.identities[0].id });
  return (await review('GetCase', { case_id: one.id })).group_cases;
};

test('the most urgent comes first, conflicts before duplicates, and every filter narrows the list', async () => {
  const cases = await all({ state: 'STATE_OPEN' });
  const key = (one) => [-one.priority, -(one.weight_bits ?? 0), Number(one.id)];
  for (let i = 1; i < cases.length; ++i) {
    const [before, after] = [key(cases[i - 1]), key(cases[i])];
    const at = before.findIndex((value, j) => value !== after[j]);
    assert.ok(before[at] < after[at], `${cases[i - 1].id} before ${cases[i].id}`);
  }
  const lastConflict = cases.findLastIndex((one) => one.kind === 'KIND_INS_CONFLICT' || one.kind === 'KIND_COLLISION');
  const firstDuplicate = cases.findIndex((one) => one.kind === 'KIND_DUPLICATE');
  assert.ok(lastConflict >= 0 && lastConflict < firstDuplicate);

  const middle = cases[Math.floor(cases.length / 2)];
  const heavy = await all({ weight_bits_min: middle.weight_bits });
  assert.deepEqual(heavy.map((one) => one.id).sort(), cases.filter((one) => (one.weight_bits ?? 0) >= middle.weight_bits).map((one) => one.id).sort());
  const reason = await all({ reason: 'same_matricule_in_force' });
  assert.ok(reason.length > 0 && reason.every((one) => one.kind === 'KIND_INS_CONFLICT'));
  const about = await all({ identity_id: middle.identity_ids[0] });
  assert.deepEqual(about.map((one) => one.id).sort(), cases.filter((one) => one.identity_ids.includes(middle.identity_ids[0])).map((one) => one.id).sort());
  const now = { seconds: Math.floor(Date.now() / 1000) + 5 };
  assert.equal((await all({ open_time_before: now })).length, cases.length);
  assert.equal((await all({ open_time_from: now })).length, 0);
  const visits = await all({ visit_time_before: { seconds: 4_000_000_000 } });
  assert.ok(visits.length > 0 && visits.length < cases.length, 'a case without visit has no newest one');

  assert.equal((await all({ assignee: 'cell' })).length, 0);
  await review('ClaimCase', { request_id: 'queue-claim', actor: 'cell', case_id: middle.id });
  assert.deepEqual((await all({ assignee: 'cell' })).map((one) => one.id), [middle.id]);
  assert.deepEqual(json('list', '--assignee', 'cell').map((one) => one.id), [middle.id]);
  assert.equal(json('count', '--reason', 'same_matricule_in_force').case_count, reason.length);
  assert.equal(json('count', '--older-than', '1').case_count, 0);
  assert.equal(json('count', '--newer-than', '1', '--weight-min', String(middle.weight_bits)).case_count, heavy.length);
  const refused = vigie(daemon, ['review', 'list', '--weight-min', 'nan']);
  assert.notEqual(refused.code, 0);
});

test('a group is one line of the list, and its pairs stand beside each case', async () => {
  const three = await groupOfThree();
  const { cases, groups } = await all({}, { collapse_groups: true });
  assert.equal(groups.length, cases.length);
  const every = new Set((await all({})).map((one) => one.id));
  const listed = new Set(cases.map((one) => one.id));
  for (const [i, group] of groups.entries()) {
    if (!group.case_ids?.length) continue;
    assert.ok(group.case_ids.includes(cases[i].id));
    for (const id of group.case_ids) assert.ok(every.has(id) && (id === cases[i].id || !listed.has(id)), id);
  }
  const shown = json('show', three[0].id);
  assert.equal(shown.group.identity_ids.length, 3);
  assert.equal(shown.group_cases.length, 3);
  const table = vigie(daemon, ['review', 'list', '--limit', '0']);
  assert.match(table.stdout, /\+2/);
  const text = vigie(daemon, ['review', 'show', three[0].id]);
  assert.match(text.stdout, /group of 3 identities/);
});

// RFC 4180, of which our files use little here: no field of this sample holds a line end.
const csvRows = (file) => readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2]));
function workbookRows(file) {
  const member = (name) => spawnSync('unzip', ['-p', file, name], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const text = (xml) => xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
  const shared = [...member('xl/sharedStrings.xml').stdout.matchAll(/<si>(.*?)<\/si>/gs)].map((si) => [...si[1].matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map((m) => text(m[1])).join(''));
  return [...member('xl/worksheets/sheet1.xml').stdout.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) =>
    [...row[1].matchAll(/<c r="[A-Z]+\d+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, attributes, inner]) => {
      const value = /<v>([^<]*)<\/v>/.exec(inner ?? '')?.[1];
      if (value !== undefined) return attributes.includes('t="s"') ? shared[Number(value)] : Number(value);
      return text(/<t[^>]*>([^<]*)<\/t>/.exec(inner ?? '')?.[1] ?? '');
    }));
}

test('the export is one row a case with both sides, the same as CSV and as a workbook', async () => {
  const file = (name) => path.join(folder.path, name);
  const cases = await all({ state: 'STATE_OPEN' });
  for (const name of ['queue.csv', 'queue.xlsx']) {
    const written = vigie(daemon, ['--output', 'json', 'review', 'export', '--out', file(name)]);
    assert.equal(written.code, 0, written.stderr);
    assert.equal(JSON.parse(written.stdout).rows, cases.length);
    assert.equal(statSync(file(name)).mode & 0o077, 0, 'patients: for its owner only');
  }
  const [header, ...rows] = csvRows(file('queue.csv'));
  const named = (row) => Object.fromEntries(header.map((name, i) => [name, row[i]]));
  assert.deepEqual(rows.map((row) => row[0]), cases.map((one) => one.id));
  for (const i of [0, Math.floor(cases.length / 2), cases.length - 1]) {
    const row = named(rows[i]);
    assert.equal(row.kind, cases[i].kind.replace('KIND_', '').toLowerCase());
    assert.equal(Number(row.priority), cases[i].priority);
    assert.equal(Number(row.weight_bits), cases[i].weight_bits ?? 0);
    for (const [side, id] of [['left', cases[i].identity_ids[0]], ['right', cases[i].identity_ids[1]]]) {
      if (!id) { assert.equal(row[`${side}_identity_id`], ''); continue; }
      const { identity } = await daemon.call('IdentityService', 'GetIdentity', { identity_id: id });
      assert.equal(row[`${side}_identity_id`], id);
      assert.equal(row[`${side}_local_id`], identity.local_id);
      assert.equal(row[`${side}_birth_family_name`], identity.traits.birth_family_name);
    }
  }
  const [head, ...sheet] = workbookRows(file('queue.xlsx'));
  assert.deepEqual(head, header);
  assert.equal(sheet.length, rows.length);
  const numbers = new Set(['weight_bits', 'probability', 'priority']);
  for (const [r, cells] of sheet.entries()) {
    for (const [c, name] of header.entries()) {
      if (numbers.has(name)) assert.ok(Math.abs(cells[c] - Number(rows[r][c])) < 1e-9, name);
      else assert.equal(String(cells[c] ?? ''), rows[r][c], `${name} of row ${r}`);
    }
  }
  const conflicts = vigie(daemon, ['--output', 'json', 'review', 'export', '--kind', 'ins_conflict', '--out', file('conflicts.csv')]);
  assert.equal(JSON.parse(conflicts.stdout).rows, cases.filter((one) => one.kind === 'KIND_INS_CONFLICT').length);
  assert.notEqual(vigie(daemon, ['review', 'export', '--out', file('queue.pdf')]).code, 0);
  assert.equal(existsSync(file('queue.pdf')), false);
  assert.equal(vigie(daemon, ['review', 'export', '--out', file('no/folder/queue.csv')]).code, 73);
});

test('the console narrows by reason, age, weight and site, and keeps it in the address', async () => {
  const { page, said, close } = await openPage(browser, daemon);
  await signIn(page, 'ines', password);
  await page.waitForSelector('table.queue tbody tr');
  const heads = await page.$$eval('table.queue thead th', (all) => all.map((one) => one.textContent));
  assert.equal(heads[3], 'Priorité');
  await page.click('.more-filters summary');
  await page.fill('input[name=weight_min]', 'douze');
  await page.click('form.filters button[type=submit]');
  assert.equal(await page.$eval('input[name=weight_min]', (input) => input.validity.valid), false);
  await page.fill('input[name=weight_min]', '12,5');
  await page.selectOption('select[name=age]', 'under-7');
  await page.selectOption('select[name=kind]', 'KIND_DUPLICATE');
  await assertAccessible(page, 'more filters');
  await page.click('form.filters button[type=submit]');
  await page.waitForFunction(() => location.hash.includes('weight_min=12') && document.querySelector('table.queue tbody tr'));
  const expected = await all({ kind: 'KIND_DUPLICATE', state: 'STATE_OPEN', weight_bits_min: 12.5 }, { collapse_groups: true });
  const numbers = () => page.$$eval('table.queue tbody th a', (links) => links.map((link) => link.getAttribute('href').split('/').pop()));
  assert.deepEqual(await numbers(), expected.cases.slice(0, 25).map((one) => one.id));
  assert.ok(await page.$('.more-filters[open]'), 'what is used is shown');
  await page.selectOption('select[name=reason]', 'same_matricule_in_force');
  await page.click('form.filters button[type=submit]');
  await page.waitForFunction(() => document.querySelector('[role=status].hint').textContent.startsWith('Aucun cas'));
  assert.deepEqual(said, []);
  await close();
});

test('the case page shows the group, and leads to its next pair after a decision', async () => {
  const three = await groupOfThree();
  assert.equal(three.length, 3);
  const { page, said, close } = await openPage(browser, daemon, { hash: `#/case/${three[0].id}` });
  await signIn(page, 'ines', password);
  await page.waitForSelector('.group tbody tr');
  assert.equal(await page.$$eval('.group tbody tr', (rows) => rows.length), 3);
  await page.waitForFunction(() => [...document.querySelectorAll('.group li')].every((one) => one.textContent.includes('QUEMENEUR')));
  await assertAccessible(page, 'group');
  await page.waitForFunction(() => document.querySelector('nav.steps').textContent.includes('Paire suivante'));
  await review('DecideCase', { request_id: 'queue-decide', actor: 'cell', case_id: three[0].id, verdict: 'VERDICT_DIFFERENT_PERSONS', reason: 'test' });
  await page.keyboard.press('j');
  await page.waitForFunction((hash) => location.hash !== hash && document.querySelector('.group tbody tr[aria-current]'), `#/case/${three[0].id}`);
  assert.equal(await page.$$eval('.group tbody tr', (rows) => rows.length), 2);
  assert.deepEqual(said, []);
  await close();
});
