// Notes on a case: what was written, newest first, and a form for another. What was typed is kept
// while the page is open.
import { call, newRequestId } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { mayDecide } from './decide.mjs';
import { bdi, el, field } from './dom.mjs';
import { instant } from './format.mjs';

const notePage = 20;
const noteBytesMax = 4096;

// What was typed and not sent, by the case's number.
const drafts = new Map();

// Each line keeps its own direction of writing: marks in one do not reach the next.
const noteText = (text) => el('div', { class: 'note-text' }, text.split('\n').map((line) => el('p', { dir: 'auto' }, line)));

const item = (note) => el('li', {}, el('strong', {}, bdi(note.actor)), ' · ', instant(note.writeTime), noteText(note.text));

// The form; `added(note)` is told.
function noteForm(caseId, added) {
  const text = el('textarea', { rows: '3', name: 'note_text' });
  text.value = drafts.get(caseId)?.text ?? '';
  // The same request id for as long as the text is the same: sent twice, it is one note.
  text.addEventListener('input', () => drafts.set(caseId, { text: text.value, requestId: newRequestId() }));
  const error = el('p', { class: 'error', role: 'alert' });
  const form = el('form', { class: 'note-form', novalidate: true }, field(t('note_add_label'), text, t('note_add_hint')), error, el('button', { type: 'submit' }, t('note_add')));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const draft = drafts.get(caseId);
    const tooLong = new TextEncoder().encode(text.value).length > noteBytesMax;
    error.textContent = tooLong ? t('note_too_long', { bytes: noteBytesMax }) : draft && text.value.trim() ? '' : t('note_empty');
    if (error.textContent) return text.focus();
    try {
      const answer = await call('ReviewService', 'AddCaseNote', { request_id: draft.requestId, case_id: caseId, text: draft.text });
      drafts.delete(caseId);
      text.value = '';
      added(answer.note);
    } catch (problem) {
      error.textContent = errorText(problem);
    }
  });
  return form;
}

export async function notesSection(caseId, announce) {
  const list = el('ol', { class: 'notes' }), error = el('p', { class: 'error', role: 'alert' });
  const none = el('p', { class: 'hint' }, t('note_none'));
  const more = el('button', { type: 'button', hidden: true }, t('note_more'));
  let token = '';
  async function load() {
    error.textContent = '';
    try {
      const answer = await call('ReviewService', 'ListCaseNotes', { case_id: caseId, page_size: notePage, page_token: token });
      list.append(...(answer.notes ?? []).map(item));
      token = answer.nextPageToken;
      more.hidden = !token;
      none.hidden = list.children.length > 0;
    } catch (problem) {
      error.textContent = errorText(problem);
    }
  }
  more.addEventListener('click', load);
  await load();
  const added = (note) => {
    list.prepend(item(note));
    none.hidden = true;
    announce(t('note_added'));
  };
  return el('section', {}, el('h2', {}, t('notes_title')), mayDecide() && noteForm(caseId, added), none, list, error, more);
}
