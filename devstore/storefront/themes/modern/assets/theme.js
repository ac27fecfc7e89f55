// The theme's own behaviour: it configures Shopify's standard storefront actions, and everything it does to the cart
// goes through them, so an app that calls the same actions moves the same drawer.
(function () {
  "use strict";

  async function refreshCart() {
    const answer = await fetch("/cart", { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const contents = fresh.querySelector("#cart-drawer [data-cart-contents]");
    const count = fresh.querySelector("[data-cart-count]");
    document.querySelectorAll("[data-cart-contents]").forEach((place) => { place.innerHTML = contents.innerHTML; });
    document.querySelectorAll("[data-cart-count]").forEach((place) => {
      place.textContent = count.textContent;
      place.hidden = count.textContent.trim() === "0";
    });
  }

  function drawer() {
    return document.getElementById("cart-drawer");
  }

  function openDrawer() {
    if (!drawer().open) drawer().showModal();
  }

  function start() {
    const actions = window.Shopify.actions;
    actions.updateCart.configure({
      eventTarget: () => drawer() || document,
      async handler(defaultHandler) {
        const result = await defaultHandler();
        await refreshCart();
        return result;
      },
    });
    actions.openCart.configure({
      async handler() {
        openDrawer();
      },
    });
  }

  document.addEventListener("DOMContentLoaded", start);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-cart]") && !document.body.classList.contains("page-cart")) {
      event.preventDefault();
      window.Shopify.actions.openCart();
    } else if (event.target.closest("[data-close-cart]") || event.target === drawer()) {
      drawer().close();
    }
  });

  document.addEventListener("change", (event) => {
    const price = event.target.dataset.price;
    if (price) document.querySelector("p[data-price]").textContent = price;
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-add], [data-change]")) return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    const line = form.matches("[data-add]")
      ? { merchandiseId: fields.get("id"), quantity: Number(fields.get("quantity") || 1), sellingPlanId: fields.get("selling_plan") || undefined }
      : { id: fields.get("id"), quantity: Number(fields.get("quantity")) };
    const result = await window.Shopify.actions.updateCart({ lines: [line] });
    const problem = form.querySelector("[data-add-problem]");
    if (result.userErrors && result.userErrors.length > 0) {
      if (problem) { problem.textContent = result.userErrors[0].message; problem.hidden = false; }
    } else if (form.matches("[data-add]")) {
      if (problem) problem.hidden = true;
      await window.Shopify.actions.openCart();
    }
  });
})();
