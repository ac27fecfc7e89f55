// Doing what was pressed: one thing at a time, and what came of it said where the shopper or the staff are looking.
import {useRef, useState} from 'preact/hooks';

import {Refusal} from './service.js';

/** @typedef {{tone: 'success' | 'critical' | 'info', text: string}} Said */

/**
 * @param {() => Promise<void>} load reads what is shown anew; run after every deed, done or refused
 * @returns {{busy: string, said: Said | null, say: (said: Said | null) => void, act: (name: string, deed: () => Promise<unknown>) => Promise<boolean>}}
 *   `busy` names the deed that is being done; `act` does one and tells whether it was done: false when it was refused, and for a
 *   second press while the first is still at work
 */
export function useDeeds(load) {
  const isAtWork = useRef(false);
  const [busy, setBusy] = useState('');
  const [said, say] = useState(/** @type {Said | null} */ (null));

  /** @param {string} name @param {() => Promise<unknown>} deed */
  async function act(name, deed) {
    if (isAtWork.current) return false;
    isAtWork.current = true;
    setBusy(name);
    say(null);
    try {
      await deed();
      return true;
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      say({tone: 'critical', text: problem.message || shopify.i18n.translate('failed')});
      return false;
    } finally {
      await load();
      isAtWork.current = false;
      setBusy('');
    }
  }

  return {busy, said, say, act};
}
