// The shell: header, navigation, language, and which page stands in it.
import { loadSession, session, signOut } from './api.mjs';
import { currentLanguage, errorText, otherLanguage, setLanguage, t } from './catalogue.mjs';
import { button, el, eye } from './dom.mjs';
import { askToSignInAgain, watchSession } from './session.mjs';
import { signInForm } from './sign_in.mjs';

const app = document.getElementById('app');

function languageSwitch() {
  return button(t('other_language'), () => { setLanguage(otherLanguage()); show(); },
    { class: 'quiet', lang: otherLanguage(), 'aria-label': `${t('other_language')} (${t('language_label')})` });
}

const brand = () => el('p', { class: 'brand' }, eye(), t('brand'));

// A page for somebody who is not signed in.
function alone(title, ...content) {
  const heading = el('h1', { tabindex: '-1' }, title);
  app.replaceChildren(el('div', { class: 'narrow' },
    el('header', { class: 'bar' }, brand(), languageSwitch()),
    el('main', { id: 'main' }, el('section', {}, heading, ...content))));
  document.title = `${title} · Vigie`;
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

function showSignedIn() {
  const { name, role } = session.current;
  const warning = el('div', { role: 'alert' });
  const leave = button(t('sign_out'), async () => { try { await signOut(); } catch { await loadSession(); } show(); }, { class: 'quiet' });
  const heading = el('h1', { tabindex: '-1' }, t('welcome_title'));
  app.replaceChildren(
    el('a', { class: 'skip', href: '#main' }, t('skip')),
    el('header', { class: 'bar' }, brand(), el('p', { class: 'who' }, t('signed_in_as', { name, role: t(`role_${role}`) })), languageSwitch(), leave),
    warning,
    el('main', { id: 'main' }, el('section', {}, heading, el('p', {}, t('welcome_lead')))));
  document.title = t('app_title');
  heading.focus();
  watchSession(warning, () => { askToSignInAgain().then(show); });
}

function show() {
  document.documentElement.lang = currentLanguage();
  if (!session.accounts) showNoAccounts();
  else if (!session.current) showSignIn();
  else showSignedIn();
}

session.onRequired = askToSignInAgain;
loadSession().then(show, (error) => {
  document.documentElement.lang = currentLanguage();
  alone(t('app_title'), el('p', { role: 'alert' }, errorText(error)));
});
