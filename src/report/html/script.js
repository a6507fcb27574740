// Narrows the report down by verdict and by text, and opens what a link points at. Without it everything is shown.
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("tr.model, details.case")];
  const models = rows.filter((row) => row.matches("tr.model")).length;
  const buttons = [...document.querySelectorAll("button[data-filter]")];
  const text = document.getElementById("filter-text");
  let wanted = "all";

  function apply() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = row.dataset.tags.split(" ").includes(wanted) && words.every((word) => row.dataset.text.includes(word));
      row.hidden = !fits;
      shown += fits && row.matches("tr.model") ? 1 : 0;
    }
    document.getElementById("shown").textContent = `${shown} of ${models}`;
    document.getElementById("none").hidden = shown > 0;
    document.getElementById("models").hidden = shown === 0;
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.filter === wanted)));
  }

  function reveal() {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return; // not a link of this page
    }
    const target = document.getElementById(id);
    if (!target) return;
    for (let element = target; element; element = element.parentElement) {
      if (element instanceof HTMLDetailsElement) element.open = true;
      if (element.hidden) element.hidden = false;
    }
    target.scrollIntoView();
  }

  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      wanted = button.dataset.filter;
      apply();
    }),
  );
  text.addEventListener("input", apply);
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal(); // the same link again changes no hash
  });
  apply(); // a reload keeps what was typed
  reveal();
})();
