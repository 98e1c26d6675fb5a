// Why a pair has its score: a table whose rows add up from what is believed before looking to the
// weight of the pair, each with a bar that begins where the row before ended.
import { sentence, t } from './catalogue.mjs';
import { bdi, el, svg } from './dom.mjs';
import { bits } from './format.mjs';

const width = 240, height = 22;

function bar(from, to, low, high, isTotal) {
  const place = (value) => ((value - low) / (high - low)) * width;
  const left = Math.min(place(from), place(to));
  const kind = isTotal || Math.abs(to - from) < 0.05 ? 'bar-total' : to >= from ? 'bar-for' : 'bar-against';
  const length = Math.max(Math.abs(place(to) - place(from)), 1.5);
  return svg('svg', { class: 'bar-svg', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    svg('line', { class: 'bar-zero', x1: place(0), x2: place(0), y1: 0, y2: height }),
    svg('rect', { class: kind, x: left, y: 4, width: length, height: height - 8, rx: 2 }));
}

// `explanation` of the contract.
export function waterfall(explanation) {
  const steps = [
    { label: t('waterfall_prior'), bits: explanation.priorBits ?? 0, text: sentence(explanation.prior) },
    ...(explanation.comparisons ?? []).map((comparison) => ({
      label: sentence(comparison.label), bits: comparison.bits ?? 0, text: sentence(comparison.sentence),
      values: [comparison.leftValue, comparison.rightValue], missing: comparison.level === 'missing',
    })),
    { label: t('waterfall_other'), bits: explanation.otherHypothesesBits ?? 0, text: sentence(explanation.otherHypotheses) },
  ];
  let sum = 0;
  const ends = steps.map((step) => { step.from = sum; sum += step.bits; step.to = sum; return sum; });
  const low = Math.min(0, ...ends), high = Math.max(0, ...ends, low + 1);
  const row = (step, isTotal = false) => el('tr', { class: step.missing ? 'missing' : isTotal ? 'total' : null },
    el('th', { scope: 'row' }, step.label),
    el('td', { class: 'bits' }, step.missing ? '–' : bits(step.bits)),
    el('td', { class: 'bar-cell wide' }, step.missing ? '' : bar(step.from, step.to, low, high, isTotal)),
    el('td', { class: 'words' }, step.text));
  const total = explanation.score?.weightBits ?? sum;
  return el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': t('waterfall_caption') },
    el('table', { class: 'waterfall' },
      el('caption', {}, t('waterfall_caption')),
      el('thead', {}, el('tr', {}, el('th', { scope: 'col', class: 'words' }, t('waterfall_step')), el('th', { scope: 'col' }, t('waterfall_bits')),
        el('td', { class: 'wide' }), el('th', { scope: 'col', class: 'words' }, t('waterfall_why')))),
      el('tbody', {}, steps.map((step) => row(step))),
      el('tfoot', {}, row({ label: t('waterfall_total'), bits: total, from: 0, to: total, text: sentence(explanation.summary) }, true))));
}

export const vetoes = (explanation) =>
  (explanation.vetoes ?? []).map((veto) => el('p', { class: 'veto' }, el('strong', {}, t('veto')), ' ', bdi(sentence(veto))));
