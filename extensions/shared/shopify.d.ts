// What these modules use of `shopify` is the same on every surface that shows them.
import '@shopify/ui-extensions';

type Api = import('@shopify/ui-extensions/customer-account.order-status.block.render').Api;

//@ts-ignore
declare module './service.js' {
  const shopify: Api;
}

//@ts-ignore
declare module './deeds.js' {
  const shopify: Api;
}

//@ts-ignore
declare module './words.js' {
  const shopify: Api;
}

//@ts-ignore
declare module './OrderPoints.jsx' {
  const shopify: Api;
}

declare global {
  // Shopify's CLI puts the app's address in place of this when it builds.
  const process: {env: {APP_URL: string}};
}
