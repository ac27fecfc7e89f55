// Short lists inside a form: rows are added, moved and dropped, and one hidden field says which there are and in which order.
// A dropped row stays in the page, unseen, so that discarding the changes brings it back as it was.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.composedPath().find((node) => node.dataset && ("addsRow" in node.dataset || "dropsRow" in node.dataset || "movesRow" in node.dataset));
    if (!button) return;
    const box = button.closest("[data-rows]");
    const key = button.closest("[data-row]")?.dataset.row;
    if ("addsRow" in button.dataset) add(box);
    else if ("dropsRow" in button.dataset) order(box, keys(box).filter((one) => one !== key));
    else order(box, moved(keys(box), key));
  });

  document.addEventListener("reset", (event) => {
    setTimeout(() => event.target.querySelectorAll("[data-rows]").forEach(draw), 0);
  });

  const field = (box) => box.querySelector("[data-row-order]");
  const list = (box) => box.querySelector("[data-row-list]");
  const keys = (box) => field(box).value.split(",").filter(Boolean);

  function add(box) {
    const key = `n${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;
    const blank = document.createElement("template");
    blank.innerHTML = box.querySelector("template[data-blank-row]").innerHTML.replaceAll("__row__", key);
    list(box).append(blank.content);
    order(box, [...keys(box), key]);
    const row = list(box).querySelector(`[data-row="${key}"]`);
    row.querySelectorAll("[data-kind-switch]").forEach((one) => one.dispatchEvent(new Event("change", { bubbles: true })));
    window.regulars.ready(row).then(() => row.querySelector("[name]:not([type=hidden])")?.focus?.());
  }

  function moved(all, key) {
    const place = all.indexOf(key);
    if (place < 1) return all;
    return [...all.slice(0, place - 1), key, all[place - 1], ...all.slice(place + 1)];
  }

  function order(box, wanted) {
    field(box).value = wanted.join(",");
    draw(box);
    for (const type of ["input", "change"]) field(box).dispatchEvent(new Event(type, { bubbles: true }));
  }

  /** Show the rows that the field names, in its order. */
  function draw(box) {
    const wanted = keys(box);
    const rows = new Map([...list(box).children].map((row) => [row.dataset.row, row]));
    for (const [key, row] of rows) row.hidden = !wanted.includes(key);
    const standing = [...list(box).children].map((row) => row.dataset.row).filter((key) => wanted.includes(key));
    if (standing.join() !== wanted.join()) for (const key of wanted) if (rows.has(key)) list(box).append(rows.get(key));
    box.querySelector("[data-no-rows]").hidden = wanted.length > 0;
  }
})();
