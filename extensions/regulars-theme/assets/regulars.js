// The launcher: the one script on every page. It shows a button once the program is live, remembers an invitation link (?ref=...), and
// fetches the panel when somebody opens it: by the button, a link to #loyalty or #loyalty/<page>, or by coming to ?loyalty=<page>.
// Everything visible lives in a shadow root, so the theme's styles and the panel's cannot meet.
(() => {
  'use strict';

  const root = document.getElementById('loyalty-panel');
  if (!root || root.shadowRoot) return;
  const config = JSON.parse(root.querySelector('script').textContent);
  const shadow = root.attachShadow({mode: 'open'});
  const LIVE = 'loyalty:live';
  const GIFT = 'loyalty:gift';
  const RESUME = 'loyalty:resume';
  const LIVE_MINUTES = 10;
  const QUIET_MINUTES = 1;
  const RESUME_SECONDS = 20;
  let panel = null;
  let button = null;

  const ICONS = {
    gift: 'M4 11h16v9H4zM3 7h18v4H3zM12 7v13M12 7S7 7 7 4.6C7 2.6 11 2.6 12 7zM12 7s5 0 5-2.4C17 2.6 13 2.6 12 7z',
    star: 'm12 3 2.7 5.7 6.3.8-4.6 4.3 1.2 6.2-5.6-3.1L6.4 20l1.2-6.2L3 9.5l6.3-.8z',
    heart: 'M12 20s-8-4.7-8-10.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15.3 12 20 12 20z',
    crown: 'M4 18h16l1-10-5 4-4-7-4 7-5-4z',
    coin: 'M12 3.5a8.5 8.5 0 1 0 .1 0zM12 8a4 4 0 1 0 .1 0z',
    leaf: 'M5 18C4 9 10 4 20 4c0 10-5 15-13 13M4 21c2-5 5-8 9-10',
    cup: 'M5 9h12v5a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM17 10h1a2.5 2.5 0 0 1 0 5h-1M9 3v2.5M13 3v2.5',
    flower: 'M12 9.6a2.4 2.4 0 1 0 .1 0zM12 3a3.3 3.3 0 1 0 .1 0zM17.7 8.7a3.3 3.3 0 1 0 .1 0zM12 14.4a3.3 3.3 0 1 0 .1 0zM6.3 8.7a3.3 3.3 0 1 0 .1 0z',
  };
  const STYLE = `
    .launcher { position: fixed; z-index: 2147483000; inset-block-end: calc(var(--loyalty-lift, 20px) + env(safe-area-inset-bottom, 0px));
      display: inline-flex; align-items: center; gap: 10px; max-width: min(240px, calc(100vw - 40px)); min-height: 48px; padding: 12px 20px 12px 16px;
      border: 0; border-radius: 999px; background: var(--loyalty-accent); color: var(--loyalty-on-accent); cursor: pointer;
      font-family: inherit; font-size: 15px; font-weight: 600; line-height: 1.2; letter-spacing: normal; text-transform: none; box-shadow: 0 1px 2px rgb(0 0 0 / .16), 0 8px 24px rgb(0 0 0 / .18); transition: transform .16s, box-shadow .16s; }
    .launcher.end { inset-inline-end: 20px } .launcher.start { inset-inline-start: 20px }
    .launcher:hover { transform: translateY(-2px); box-shadow: 0 2px 4px rgb(0 0 0 / .16), 0 12px 32px rgb(0 0 0 / .22) }
    .launcher:focus-visible { outline: 3px solid #fff; outline-offset: -6px; box-shadow: 0 0 0 3px #171717 }
    .launcher.away { visibility: hidden }
    .launcher[aria-busy] { cursor: progress; opacity: .85 } .launcher span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
    svg { flex: none; width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
    @media (prefers-reduced-motion: reduce) { .launcher { transition: none } }
    @media print { .launcher { display: none } }`;

  config.storage = {read, write, GIFT, RESUME};
  start();

  async function start() {
    const ref = invitation();
    if (ref) rememberInvitation(ref);
    const program = await liveProgram();
    if (!program) return;
    addStyle(config.accent || program.accent);
    if (config.showLauncher) addButton(program);
    document.addEventListener('click', openFromLink);
    const resume = read('session', RESUME);
    const page = wantedPage();
    if (resume && Date.now() - resume.at < RESUME_SECONDS * 1000) open({resume});
    else if (page) open({page});
    else if (ref && !document.querySelector('[data-loyalty-landing]') && wasNotShown(ref)) open({gift: ref});
  }

  // --- the program: known from the page, or asked once a visit, after the page has settled ---

  async function liveProgram() {
    if (config.program) return config.program;
    const known = read('session', LIVE);
    const minutes = known && known.program ? LIVE_MINUTES : QUIET_MINUTES;
    if (known && known.language === config.language && Date.now() - known.at < minutes * 60000) return known.program;
    await settled();
    const program = await askProgram();
    if (program === undefined) return null;
    write('session', LIVE, {at: Date.now(), language: config.language, program});
    return program;
  }

  async function askProgram() {
    try {
      const answer = await fetch(`${config.proxy}/program?lang=${encodeURIComponent(config.language)}`, {headers: {Accept: 'application/json'}});
      if (!answer.ok) return answer.status < 500 ? null : undefined;
      const told = await answer.json();
      return told.is_live ? told : null;
    } catch {
      return undefined; // no connection, or a page where JSON was expected: asked again on the next page
    }
  }

  function settled() {
    return new Promise((done) => {
      const soon = () => ('requestIdleCallback' in window ? requestIdleCallback(done, {timeout: 1500}) : setTimeout(done, 200));
      if (document.readyState === 'complete') soon();
      else window.addEventListener('load', soon, {once: true});
    });
  }

  // --- links ---

  /** The page of the panel that this address asks for, as signing in leads back to it; it is taken out of the address. */
  function wantedPage() {
    const address = new URL(location.href);
    const page = address.searchParams.get('loyalty');
    if (page === null) return null;
    address.searchParams.delete('loyalty');
    history.replaceState(history.state, '', address);
    return /^[\w/-]{1,80}$/.test(page) ? page : 'home';
  }

  // --- invitation links ---

  function invitation() {
    const ref = (new URLSearchParams(location.search).get('ref') || '').toUpperCase();
    return /^[0-9A-Z]{10}$/.test(ref) ? ref : null;
  }

  function rememberInvitation(ref) {
    const known = read('local', GIFT);
    const via = (new URLSearchParams(location.search).get('via') || '').slice(0, 20); // how the link was passed on
    if (!known || known.ref !== ref) write('local', GIFT, {ref, via, at: Date.now()});
  }

  function wasNotShown(ref) {
    const seen = read('session', 'loyalty:shown') === ref;
    write('session', 'loyalty:shown', ref);
    return !seen;
  }

  // --- the button ---

  function addButton(program) {
    button = document.createElement('button');
    button.type = 'button';
    button.className = `launcher ${config.position}`;
    button.setAttribute('aria-haspopup', 'dialog');
    button.setAttribute('aria-expanded', 'false');
    button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[program.icon] || ICONS.gift}"/></svg>`;
    const label = document.createElement('span');
    label.textContent = config.label || program.name;
    button.append(label);
    button.addEventListener('click', () => open({}));
    button.addEventListener('pointerenter', () => load().catch(() => {}), {once: true}); // the files are on their way before the click
    shadow.append(button);
  }

  function openFromLink(event) {
    const link = event.target instanceof Element && event.target.closest('a[href*="#loyalty"], [data-loyalty-open]');
    if (!link) return;
    const [, name] = /#loyalty(?:\/([\w/-]+))?$/.exec(link.getAttribute('href') || '#loyalty') || [];
    const page = link.getAttribute('data-loyalty-open') || name;
    event.preventDefault();
    const kept = page === 'gift' && read('local', GIFT);
    open(kept ? {gift: kept.ref} : {page});
  }

  async function open(wish) {
    if (button) button.setAttribute('aria-busy', 'true');
    try {
      if (!panel) {
        const {createPanel} = await load();
        panel = await createPanel(shadow, config, toggled);
      }
      await panel.open(wish, button);
    } catch {
      panel = null; // the panel's files did not arrive: the next click tries again
    } finally {
      if (button) button.removeAttribute('aria-busy');
    }
  }

  function load() {
    return import(config.panelUrl);
  }

  function toggled(isOpen) {
    if (!button) return;
    button.setAttribute('aria-expanded', String(isOpen));
    button.classList.toggle('away', isOpen);
  }

  function addStyle(accent) {
    const style = document.createElement('style');
    style.textContent = STYLE;
    shadow.append(style);
    const host = root.style;
    for (const [name, value] of Object.entries(colorsOf(accent))) host.setProperty(`--loyalty-${name}`, value);
    host.setProperty('--loyalty-lift', `${config.lift}px`);
  }

  function read(storage, key) {
    try {
      return JSON.parse(window[`${storage}Storage`].getItem(key));
    } catch {
      return null; // storage is blocked or holds something else
    }
  }

  function write(storage, key, value) {
    try {
      const place = window[`${storage}Storage`];
      if (value === null) place.removeItem(key);
      else place.setItem(key, JSON.stringify(value));
    } catch {
      // storage is blocked or full: the panel works, it only forgets
    }
  }

  // The merchant's colour, the text that is readable on it, and a darker one that is readable on white (WCAG AA).
  function colorsOf(hex) {
    const found = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(hex) || [0, '1f', '4d', '46'];
    let rgb = found.slice(1, 4).map((pair) => parseInt(pair, 16));
    const accent = `rgb(${rgb})`;
    const light = luminance(rgb);
    const isDark = 1.05 / (light + 0.05) >= (light + 0.05) / 0.05;
    while (1.05 / (luminance(rgb) + 0.05) < 5.2) rgb = rgb.map((part) => Math.floor(part * 0.92));
    return {accent, 'on-accent': isDark ? '#fff' : '#000', veil: isDark ? 'rgb(0 0 0 / .2)' : 'rgb(255 255 255 / .4)', ink: `rgb(${rgb})`};
  }

  function luminance(rgb) {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
})();
