// The way to the app: JSON through the store's own address. Reading is repeated once when the network fails; changing is too, because
// every change carries a key that makes a repetition harmless.

const DEADLINE_MS = 15000;
const PAUSE_MS = 700;

/** Why something did not work. `code` is the app's own ("insufficient-points", …) or "network". */
export class Problem extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  get isPassing() {
    return this.code === 'network' || this.code === 'try-again';
  }
}

export class Proxy {
  constructor(config) {
    this.base = config.proxy;
    this.language = config.language;
    this.offline = config.texts.error_network;
    this.nonce = null;
  }

  /** What the panel shows; brings the nonce that changes need. */
  async state() {
    const told = await this.get('state');
    this.nonce = told.nonce || null;
    return told;
  }

  async get(path, parameters = {}) {
    return this.#twice(() => this.#ask(path, parameters, {}));
  }

  /** Change something. An outdated nonce is replaced and the change repeated, once. */
  async post(path, body) {
    if (!this.nonce) await this.state();
    try {
      return await this.#send(path, body);
    } catch (problem) {
      if (problem.code !== 'session-expired') throw problem;
      await this.state();
      return this.#send(path, body);
    }
  }

  #send(path, body) {
    const content = JSON.stringify({...body, nonce: this.nonce});
    return this.#twice(() => this.#ask(path, {}, {method: 'POST', body: content, headers: {'Content-Type': 'application/json'}}));
  }

  async #twice(ask) {
    try {
      return await ask();
    } catch (problem) {
      if (problem.code !== 'network') throw problem;
      await pause(PAUSE_MS);
      return ask();
    }
  }

  async #ask(path, parameters, options) {
    const query = new URLSearchParams({lang: this.language, ...parameters});
    let answer;
    let told;
    try {
      const headers = {Accept: 'application/json', ...options.headers};
      answer = await fetch(`${this.base}/${path}?${query}`, {...options, headers, cache: 'no-store', signal: AbortSignal.timeout(DEADLINE_MS)});
      told = await answer.json();
    } catch {
      throw new Problem('network', this.offline);
    }
    if (!answer.ok) throw new Problem(told.error?.code || 'network', told.error?.message || this.offline);
    return told;
  }
}

/** A key for one intent: kept until the intent is done, so that a second click or a retry means the same thing. */
export class Intents {
  #keys = new Map();

  key(name) {
    if (!this.#keys.has(name)) this.#keys.set(name, freshKey());
    return this.#keys.get(name);
  }

  done(name) {
    this.#keys.delete(name);
  }
}

export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
