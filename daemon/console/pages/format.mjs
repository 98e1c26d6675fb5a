// How values are written for people, in the language of the page.
import { currentLanguage, hasText, t } from './catalogue.mjs';

const locale = () => (currentLanguage() === 'fr' ? 'fr-FR' : 'en-GB');
const two = (number) => String(number).padStart(2, '0');

// A Date of the contract, whose parts may be unknown: 17/03/1971, ??/03/1971; '' when there is none.
export function day(date) {
  if (!date || (!date.year && !date.month && !date.day)) return '';
  return `${date.day ? two(date.day) : '??'}/${date.month ? two(date.month) : '??'}/${date.year ? String(date.year).padStart(4, '0') : '????'}`;
}
export function instant(text) {
  if (!text) return '';
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));
}
export const count = (value) => new Intl.NumberFormat(locale()).format(Number(value ?? 0));
export const percent = (rate, digits = 1) =>
  rate === undefined || rate === null ? t('absent') : new Intl.NumberFormat(locale(), { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(rate);
// A probability near 1 or 0 is no certainty: it is never rounded up to one.
export const probability = (value) =>
  value > 0.999 ? `> ${percent(0.999)}` : value > 0 && value < 0.001 ? `< ${percent(0.001)}` : percent(value);
// A signed number of bits: +12,3.
export const bits = (value) => new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(value ?? 0);

// How long ago, in whole days: counted, not rounded up.
export function age(text, now = Date.now()) {
  const days = Math.floor((now - new Date(text).getTime()) / 86400000);
  if (days <= 0) return t('age_today');
  return days === 1 ? t('age_one_day') : t('age_days', { days: count(days) });
}

// The word for a value of an enumeration of the contract; the value itself when there is none.
export const word = (value) => (hasText(value) ? t(value) : value ?? '');

export const sex = (value) => ({ SEX_MALE: 'M', SEX_FEMALE: 'F', SEX_INDETERMINATE: 'I' })[value] ?? '';

// "2026-03" as "mars 2026".
export function month(key) {
  const found = /^(\d{4})-(\d{2})$/.exec(key);
  if (!found) return key;
  return new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.UTC(Number(found[1]), Number(found[2]) - 1, 1));
}

// 1 23 45 67 890 123 45: as a matricule is read.
export const matricule = (text) => (text?.length === 15 ? text.replace(/^(.)(..)(..)(..)(...)(...)(..)$/, '$1 $2 $3 $4 $5 $6 $7') : text ?? '');
