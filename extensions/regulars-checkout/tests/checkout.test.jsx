// The checkout block in Shopify's own tester: what is asked of the app, what is done to the cart, and what is said.
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {getExtension} from '@shopify/ui-extensions-tester';
import {createResult} from '@shopify/ui-extensions-tester/checkout';


const MEMBER = {available: 500, pending: 0, held: 0, debt: 0};
const FIVE_OFF = {
  id: 'five-off', kind: 'amount_off', title: 'Five off', is_variable: false, is_affordable: true,
  points: {minimum: 150, maximum: 150, step: 150, reach: 150}, worth: {kind: 'amount_off', amount: '5', currency: 'USD'}, minimum_spend: null,
};
const PROGRAM = {name: 'Rewards', points_name: {one: 'point', other: 'points'}};
const TAKEN = {id: 'r1', state: 'issued', code: 'CODE1', title: 'Five off', is_returning: false, worth: FIVE_OFF.worth};

/** An app that answers by path and remembers what it was asked. */
function appWith(answers) {
  const asked = [];
  const fetch = async (address, options) => {
    const {pathname} = new URL(address);
    asked.push({path: pathname, method: options.method, token: options.headers.Authorization, body: options.body && JSON.parse(options.body)});
    const answer = answers[pathname.split('/').slice(3).join('/')];
    return new Response(JSON.stringify(answer ?? {error: {code: 'not-found', message: 'There is nothing here.'}}), {status: answer ? 200 : 404});
  };
  return {asked, fetch};
}

const state = (more = {}) => ({is_live: true, is_signed_in: true, program: PROGRAM, member: MEMBER, rewards: [FIVE_OFF], redemptions: [], ...more});

describe('purchase.checkout.block.render', () => {
  let extension;
  let change;

  beforeEach(() => {
    extension = getExtension('purchase.checkout.block.render');
    extension.setUp();
    change = createResult('applyDiscountCodeChange');
    extension.shopify.sessionToken.get = async () => 'the-token';
    extension.shopify.instructions.value = {...extension.shopify.instructions.value, discounts: {canUpdateDiscountCodes: true}};
    extension.shopify.cost.subtotalAmount.value = {amount: 40, currencyCode: 'USD'};
    extension.shopify.discountCodes.value = [];
  });
  afterEach(() => extension.tearDown());

  test('asks in the name of the token and of nobody else', async () => {
    const app = appWith({state: state()});
    extension.fetch = globalThis.fetch = app.fetch;

    await extension.render();

    await vi.waitFor(() => expect(app.asked).toHaveLength(1));
    expect(app.asked[0]).toMatchObject({path: '/ext/checkout/state', token: 'Bearer the-token'});
  });

  test('a reward that is taken is put into the cart', async () => {
    const app = appWith({state: state(), redeem: TAKEN});
    extension.fetch = globalThis.fetch = app.fetch;
    const changes = [];
    extension.shopify.applyDiscountCodeChange = async (wish) => { changes.push(wish); return change ?? {type: 'success'}; };
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());

    document.querySelector('s-button').click();

    await vi.waitFor(() => expect(changes).toEqual([{type: 'addDiscountCode', code: 'CODE1'}]));
    expect(app.asked.find((each) => each.path === '/ext/checkout/redeem').body).toMatchObject({reward_id: 'five-off'});
  });

  test('a reward that the cart refuses gives its points back', async () => {
    const app = appWith({state: state(), redeem: TAKEN, cancel: {...TAKEN, state: 'released'}});
    extension.fetch = globalThis.fetch = app.fetch;
    extension.shopify.applyDiscountCodeChange = async () => ({type: 'error', message: 'no'});
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());

    document.querySelector('s-button').click();

    await vi.waitFor(() => expect(app.asked.some((each) => each.path === '/ext/checkout/cancel')).toBe(true));
    expect(app.asked.find((each) => each.path === '/ext/checkout/cancel').body).toEqual({redemption_id: 'r1'});
  });

  test('a double click takes one reward', async () => {
    const app = appWith({state: state(), redeem: TAKEN});
    extension.fetch = globalThis.fetch = app.fetch;
    const changes = [];
    extension.shopify.applyDiscountCodeChange = async (wish) => { changes.push(wish); return {type: 'success'}; };
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());
    const button = document.querySelector('s-button');

    button.click();
    button.click();

    await vi.waitFor(() => expect(app.asked.filter((each) => each.path === '/ext/checkout/state')).toHaveLength(2));
    expect(app.asked.filter((each) => each.path === '/ext/checkout/redeem')).toHaveLength(1);
    expect(changes).toHaveLength(1);
  });

  test('a lost answer is said, what was read stays, and the same wish is sent again', async () => {
    const app = appWith({state: state(), redeem: TAKEN});
    const lost = {left: 0};
    extension.fetch = globalThis.fetch = async (...wish) => {
      const answer = await app.fetch(...wish);
      if (lost.left-- > 0) throw new TypeError('the answer was lost');
      return answer;
    };
    extension.shopify.applyDiscountCodeChange = async () => ({type: 'success'});
    await extension.render();
    await vi.waitFor(() => expect(document.querySelector('s-button')).not.toBeNull());

    lost.left = 2; // the redemption's answer, and the state read after it
    document.querySelector('s-button').click();
    await vi.waitFor(() => expect(document.querySelector('s-banner')?.getAttribute('tone')).toBe('critical'));
    await vi.waitFor(() => expect(document.querySelector('s-button').hasAttribute('loading')).toBe(false));
    document.querySelector('s-button').click();

    await vi.waitFor(() => expect(document.querySelector('s-banner')?.getAttribute('tone')).toBe('success'));
    const wishes = app.asked.filter((each) => each.path === '/ext/checkout/redeem').map((each) => each.body);
    expect(wishes).toHaveLength(2);
    expect(wishes[1]).toEqual(wishes[0]);
  });

  test('shows nothing where codes cannot be changed', async () => {
    extension.fetch = globalThis.fetch = appWith({state: state()}).fetch;
    extension.shopify.instructions.value = {...extension.shopify.instructions.value, discounts: {canUpdateDiscountCodes: false}};

    await extension.render();

    expect(document.querySelector('s-section')).toBeNull();
  });
});
