// The search RNIV asks for before anything else: the birth date, then at most three letters of a name,
// in fields of their own.
import { call } from './api.mjs';
import { errorText, t } from './catalogue.mjs';
import { bdi, button, el, field } from './dom.mjs';
import { count, day, sex } from './format.mjs';
import { attributeWords, statusMark } from './identity.mjs';
import { bindKeys } from './keys.mjs';

const pageSize = 50;

// 17/03/1971, 17 03 1971, 17031971, 1971-03-17; unknown parts as 00 or ??. null: not a date.
export function parseDay(text) {
  const plain = text.trim().replace(/\?/g, '0');
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(plain);
  const french = /^(\d{1,2})[/ .-](\d{1,2})[/ .-](\d{4})$/.exec(plain) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(plain);
  const [year, month, dayOfMonth] = iso ? iso.slice(1).map(Number) : french ? [Number(french[3]), Number(french[2]), Number(french[1])] : [];
  if (!year || month > 12 || dayOfMonth > 31) return null;
  return { year, month, day: dayOfMonth };
}

function resultRow(identity) {
  const traits = identity.traits;
  return el('tr', {},
    el('th', { scope: 'row' }, el('a', { href: `#/identity/${identity.id}` }, bdi(traits.birthFamilyName || '–'))),
    el('td', { class: 'words' }, bdi(traits.birthGivenNames || traits.firstBirthGivenName)),
    el('td', { class: 'words' }, bdi([traits.usedFamilyName, traits.usedGivenName].filter(Boolean).join(' '))),
    el('td', {}, day(traits.birthDate)), el('td', { class: 'words' }, sex(traits.sex)), el('td', { class: 'wide' }, traits.birthPlaceCode),
    el('td', { class: 'words' }, bdi(`${identity.domain} · ${identity.localId}`)),
    el('td', { class: 'words' }, statusMark(identity.trustStatus), attributeWords(identity).map((word) => el('span', { class: 'tag' }, word))));
}

// What was typed, kept while the page is open: coming back from a record finds it again.
const typed = { date: '', family: '', given: '' };

export async function render(place, { heading }) {
  heading(t('search_title'));
  const letters = (value) => el('input', { maxlength: 3, size: 4, value, autocomplete: 'off', spellcheck: 'false' });
  const date = el('input', { value: typed.date, autocomplete: 'off', inputmode: 'numeric', required: true, maxlength: 10, size: 11 });
  const family = letters(typed.family), given = letters(typed.given);
  const message = el('p', { role: 'status' }), error = el('p', { class: 'error', role: 'alert' });
  const results = el('div', {});
  const form = el('form', { class: 'search', novalidate: true },
    field(t('search_date'), date, t('search_date_hint')), field(t('search_family'), family, t('search_letters_hint')), field(t('search_given'), given, t('search_letters_hint')),
    el('div', { class: 'field' }, el('button', { type: 'submit', class: 'primary' }, t('search_button'))));
  place.append(el('section', {}, el('p', { class: 'lead' }, t('search_lead')), form, error), el('section', { 'aria-label': t('search_results') }, message, results));
  bindKeys([]);

  async function find(token, body) {
    error.textContent = '';
    const birthDate = parseDay(date.value);
    if (!birthDate) {
      error.textContent = t(date.value.trim() ? 'search_date_wrong' : 'search_date_missing');
      date.setAttribute('aria-invalid', 'true');
      date.focus();
      return;
    }
    date.removeAttribute('aria-invalid');
    Object.assign(typed, { date: date.value, family: family.value, given: given.value });
    try {
      const answer = await call('IdentityService', 'SearchIdentities', { birth_date: birthDate, family_prefix: family.value.trim(), given_prefix: given.value.trim(), page_size: pageSize, page_token: token });
      const found = answer.identities ?? [];
      if (!body) {
        body = el('tbody', {});
        results.replaceChildren(found.length === 0 ? '' : el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('search_results') },
          el('table', {}, el('caption', {}, t('search_results')),
            el('thead', {}, el('tr', {}, [['trait_birthFamilyName', 'words'], ['trait_birthGivenNames', 'words'], ['column_used', 'words'], ['trait_birthDate'], ['trait_sex', 'words'], ['trait_birthPlaceCode', 'wide'], ['column_local_id', 'words'], ['fact_status', 'words']]
              .map(([key, css]) => el('th', { scope: 'col', class: css ?? null }, t(key))))), body)));
      }
      body.append(...found.map(resultRow));
      results.querySelector('.more')?.remove();
      if (answer.nextPageToken) results.append(button(t('queue_more'), () => find(answer.nextPageToken, body), { class: 'more' }));
      const shown = body.rows.length;
      message.textContent = shown === 0 ? t('search_none') : t(answer.nextPageToken ? 'search_many' : 'search_found', { count: count(shown) });
    } catch (problem) {
      const few = problem.fields.map((violation) => violation.field);
      error.textContent = few.length ? t('search_refused', { fields: few.join(', ') }) : errorText(problem);
    }
  }
  form.addEventListener('submit', (event) => { event.preventDefault(); find('', null); });
  if (typed.date) await find('', null);
  else date.focus();
}
