// The form in which one signs in: on a page of its own and in the dialog after a session's end.
import { signIn } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { el, field } from './dom.mjs';

export function signInForm({ name = '', onDone }) {
  const user = el('input', { name: 'name', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, value: name });
  const password = el('input', { name: 'password', type: 'password', autocomplete: 'current-password', required: true });
  const message = el('p', { class: 'error', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'primary' }, t('sign_in_button'));
  const form = el('form', { class: 'sign-in', novalidate: true },
    field(t('user_name'), user), field(t('password'), password), message, submit);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy')) return;
    message.textContent = '';
    if (!user.value.trim() || !password.value) {
      message.textContent = t('missing_both');
      (user.value.trim() ? password : user).focus();
      return;
    }
    form.setAttribute('aria-busy', 'true');
    submit.textContent = t('signing_in');
    try {
      await signIn(user.value.trim(), password.value);
      password.value = '';
      onDone();
    } catch (error) {
      message.textContent = errorText(error);
      password.value = '';
      password.focus();
    } finally {
      form.removeAttribute('aria-busy');
      submit.textContent = t('sign_in_button');
    }
  });
  return { element: form, focus: () => (user.value ? password : user).focus() };
}
