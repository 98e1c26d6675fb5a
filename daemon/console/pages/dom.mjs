// Making elements. Text only ever becomes a text node: nothing that comes from the base is markup.

// el('p', { class: 'lead', onclick: f }, 'text', element, [more]). Attributes that are null, undefined
// or false are left out; true stands without a value.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const svgNamespace = 'http://www.w3.org/2000/svg';
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat(Infinity));
  return element;
}

// A name or another text of a record: its direction of writing stays its own.
export const bdi = (text) => el('bdi', {}, text);

// A native button that submits nothing.
export const button = (label, onclick, attributes = {}) => el('button', { type: 'button', onclick, ...attributes }, label);

// A field with its label above it; `control` gets an id.
let lastId = 0;
export const newId = (prefix) => `${prefix}-${++lastId}`;
export function field(label, control, hint) {
  if (!control.id) control.id = newId('f');
  const hintId = hint ? newId('hint') : null;
  if (hintId) control.setAttribute('aria-describedby', hintId);
  return el('div', { class: 'field' }, el('label', { for: control.id }, label), hint && el('p', { class: 'hint', id: hintId }, hint), control);
}

// The drawing of the brand; says nothing to a screen reader.
export const eye = () =>
  svg('svg', { width: 22, height: 22, viewBox: '0 0 22 22', 'aria-hidden': 'true' },
    svg('path', { d: 'M1 11c3-5 6.5-7 10-7s7 2 10 7c-3 5-6.500 7-10 7s-7-2-10-7z', fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }),
    svg('circle', { cx: 11, cy: 11, r: 3, fill: 'currentColor' }));
