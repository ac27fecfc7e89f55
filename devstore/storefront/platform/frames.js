// The page around the extensions' frames: each is as high as what it shows, and the summary follows the cart.
(() => {
  'use strict';
  addEventListener('message', async ({data, source}) => {
    const frame = [...document.querySelectorAll('iframe[data-extension]')].find((each) => each.contentWindow === source);
    if (!frame || data?.extension !== frame.dataset.extension) return;
    if (data.height) frame.style.height = `${data.height}px`;
    if (data.changed) {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
      for (const part of document.querySelectorAll('[data-follows-cart]')) {
        part.replaceWith(page.querySelector(`[data-follows-cart="${part.dataset.followsCart}"]`));
      }
    }
  });
})();
