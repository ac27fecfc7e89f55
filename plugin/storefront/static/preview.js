// Browsers keep frames of other sites from storing anything; the panel then gets a store that lasts as long as this page.
(() => {
  "use strict";

  class Passing {
    #kept = new Map();
    getItem(name) { return this.#kept.get(name) ?? null; }
    setItem(name, value) { this.#kept.set(name, String(value)); }
    removeItem(name) { this.#kept.delete(name); }
  }

  for (const name of ["sessionStorage", "localStorage"]) Object.defineProperty(window, name, { value: new Passing(), configurable: true });
})();
