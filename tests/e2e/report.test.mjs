// The report of the rate as people get it: a small hospital is generated and imported with the real
// programs, the page is opened in a real browser, checked with axe at two widths and in both colour
// schemes, its figures are compared with the JSON of the same request, and the workbook is taken
// apart. What the page shows is what the daemon said.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { Daemon, temporaryFolder, vigie } from './support.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const chromiumOptions = {
  executablePath: process.env.VIGIE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'RGAAv4'];
const year = ['--from', '2025-01-01', '--to', '2025-12-31'];

let folder, daemon, browser;
const file = (name) => path.join(folder.path, name);
const report = (args) => vigie(daemon, ['report', 'qualification', ...year, ...args]);
const json = (args) => {
  const result = vigie(daemon, ['--output', 'json', 'report', 'qualification', ...args]);
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout);
};
// As the page writes a count: narrow spaces that do not break.
const french = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
const percent = (rate) => `${(Math.round(1000 * rate) / 10).toFixed(1).replace('.', ',')}\u00a0%`;

before(async () => {
  folder = temporaryFolder('report');
  const generated = vigie(null, ['generate', '--identities', '1500', '--visits', '4000', '--seed', '41', '--year', '2025', '--out', file('sample')]);
  assert.equal(generated.code, 0, generated.stderr);
  daemon = await Daemon.start(file('data'));
  for (const kind of ['identities', 'visits']) {
    const imported = vigie(daemon, ['import', kind, file(`sample/${kind}.csv`)]);
    assert.ok([0, 65].includes(imported.code), imported.stderr);
  }
  browser = await chromium.launch(chromiumOptions);
});

after(async () => {
  await browser?.close();
  await daemon?.stop();
  folder?.remove();
});

// Opens a page of ours; anything it says on its console or asks of a network is a failure.
async function open(name, { width = 1280, colorScheme = 'light', javaScript = true } = {}) {
  const said = [];
  // axe runs inside the page, whose own policy forbids every script.
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: javaScript, javaScriptEnabled: javaScript });
  const page = await context.newPage();
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => { if (!request.url().startsWith('file:')) said.push(`request: ${request.url()}`); });
  await page.goto(pathToFileURL(file(name)).href);
  return { page, said, close: () => context.close() };
}

async function assertAccessible(name) {
  for (const width of [1280, 320]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, said, close } = await open(name, { width, colorScheme });
      await page.evaluate(axeSource);
      const result = await page.evaluate((values) => globalThis.axe.run(globalThis.document, { runOnly: { type: 'tag', values } }), tags);
      assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`), [], `${name} ${width} ${colorScheme}`);
      assert.ok(result.passes.length > 20, `axe looked at ${result.passes.length} rules only`);
      const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(size[0] <= size[1], `${name} is ${size[0]} wide in ${size[1]}`);
      assert.deepEqual(said, []);
      await close();
    }
  }
}

// The texts of a table's rows.
const cells = (page, selector) => page.$$eval(`${selector} tr`, (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));

test('the page shows the figures of the same request, and is accessible at 1280 and 320 pixels', async () => {
  const written = report(['--by', 'month,site', '--html', file('rate.html')]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stdout, /numerator/, 'the table is still printed');
  await assertAccessible('rate.html');

  const expected = json([...year, '--by', 'month']);
  const { page, close } = await open('rate.html');
  assert.equal(await page.getAttribute('html', 'lang'), 'fr');
  assert.equal((await page.textContent('.rate')).trim(), percent(expected.total.rate));
  const rows = await cells(page, '#by-month tbody');
  const shown = rows.filter(([, rate]) => rate !== 'absent');
  assert.deepEqual(shown.map(([, , numerator, denominator]) => [numerator, denominator]),
    expected.rows.map((row) => [french(row.numerator), french(row.denominator)]));
  const text = await page.textContent('body');
  for (const needed of [expected.definition.hash, expected.definition.source, 'Europe/Paris', french(expected.as_of_commit_number), 'n’est pas le chiffre officiel', '--from 2025-01-01 --to 2025-12-31']) {
    assert.ok(text.includes(needed), needed);
  }
  // Every chart has a name, and a table in the same section.
  for (const section of await page.$$('section:has(svg[role=img])')) {
    const title = await section.$eval('svg[role=img] title', (t) => t.textContent);
    assert.ok(title.length > 5, title);
    assert.ok((await section.$('table')) || (await section.$('ul.legend .count')), title);
  }
  await close();
});

test('the page needs no script, prints on A4, and says nothing without colours', async () => {
  const { page, close } = await open('rate.html', { javaScript: false });
  assert.ok((await page.textContent('.rate')).length > 0);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.match(pdf.toString('latin1'), /^%PDF-/);
  const box = /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/.exec(pdf.toString('latin1'));
  assert.ok(Math.abs(box[1] - 595) < 2 && Math.abs(box[2] - 842) < 2, `A4, not ${box?.[0]}`);
  await close();
  // The three statuses that are not plain have a pattern each.
  const html = readFileSync(file('rate.html'), 'utf8');
  for (const status of ['provisional', 'recovered', 'validated']) assert.ok(html.includes(`id="p-${status}"`), status);
  assert.ok(!/<script|https?:\/\//.test(html), 'no script, no address');
});

test('another language, another definition, a comparison in points', async () => {
  const compare = ['--by', 'month', '--compare-from', '2025-01-01', '--compare-to', '2025-06-30'];
  const args = ['--from', '2025-07-01', '--to', '2025-12-31', ...compare];
  const expected = json(args);
  const written = vigie(daemon, ['report', 'qualification', ...args, '--language', 'en', '--html', file('compare.html'), '--xlsx', file('compare.xlsx')]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stdout, /difference_points/);
  await assertAccessible('compare.html');
  const before = json(['--from', '2025-01-01', '--to', '2025-06-30', '--by', 'month']);
  assert.equal(expected.comparison.from, '2025-01-01');
  assert.ok(Math.abs(expected.comparison.total.difference_points - 100 * (expected.total.rate - before.total.rate)) < 1e-9);
  assert.equal(expected.comparison.rows[0].month, '2025-07');
  assert.equal(expected.comparison.rows[0].compared_month, '2025-01');
  const { page, close } = await open('compare.html');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  const total = (await cells(page, '#comparison tfoot'))[0];
  const points = expected.comparison.total.difference_points;
  const shownPoints = Math.round(10 * Math.abs(points)) / 10;
  assert.ok(total[3].includes(shownPoints.toFixed(1)), `${total} holds ${points}`);
  await close();

  const definitions = report(['--by', 'site', '--definition', 'qualified-visits', '--compare-definition', 'qualified-patients', '--html', file('definitions.html')]);
  assert.equal(definitions.code, 0, definitions.stderr);
  await assertAccessible('definitions.html');
  assert.match(readFileSync(file('definitions.html'), 'utf8'), /qualified-patients/);
});

test('days on which nobody came are absent, not zero', async () => {
  const written = vigie(daemon, ['report', 'qualification', '--from', '1999-01-01', '--to', '1999-01-31', '--html', file('empty.html')]);
  assert.equal(written.code, 0, written.stderr);
  await assertAccessible('empty.html');
  const { page, close } = await open('empty.html');
  assert.equal((await page.textContent('.rate')).trim(), 'absent');
  await close();
});

// Members of the archive by name, read by unzip: not our code.
function unzip(workbook, member) {
  const result = spawnSync('unzip', ['-p', workbook, member], { encoding: 'utf8', maxBuffer: 1 << 27 });
  assert.equal(result.status, 0, `${member}: ${result.stderr}`);
  return result.stdout;
}

test('the workbook opens and holds the figures as numbers', async () => {
  const written = report(['--by', 'month,site', '--xlsx', file('rate.xlsx'), '--csv', file('rate.csv')]);
  assert.equal(written.code, 0, written.stderr);
  assert.equal(spawnSync('unzip', ['-tq', file('rate.xlsx')]).status, 0);
  const names = [...unzip(file('rate.xlsx'), 'xl/workbook.xml').matchAll(/<sheet name="([^"]+)"/g)].map((m) => m[1]);
  assert.deepEqual(names, ['Par mois', 'Par site', 'Par champ d’activité', 'Par mois, site', 'Définition']);
  const sheet = unzip(file('rate.xlsx'), 'xl/worksheets/sheet1.xml');
  const expected = json([...year, '--by', 'month']);
  const rows = [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) => [...row[1].matchAll(/<c r="([A-Z]+)\d+"[^>]*>(?:<v>([^<]*)<\/v>|<is><t[^>]*>([^<]*)<\/t><\/is>)?/g)].map((c) => c[2] ?? c[3] ?? ''));
  const months = rows.filter(([key]) => /^\d{4}-\d\d$/.test(key));
  assert.deepEqual(months.map((row) => [row[0], Number(row[2]), Number(row[3])]), expected.rows.map((row) => [row.month, row.numerator, row.denominator]));
  assert.ok(Math.abs(Number(months[0][1]) - expected.rows[0].rate) < 1e-9);

  const csv = readFileSync(file('rate.csv'), 'utf8').trim().split('\n');
  assert.match(csv[0], /^month,site,rate,numerator,denominator,/);
  assert.equal(csv.length - 1, json([...year, '--by', 'month,site']).rows.length);
});

test('a repeated report of the same facts is the same page but for its instant', () => {
  const pages = ['first.html', 'second.html'].map((name) => {
    assert.equal(report(['--html', file(name)]).code, 0);
    return readFileSync(file(name), 'utf8').replace(/\d+\u00a0\p{L}+ \d{4} à \d\d:\d\d/gu, 'INSTANT');
  });
  assert.equal(pages[0], pages[1]);
});

test('what cannot be written is said, with its exit code, and nothing is left behind', () => {
  const cases = [
    [['--html', file('no/folder/rate.html')], 73],
    [['--xlsx', file('no/folder/rate.xlsx')], 73],
    [['--csv', file('no/folder/rate.csv')], 73],
    [['--html', file('x.html'), '--language', 'de'], 2],
    [['--html', file('x.html'), '--compare-from', '2024-01-01'], 2],
    [['--html', file('x.html'), '--compare-definition', 'nobody-knows-it'], 1],
  ];
  for (const [args, code] of cases) {
    const result = report(args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`);
    assert.ok(result.stderr.length > 0);
  }
  assert.ok(!existsSync(file('x.html')));
  writeFileSync(file('kept.html'), 'kept');
  assert.equal(vigie(null, ['--server', '127.0.0.1:1', 'report', 'qualification', ...year, '--html', file('kept.html')]).code, 69);
  assert.equal(readFileSync(file('kept.html'), 'utf8'), 'kept');
  assert.deepEqual(readdirSync(folder.path).filter((name) => name.endsWith('.tmp')), []);
});

test('a page and a CSV go to standard output with -', () => {
  const page = report(['--html', '-']);
  assert.equal(page.code, 0, page.stderr);
  assert.match(page.stdout, /^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
  const csv = report(['--by', 'site', '--csv', '-']);
  assert.match(csv.stdout, /^site,rate,/);
});
