// Single keys: which there are on a page, the list of them, and switching them off (WCAG 2.1.4). A key
// does nothing while one types in a field, with a modifier, or while a dialog is open.
import { t } from './catalogue.mjs';
import { button, el, newId } from './dom.mjs';

const storageKey = 'vigie.keys';
const typing = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

export function keysAreOn() {
  try { return localStorage.getItem(storageKey) !== 'off'; } catch { return true; }
}
function switchKeys(on) {
  try { localStorage.setItem(storageKey, on ? 'on' : 'off'); } catch { /* Until the page is closed. */ }
  switchedOff = !on;
}
let switchedOff = !keysAreOn();

// The keys of the page shown: [{ key: 'j', what: 'key_next', run: () => … }].
let bindings = [];
export const bindKeys = (list) => { bindings = list; };

export function listenToKeys() {
  document.addEventListener('keydown', (event) => {
    if (switchedOff || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const target = event.target;
    // A radio button or a box takes no letters, so the keys go on working there.
    if ((typing.has(target.tagName) && !['radio', 'checkbox'].includes(target.type)) || target.isContentEditable) return;
    if (event.key === '?') { event.preventDefault(); showKeys(); return; }
    const binding = bindings.find((one) => one.key === event.key);
    if (!binding) return;
    event.preventDefault();
    binding.run();
  });
}

export function showKeys() {
  const title = newId('keys');
  const box = el('input', { type: 'checkbox', id: newId('keys-on') });
  box.checked = !switchedOff;
  box.addEventListener('change', () => switchKeys(box.checked));
  const dialog = el('dialog', { 'aria-labelledby': title },
    el('h2', { id: title }, t('keys_title')),
    el('table', { class: 'keys' }, el('caption', {}, t('keys_caption')),
      el('tbody', {}, [...bindings, { key: '?', what: 'key_help' }].map((one) =>
        el('tr', {}, el('th', { scope: 'row' }, el('kbd', {}, one.key)), el('td', { class: 'words' }, t(one.what, one.values)))))),
    el('p', { class: 'check' }, box, ' ', el('label', { for: box.id }, t('keys_on'))),
    button(t('close'), () => dialog.close(), { class: 'primary' }));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
