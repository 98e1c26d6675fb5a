// An identity as people read it: its traits in their order, its names, what its trust is made of.
import { call } from './api.mjs';
import { sentence, t } from './catalogue.mjs';
import { bdi, el } from './dom.mjs';
import { day, instant, matricule, sex, word } from './format.mjs';

// Traits in the order in which cells compare them. `rniv`: the field of RnivNames beside it.
export const traitRows = [
  { key: 'birthFamilyName', strict: true, rniv: true },
  { key: 'firstBirthGivenName', strict: true, rniv: true },
  { key: 'birthGivenNames', strict: true, rniv: true },
  { key: 'birthDate', strict: true, write: day },
  { key: 'sex', strict: true, write: sex },
  { key: 'birthPlaceCode', strict: true },
  { key: 'usedFamilyName', rniv: true },
  { key: 'usedGivenName', rniv: true },
  { key: 'addressLine' }, { key: 'postalCode' }, { key: 'city' }, { key: 'phone' }, { key: 'email' },
];
export const traitValue = (identity, row) => {
  const value = identity.traits?.[row.key];
  return (row.write ? row.write(value) : value) ?? '';
};
// The name in the form RNIV stores, where it is another one than was given.
export const rnivValue = (identity, row) => {
  const stored = row.rniv ? identity.rnivNames?.[row.key] ?? '' : '';
  return stored && stored !== traitValue(identity, row) ? stored : '';
};
export const traitLabel = (row) => t(`trait_${row.key}`);
// The contract's name of a trait ("birth_family_name") as people call it.
export const fieldLabel = (name) => {
  const key = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return traitRows.some((row) => row.key === key) ? t(`trait_${key}`) : word(`field_${name}`).replace(/^field_/, '');
};

// One line: family name, given names, date, sex.
export function personLine(identity) {
  const traits = identity.traits ?? {};
  return el('span', { class: 'person' }, el('strong', {}, bdi(traits.birthFamilyName ?? '')), ' ',
    bdi(traits.birthGivenNames || traits.firstBirthGivenName || ''), ' · ', day(traits.birthDate), ' · ', sex(traits.sex) || '?');
}

const marks = { TRUST_STATUS_PROVISIONAL: '○', TRUST_STATUS_RECOVERED: '◔', TRUST_STATUS_VALIDATED: '◑', TRUST_STATUS_QUALIFIED: '●' };
export const statusMark = (status) =>
  el('span', { class: 'status' }, el('span', { 'aria-hidden': 'true' }, `${marks[status] ?? ''} `), word(status));

export function attributeWords(identity) {
  const attributes = identity.trustFacts?.attributes ?? {};
  return ['homonym', 'doubtful', 'fictitious'].filter((name) => attributes[name]).map((name) => t(`attribute_${name}`));
}
export const insText = (ins) => (ins?.matricule ? `${matricule(ins.matricule)} (OID ${ins.oid})` : '');

// The establishment's own list of documents, by key; asked once.
let devices = new Map();
export async function loadDevices() {
  if (devices.size) return;
  const answer = await call('IdentityService', 'ListEvidenceDevices', {});
  devices = new Map((answer.devices ?? []).map((device) => [device.type, device.label]));
}
export function evidenceText(evidence) {
  if (!evidence?.type) return '';
  const name = devices.has(evidence.type) ? sentence(devices.get(evidence.type)) : evidence.type;
  return `${name}, ${day(evidence.checkDate)} (${t(evidence.highAssurance ? 'evidence_high' : 'evidence_low')})`;
}

// What stands under the traits of a comparison: [label, text of an identity].
export const factRows = [
  ['fact_status', (identity) => statusMark(identity.trustStatus)],
  ['fact_attributes', (identity) => attributeWords(identity).join(', ') || '–'],
  ['fact_ins', (identity) => insText(identity.ins) || '–'],
  ['fact_past_ins', (identity) => (identity.pastIns ?? []).map(insText).join(' ; ') || '–'],
  ['fact_evidence', (identity) => evidenceText(identity.evidence) || '–'],
  ['fact_insi', (identity) => (identity.lastInsiAnswer?.returnCode ? `${identity.lastInsiAnswer.returnCode}, ${instant(identity.lastInsiAnswer.queryTime)}` : '–')],
  ['fact_created', (identity) => instant(identity.createTime)],
  ['fact_updated', (identity) => instant(identity.updateTime)],
];
