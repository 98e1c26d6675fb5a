// The shell: header, navigation, language, and which page stands in it.
import { loadSession, session, signOut } from './api.mjs';
import { currentLanguage, errorText, otherLanguage, setLanguage, t } from './catalogue.mjs';
import * as casePage from './case.mjs';
import * as dashboard from './dashboard.mjs';
import { button, el, eye } from './dom.mjs';
import * as journal from './journal.mjs';
import { bindKeys, listenToKeys, showKeys } from './keys.mjs';
import * as label from './label.mjs';
import * as queue from './queue.mjs';
import * as search from './search.mjs';
import { askToSignInAgain, watchSession } from './session.mjs';
import { signInForm } from './sign_in.mjs';

const app = document.getElementById('app');

// Pages by the first part of the address; `entry` is the one of the navigation that is current.
const pages = {
  queue: { render: queue.render, entry: 'queue' },
  case: { render: casePage.render, entry: 'queue' },
  identity: { render: casePage.renderIdentity, entry: 'search' },
  search: { render: search.render, entry: 'search' },
  journal: { render: journal.render, entry: 'journal' },
  label: { render: label.render, entry: 'label' },
  dashboard: { render: dashboard.render, entry: 'dashboard' },
};
const entries = ['queue', 'search', 'journal', 'label', 'dashboard'];

function languageSwitch() {
  return button(t('other_language'), () => { setLanguage(otherLanguage()); show(); },
    { class: 'quiet language', lang: otherLanguage(), 'aria-label': `${t('other_language')} (${t('language_label')})` });
}

const brand = () => el('p', { class: 'brand' }, eye(), t('brand'));

// A page for somebody who is not signed in.
function alone(title, ...content) {
  const heading = el('h1', { tabindex: '-1' }, title);
  app.replaceChildren(el('div', { class: 'narrow' },
    el('header', { class: 'bar' }, brand(), languageSwitch()),
    el('main', { id: 'main' }, el('section', {}, heading, ...content))));
  document.title = `${title} · Vigie`;
  bindKeys([]);
  return heading;
}

function showSignIn() {
  const form = signInForm({ onDone: show });
  alone(t('sign_in_title'), el('p', { class: 'lead' }, t('sign_in_lead')), form.element);
  form.focus();
}

function showNoAccounts() {
  alone(t('no_accounts_title'), el('p', {}, t('no_accounts_lead')),
    el('pre', {}, 'vigie account add NAME --role supervisor --file /etc/vigie/accounts.toml'),
    el('p', {}, t('no_accounts_then')), el('pre', {}, '[console]\naccounts = "/etc/vigie/accounts.toml"')).focus();
}

// "#/case/17?x=y" as { name: 'case', id: '17', params }.
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, id] = path.split('/');
  return { name: name || 'queue', id: id ?? '', params: new URLSearchParams(query ?? '') };
}

// The parts of the shell that stay while pages change.
const warning = el('div', { role: 'alert', class: 'warning' });
const spoken = el('p', { role: 'status', class: 'spoken' });
const announce = (text) => { spoken.textContent = ''; setTimeout(() => { spoken.textContent = text; }, 50); };

function shell(entry) {
  const { name, role } = session.current;
  const leave = button(t('sign_out'), async () => { try { await signOut(); } catch { await loadSession(); } location.hash = ''; show(); }, { class: 'quiet' });
  const main = el('main', { id: 'main', tabindex: '-1' });
  const skip = el('a', { class: 'skip', href: '#main' }, t('skip'));
  skip.addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  app.replaceChildren(skip,
    el('header', { class: 'top' },
      el('div', { class: 'bar' }, brand(), el('p', { class: 'who' }, t('signed_in_as', { name, role: t(`role_${role}`) })), button(t('nav_keys'), showKeys, { class: 'quiet' }), languageSwitch(), leave),
      el('nav', { class: 'bar', 'aria-label': t('nav_main') }, el('ul', {}, entries.map((one) =>
        el('li', {}, el('a', { href: `#/${one}`, 'aria-current': one === entry ? 'page' : null }, t(`nav_${one}`))))))),
    warning, spoken, main);
  return main;
}

// A page that is still loading when another is asked for must not appear in its place.
let latest = 0;
async function showPage() {
  const mine = ++latest;
  const where = route();
  const page = pages[where.name];
  const main = shell(page?.entry);
  const title = el('h1', { tabindex: '-1' }, t('loading'));
  const place = el('div', { class: 'content' });
  main.append(title, place);
  bindKeys([]);
  const heading = (text) => {
    if (mine !== latest) return;
    const first = title.textContent !== text;
    title.textContent = text;
    document.title = `${text} · Vigie`;
    if (first) title.focus({ preventScroll: true });
  };
  try {
    if (!page) throw new Error(t('page_unknown'));
    await page.render(place, { ...where, announce, heading, reload: show, isCurrent: () => mine === latest });
  } catch (problem) {
    if (mine !== latest) return;
    heading(t('error_title'));
    place.replaceChildren(el('section', {}, el('p', { class: 'error', role: 'alert' }, page ? errorText(problem) : problem.message), el('p', {}, el('a', { href: '#/queue' }, t('back_to_queue')))));
  }
}

function show() {
  document.documentElement.lang = currentLanguage();
  if (!session.accounts) { showNoAccounts(); return; }
  if (!session.current) { showSignIn(); return; }
  session.person = session.current.name;
  showPage();
}

session.onRequired = askToSignInAgain;
session.onChange = () => watchSession(warning, () => { if (!document.querySelector('dialog.curtain')) askToSignInAgain(); });
window.addEventListener('hashchange', () => { if (session.current) { show(); window.scrollTo(0, 0); } });
listenToKeys();
loadSession().then(show, (error) => {
  document.documentElement.lang = currentLanguage();
  alone(t('app_title'), el('p', { role: 'alert' }, errorText(error)));
});
