// The session's end: a warning two minutes before, the dialog in which one signs in again after.
import { session, extendSession } from './api.mjs';
import { t } from './catalogue.mjs';
import { button, el, newId } from './dom.mjs';
import { signInForm } from './sign_in.mjs';

const warnBefore = 2 * 60 * 1000;

// Asks to sign in again, above the page, which stays as it is behind a curtain. Resolves when the
// page's person is back; another person gets a page of their own, and what the first one began is
// never done in the other's name.
let asking = null;
export function askToSignInAgain() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}
function ask() {
  const before = session.person;
  return new Promise((resolve) => {
    const title = newId('dialog');
    const dialog = el('dialog', { class: 'curtain', 'aria-labelledby': title });
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    const form = signInForm({
      name: before,
      onDone: () => {
        if (session.current.name !== before) { location.reload(); return; }
        dialog.close();
        dialog.remove();
        resolve();
      },
    });
    dialog.append(el('h2', { id: title }, t('sign_in_again_title')), el('p', {}, t('sign_in_again_lead')), form.element);
    document.body.append(dialog);
    dialog.showModal();
    form.focus();
  });
}

let timer = null;
// Shows the warning in `place` when the session is about to end.
export function watchSession(place, onEnded) {
  const clear = () => place.replaceChildren();
  const look = () => {
    clearTimeout(timer);
    if (!session.current) return clear();
    const left = session.endsAt - Date.now();
    if (left <= 0) { clear(); onEnded(); return undefined; }
    const lead = Math.min(warnBefore, 500 * session.idleSeconds);
    if (left <= lead && !place.firstChild) {
      place.append(el('div', { class: 'notice' }, el('p', {}, t('session_ends')),
        button(t('stay'), async () => { try { await extendSession(); } catch { /* The next call asks to sign in. */ } look(); })));
    }
    if (left > lead) clear();
    timer = setTimeout(look, Math.min(left > lead ? left - lead : left, 1 << 30));
    return undefined;
  };
  session.onUse = look;
  look();
}
