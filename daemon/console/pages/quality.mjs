// How often the machine was right: by decisions, by blind labels, and its probabilities against what
// people found. Drawn for the dashboard; every picture has its table beside it.
import { call } from './api.mjs';
import { t } from './catalogue.mjs';
import { el, svg } from './dom.mjs';
import { count, percent, word } from './format.mjs';

const interval = (estimate) => (estimate ? [percent(estimate.value ?? 0), el('span', { class: 'hint' }, ` ${percent(estimate.low ?? 0)} – ${percent(estimate.high ?? 0)}`)] : t('quality_absent'));
const decimal = (value) => value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

// Predicted probability to the right, share found to be one person upward; the line is where both
// are the same.
function picture(bins) {
  const known = bins.filter((bin) => bin.sameShare);
  if (known.length === 0) return null;
  const size = 260, pad = 18;
  const x = (value) => pad + value * (size - 2 * pad), y = (value) => size - pad - value * (size - 2 * pad);
  return svg('svg', { class: 'calibration', viewBox: `0 0 ${size} ${size}`, 'aria-hidden': 'true' },
    [0, 0.5, 1].map((at) => [svg('line', { class: 'grid', x1: x(0), x2: x(1), y1: y(at), y2: y(at) }), svg('line', { class: 'grid', y1: y(0), y2: y(1), x1: x(at), x2: x(at) })]),
    svg('line', { class: 'perfect', x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    known.map((bin) => [
      svg('line', { class: 'range', x1: x(bin.meanProbability ?? 0), x2: x(bin.meanProbability ?? 0), y1: y(bin.sameShare.low ?? 0), y2: y(bin.sameShare.high ?? 0) }),
      svg('circle', { class: 'mark', cx: x(bin.meanProbability ?? 0), cy: y(bin.sameShare.value ?? 0), r: 4 })]));
}

function calibration(key, table, found) {
  const bins = (found?.bins ?? []).filter((bin) => Number(bin.pairCount ?? 0) > 0);
  if (bins.length === 0) return el('div', {}, el('h3', {}, t(key)), el('p', { class: 'hint' }, t('quality_no_pairs')));
  return el('div', {}, el('h3', {}, t(key)), el('div', { class: 'two' }, picture(bins),
    table(t(key), [t('quality_predicted'), t('quality_pairs'), t('quality_found')], bins.map((bin) =>
      [`${percent(bin.probabilityFrom ?? 0, 0)} – ${percent(bin.probabilityTo, 0)}`, count(bin.pairCount), interval(bin.sameShare)]))));
}

// `table(caption, columns, rows)` is the dashboard's.
export async function qualitySection(table) {
  const answer = await call('LabelService', 'GetReviewQuality', {}, { background: true, seconds: 60 });
  const agreement = answer.agreement ?? {};
  const rows = (answer.detectors ?? []).map((one) => [word(`detector_${one.detector}`).replace(/^detector_/, ''),
    t('quality_of', { part: count(one.confirmedCount), whole: count(Number(one.confirmedCount ?? 0) + Number(one.refutedCount ?? 0)) }), interval(one.decidedPrecision), interval(one.labelledPrecision), interval(one.sensitivity)]);
  return el('section', { class: 'quality' }, el('h2', {}, t('quality_title')), el('p', { class: 'lead' }, t('quality_lead')),
    table(t('quality_caption'), [t('quality_detector'), t('quality_confirmed'), t('quality_by_decisions'), t('quality_by_labels'), t('quality_sensitivity')], rows),
    el('h3', {}, t('quality_agreement')),
    el('p', {}, !agreement.agreedShare ? t('quality_no_labels') : [t('quality_agreed', { agreed: count(agreement.agreedCount), pairs: count(agreement.pairCount) }), ' ', interval(agreement.agreedShare),
      agreement.kappa && ` · ${t('quality_kappa', { value: decimal(agreement.kappa.value ?? 0), low: decimal(agreement.kappa.low ?? 0), high: decimal(agreement.kappa.high ?? 0) })}`]),
    calibration('quality_decided_calibration', table, answer.decidedCalibration), calibration('quality_labelled_calibration', table, answer.labelledCalibration));
}
