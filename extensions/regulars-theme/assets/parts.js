// How the parts of a page look. A page is a list of parts that the app describes (plugin/storefront/panel/parts.py); what pressing one
// does is the panel's matter: `press(element, act)` makes an element do it.

import {badge, h, icon, meter, note} from './elements.js';

/** The elements of these parts. `panel` gives `press`, `texts` and `copyButton`. */
export function draw(parts, panel) {
  return parts.map((part) => KINDS[part.kind](part, panel)).filter(Boolean);
}

/** A button or link that does what its description says. */
export function pressable(act, look, panel, ...children) {
  const url = act.href || (act.sign_in && panel.signInUrl(act.sign_in));
  const element = url
    ? h('a', {class: look, href: url, ...(act.href ? {target: '_blank', rel: 'noopener'} : {})}, ...children)
    : h('button', {type: 'button', class: look, disabled: act.off}, ...children);
  panel.press(element, act);
  return element;
}

const KINDS = {
  hero: (part) => h('div', {class: 'hero'}, badge(part.icon), h('h2', {id: 'title', tabindex: '-1'}, part.title), part.text && h('p', {class: 'soft'}, part.text)),
  note: (part) => note(part.tone, part.text),
  words: (part) => h('p', {class: 'soft small center'}, part.text),
  facts: (part) => h('ul', {class: 'facts'}, part.facts.map((fact) => h('li', {}, icon(fact.icon), fact.text))),
  lines: (part, panel) => {
    const list = h('ul', {class: 'list'}, part.lines.map((each) => line(each, panel)));
    const more = part.more && h('p', {class: 'center'}, pressable({...part.more, list}, 'plain', panel, part.more.label));
    return h('section', {}, part.title && h('h3', {}, part.title), list, more);
  },
  card: (part, panel) => h('section', {class: 'card stack'}, draw(part.parts, panel)),
  meter: (part) => meter(part.share),
  button: (part, panel) => {
    if (part.share && !navigator.share) return null;
    return pressable(part, part.look === 'plain' ? 'plain center' : `button wide ${part.look}`, panel, part.icon && icon(part.icon), part.label);
  },
  group: (part, panel) => h('section', {class: 'stack'}, draw(part.parts, panel)),
  ticket: (part) => h('div', {class: 'ticket'}, h('span', {class: 'soft small'}, part.label), h('span', {class: 'code'}, part.code)),
  copying: (part, panel) => panel.copyButton(part.code, 'second wide'),
  link: (part, panel) => h('div', {class: 'link'}, h('span', {title: part.url}, h('span', {class: 'hidden'}, `${part.label}: `), part.shown), panel.copyButton(part.url, 'second')),
  picture: (part) => h('img', {class: 'picture', src: part.source, alt: part.text}),
  shares: (part, panel) => h('div', {class: 'shares'}, draw(part.buttons, panel)),
  form: (part, panel) => form(part, panel),
};

/** One line of a list: to look at, or to press. */
export function line(told, panel) {
  const isPressed = told.go || told.post || told.href;
  const inside = [
    told.icon && badge(told.icon),
    h('span', {class: 'grow'},
      told.over && h('span', {class: 'soft small block'}, told.over),
      h('span', {class: told.is_long ? '' : 'strong'}, told.title),
      told.code && h('span', {class: 'code'}, told.code),
      told.text && h('span', {class: 'soft small block'}, told.text),
      told.items && told.items.map((each) => h('span', {class: 'small block item'}, each)),
      told.meter !== undefined && meter(told.meter)),
    told.figure && h('span', {class: `figure-end ${told.tone || ''}`}, told.figure, told.unit && h('span', {class: 'hidden'}, ` ${told.unit}`)),
    told.pill ? h('span', {class: 'pill'}, told.pill) : isPressed && !told.figure && h('span', {class: 'go'}, icon('go')),
  ];
  const attributes = told.current ? {'aria-current': 'true'} : {};
  return h('li', attributes, isPressed ? pressable(told, 'line', panel, ...inside) : h('div', {class: 'line row'}, ...inside));
}

// --- forms -------------------------------------------------------------------------------------------------------------------

function form(part, panel) {
  const send = h('button', {class: `button wide ${part.button.look}`}, part.button.label);
  const under = h('p', {class: 'soft small center'});
  const told = (stop) => {
    under.textContent = stop.left;
    if (!part.button.label || !send.getAttribute('aria-busy')) send.textContent = stop.label;
  };
  const element = h('form', {class: 'stack'}, part.fields.map((each) => FIELDS[each.kind] ? FIELDS[each.kind](each, told) : typed(each)), send, under);
  panel.press(send, part.button, element, () => values(element, part.fields));
  return element;
}

/** What was entered, nested by the dots in the names; what was left empty is left out. */
function values(element, fields) {
  const found = {};
  for (const {name, whole, stops} of fields) {
    const text = new FormData(element).get(name);
    if (!text) continue;
    const path = name.split('.');
    let place = found;
    for (const key of path.slice(0, -1)) place = place[key] ??= {};
    place[path.at(-1)] = stops ? stops[text].value : whole ? Number(text) : text;
  }
  return found;
}

function typed(field) {
  const attributes = {name: field.name, required: field.required, maxlength: field.most, min: field.least, max: field.largest};
  const kinds = {email: {type: 'email', autocomplete: 'off'}, number: {type: 'number', inputmode: 'numeric', step: 1}};
  const input = field.kind === 'long' ? h('textarea', {...attributes, rows: 2}) : h('input', {...attributes, ...(kinds[field.kind] || {autocomplete: 'off'})});
  return labelled(field, input);
}

function labelled(field, input) {
  return h('label', {class: 'field'}, h('span', {}, field.label), input, field.hint && h('span', {class: 'soft small'}, field.hint));
}

const FIELDS = {
  select: (field) => labelled(field, h('select', {name: field.name, required: field.required}, h('option', {value: ''}), field.options.map(([value, label]) => h('option', {value, selected: value === field.value}, label)))),
  choice: (field) => options(field, 'choice'),
  scale: (field) => options(field, 'scale'),
  range: (field, told) => {
    const {stops} = field;
    const last = stops.length - 1;
    const output = h('output', {for: 'points'});
    const input = h('input', {id: 'points', name: field.name, type: 'range', min: 0, max: last, value: last, 'aria-label': field.label});
    const tell = () => {
      const stop = stops[input.value];
      input.style.setProperty('--done', `${last ? (input.value / last) * 100 : 100}%`);
      input.setAttribute('aria-valuetext', stop.said);
      output.replaceChildren(h('b', {}, stop.worth), h('span', {class: 'soft'}, stop.points));
      told(stop);
    };
    input.addEventListener('input', tell);
    queueMicrotask(tell);
    return h('div', {class: 'slider'}, output, input);
  },
};

function options(field, look) {
  const shown = field.options.map(([value, label]) => h('label', {}, h('input', {type: 'radio', name: field.name, value, required: field.required}), h('span', {}, label)));
  const ends = field.ends && h('p', {class: 'ends soft small'}, field.ends.map((each) => h('span', {}, each)));
  return h('fieldset', {class: look}, h('legend', {}, field.label), h('div', {}, shown), ends);
}
