// The till in Shopify's own tester: who is asked about, what is put on the sale, and what goes back.
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {getExtension} from '@shopify/ui-extensions-tester';

const WORTH = {kind: 'amount_off', amount: '5', currency: 'USD'};
const REWARD = {id: 'five-off', kind: 'amount_off', title: 'Five off', is_variable: false};
const STATE = {
  is_live: true, is_signed_in: true, program: {name: 'Rewards', points_name: {one: 'point', other: 'points'}},
  member: {available: 500, pending: 0, held: 0, debt: 0}, tier: null, rewards: [], redemptions: [],
};
const TAKEN = {id: 'r1', state: 'issued', code: 'CODE1', title: 'Five off', is_returning: false, worth: WORTH};
const OFFERS = {offers: [{reward: REWARD, refusal: null, points: 150, worth: WORTH}]};

/** An app that answers by path and remembers what it was asked. */
function appWith(answers) {
  const asked = [];
  const fetch = async (address, options) => {
    const {pathname, searchParams} = new URL(address);
    const path = pathname.split('/').slice(3).join('/');
    asked.push({path, customer: searchParams.get('customer_id'), token: options.headers.Authorization, body: options.body && JSON.parse(options.body)});
    return new Response(JSON.stringify(answers[path] ?? {}), {status: answers[path] ? 200 : 404});
  };
  return {asked, fetch};
}

describe('pos.home.modal.render', () => {
  let extension;
  const codes = [];

  beforeEach(() => {
    codes.length = 0;
    extension = getExtension('pos.home.modal.render');
    extension.setUp();
    extension.shopify.session.getSessionToken = async () => 'the-token';
    extension.shopify.cart.current.value = {...extension.shopify.cart.current.value, subtotal: '40.00', customer: {id: 7001}};
    extension.shopify.cart.addCartCodeDiscount = async (code) => { codes.push(code); };
  });
  afterEach(() => extension.tearDown());

  test('asks for the customer of the sale, in the name of the staff', async () => {
    const app = appWith({state: STATE, offers: OFFERS});
    extension.fetch = globalThis.fetch = app.fetch;

    await extension.render();

    await vi.waitFor(() => expect(app.asked).toHaveLength(2));
    expect(app.asked[0]).toMatchObject({path: 'state', customer: '7001', token: 'Bearer the-token'});
  });

  test('a reward that is taken is put on the sale', async () => {
    const app = appWith({state: STATE, offers: OFFERS, redeem: TAKEN});
    extension.fetch = globalThis.fetch = app.fetch;
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());

    document.querySelector('s-button').click();

    await vi.waitFor(() => expect(codes).toEqual(['CODE1']));
    expect(app.asked.find((each) => each.path === 'redeem')).toMatchObject({customer: '7001', body: {reward_id: 'five-off'}});
  });

  test('a reward that the sale refuses gives its points back', async () => {
    const app = appWith({state: STATE, offers: OFFERS, redeem: TAKEN, cancel: {...TAKEN, state: 'released'}});
    extension.fetch = globalThis.fetch = app.fetch;
    extension.shopify.cart.addCartCodeDiscount = async () => { throw new Error('no'); };
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());

    document.querySelector('s-button').click();

    await vi.waitFor(() => expect(app.asked.some((each) => each.path === 'cancel')).toBe(true));
    expect(app.asked.find((each) => each.path === 'cancel').body).toEqual({redemption_id: 'r1'});
  });

  test('an answer for somebody who has left the till is not shown', async () => {
    const waiting = [];
    const app = appWith({state: STATE, offers: OFFERS});
    extension.fetch = globalThis.fetch = async (address, options) => {
      if (address.includes('customer_id=7001') && !waiting.length) await new Promise((done) => waiting.push(done));
      return app.fetch(address, options);
    };
    await extension.render();
    await vi.waitFor(() => expect(waiting).toHaveLength(1));

    extension.shopify.cart.current.value = {...extension.shopify.cart.current.value, customer: {id: 7002}};
    await extension.render();
    await vi.waitFor(() => expect(app.asked.map((each) => each.customer)).toEqual(['7002', '7002']));
    waiting[0]();
    await vi.waitFor(() => expect(app.asked.map((each) => each.customer)).toContain('7001'));
    await new Promise((done) => setTimeout(done)); // what follows from that answer

    expect(app.asked.filter((each) => each.customer === '7001').map((each) => each.path)).toEqual(['state']);
  });

  test('without a customer nobody is asked about', async () => {
    const app = appWith({state: STATE, offers: OFFERS});
    extension.fetch = globalThis.fetch = app.fetch;
    extension.shopify.cart.current.value = {...extension.shopify.cart.current.value, customer: undefined};

    await extension.render();

    await vi.waitFor(() => expect(document.querySelector('s-text')).not.toBeNull());
    expect(app.asked).toEqual([]);
  });
});
