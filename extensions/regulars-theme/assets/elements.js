// Building blocks: elements from plain descriptions. Text is always set as text, never as markup, so that whatever a merchant or a
// friend wrote is shown and never run. The only markup is the drawings below, which are ours.

const PATHS = {
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  back: '<path d="m14.5 5-7 7 7 7"/>',
  go: '<path d="m9.5 5 7 7-7 7"/>',
  gift: '<path d="M4 11h16v9H4zM3 7h18v4H3zM12 7v13M12 7S7 7 7 4.6C7 2.6 11 2.6 12 7zM12 7s5 0 5-2.4C17 2.6 13 2.6 12 7z"/>',
  amount_off: '<path d="M12.6 3H20a1 1 0 0 1 1 1v7.4a2 2 0 0 1-.6 1.4l-7.4 7.4a2 2 0 0 1-2.8 0l-6.4-6.4a2 2 0 0 1 0-2.8l7.4-7.4a2 2 0 0 1 1.4-.6zM16.5 7.5v.1"/>',
  percent_off: '<path d="M6 18 18 6"/><circle cx="7.5" cy="7.5" r="2.5"/><circle cx="16.5" cy="16.5" r="2.5"/>',
  free_shipping: '<path d="M2.5 6h11v10h-11zM13.5 9.5h4l4 3.5v3h-8z"/><circle cx="7" cy="17.5" r="2"/><circle cx="17" cy="17.5" r="2"/>',
  friends: '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.3c2.3.6 3.6 2.5 4 5.7"/>',
  clock: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.5 2"/>',
  cart: '<path d="M3 4h2.5l2.2 11h10.6l2-8H6.3"/><circle cx="9" cy="19.5" r="1.3"/><circle cx="17" cy="19.5" r="1.3"/>',
  copy: '<rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 8.5v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>',
  check: '<path d="m5 12.5 4.8 4.8L19.5 7.5"/>',
  info: '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.6v.1"/>',
  share: '<path d="M12 15V3.5M7.5 8 12 3.5 16.5 8M5 13v6.5h14V13"/>',
  star: '<path d="m12 3 2.7 5.7 6.3.8-4.6 4.3 1.2 6.2-5.6-3.1L6.4 20l1.2-6.2L3 9.5l6.3-.8z"/>',
  heart: '<path d="M12 20s-8-4.7-8-10.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15.3 12 20 12 20z"/>',
  home: '<path d="m3.5 11 8.5-7 8.5 7M6 9.5V20h12V9.5"/>',
};

/** An element: h('p', {class: 'soft', onclick}, 'text', [more]). Null, false and empty children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

export function icon(name) {
  const holder = document.createElement('span');
  holder.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${PATHS[name] || PATHS.gift}</svg>`;
  return holder.firstChild;
}

export function badge(name) {
  return h('span', {class: 'badge'}, icon(name));
}

/** While the work goes on, the button shows that it does, says `busy`, and cannot be pressed again. */
export async function atWork(button, busy, work) {
  if (button.getAttribute('aria-busy')) return;
  const before = [...button.childNodes];
  button.setAttribute('aria-busy', 'true');
  if (busy) button.replaceChildren(h('span', {class: 'spinner', 'aria-hidden': 'true'}), busy);
  try {
    await work();
  } finally {
    button.removeAttribute('aria-busy');
    if (busy) button.replaceChildren(...before);
  }
}

/** How far along, from 0 to 1: decorative, the words beside it say the same. */
export function meter(share) {
  return h('span', {class: 'meter', 'aria-hidden': 'true'}, h('span', {style: `width:${share * 100}%`}));
}

export function note(tone, ...children) {
  return h('div', {class: `note ${tone}`}, icon(tone === 'good' ? 'check' : 'info'), h('span', {class: 'grow'}, ...children));
}
