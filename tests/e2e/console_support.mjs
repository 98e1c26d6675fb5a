// A real browser on the console: what every test of its pages shares.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'RGAAv4'];

export const launchBrowser = () => chromium.launch({
  executablePath: process.env.VIGIE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// For work on the pages: those of a folder instead of those built in, with the headers of the latter.
async function servePages(context, folder) {
  await context.route('**/console/**', async (route) => {
    const name = new URL(route.request().url()).pathname.replace('/console/', '') || 'index.html';
    const type = { html: 'text/html', css: 'text/css', mjs: 'text/javascript', svg: 'image/svg+xml' }[name.split('.').pop()];
    const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    await route.fulfill({ body: readFileSync(path.join(folder, name)), contentType: `${type}; charset=utf-8`, headers: { 'Content-Security-Policy': policy } });
  });
}

// Opens the console in a context of its own. `said`: whatever the page says on the browser's console,
// its errors, and requests to anywhere else. The page's own policy stays in force.
export async function openPage(browser, daemon, { width = 1280, height = 900, scheme = 'light', hash = '', reducedMotion = 'no-preference' } = {}) {
  const said = [];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion });
  if (process.env.VIGIE_CONSOLE_PAGES) await servePages(context, process.env.VIGIE_CONSOLE_PAGES);
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => { if (!request.url().startsWith(`http://${daemon.http}/`)) said.push(`request: ${request.url()}`); });
  await page.goto(`http://${daemon.http}/console/${hash}`);
  return { page, said, close: () => context.close() };
}

// Signs in on the page shown and waits for the one behind it.
export async function signIn(page, name, password) {
  await page.waitForSelector('input[name=name]');
  await page.fill('input[name=name]', name);
  await page.fill('input[type=password]', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.who');
}

// No violation of WCAG 2.1 and 2.2 AA and RGAA 4 that axe finds, and nothing wider than the window.
export async function assertAccessible(page, name) {
  await page.evaluate(axeSource);
  const result = await page.evaluate((values) => globalThis.axe.run(globalThis.document, { runOnly: { type: 'tag', values } }), tags);
  assert.deepEqual(result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`), [], name);
  assert.ok(result.passes.length > 12, `${name}: axe looked at ${result.passes.length} rules only`);
  const size = await page.evaluate(() => [globalThis.document.documentElement.scrollWidth, globalThis.document.documentElement.clientWidth]);
  assert.ok(size[0] <= size[1], `${name} is ${size[0]} wide in ${size[1]}`);
}

// A picture of the page, or of the part `selector` names, where VIGIE_ARTEFACTS names a folder for it.
export async function picture(page, name, selector = null) {
  if (!process.env.VIGIE_ARTEFACTS) return;
  mkdirSync(process.env.VIGIE_ARTEFACTS, { recursive: true });
  const file = { path: path.join(process.env.VIGIE_ARTEFACTS, `console-${name}.png`) };
  if (selector) await page.locator(selector).first().screenshot(file);
  else await page.screenshot({ ...file, fullPage: true });
}
