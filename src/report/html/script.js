// Narrows the report down by verdict and by text, sorts it, and opens what a link points at; all of it is in the page's
// address. Without it everything is shown.
(() => {
  "use strict";
  const rows = [...document.querySelectorAll("tr.model")];
  const section = (row) => document.getElementById(row.id.replace(/^model-/, "case-"));
  const cases = new Map(rows.map((row) => [row, section(row)]));
  /** What the text filter searches: a model's name, its description and the properties named beside it. */
  const told = (row) => [...row.querySelectorAll("th, td.chips")].map((cell) => cell.textContent).join(" ").toLowerCase();
  const searched = new Map(rows.map((row) => [row, told(row)]));
  const buttons = [...document.querySelectorAll("button[data-filter]")];
  const headings = [...document.querySelectorAll("button[data-sort]")];
  const text = document.getElementById("filter-text");
  const RANKS = ["unexpected", "undecided", "expected"];

  function narrow(wanted, typed) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = row.dataset.tags.split(" ").includes(wanted) && words.every((word) => searched.get(row).includes(word));
      row.hidden = cases.get(row).hidden = !fits;
      shown += fits ? 1 : 0;
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.length}`;
    document.getElementById("none").hidden = shown > 0;
    document.getElementById("models").hidden = shown === 0;
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.filter === wanted)));
  }

  /** What a row is sorted by: the number in a cell, how many chips it has, how bad its verdict is, or its text. */
  function value(row, heading) {
    const column = heading.parentElement, cell = row.children[column.cellIndex];
    if (column.matches(".chips")) return cell.querySelectorAll(".chip").length;
    if (column.matches(".verdict")) return RANKS.findIndex((rank) => cell.querySelector(`.badge.${rank}`));
    if (column.matches(".number")) return Number.parseFloat(cell.textContent.replaceAll(",", "")) || 0;
    return cell.querySelector("a").textContent;
  }

  function sort(order) {
    const key = order.replace(/^-/, ""), isReversed = order.startsWith("-");
    const heading = headings.find((button) => button.dataset.sort === key);
    const sorted = [...rows];
    if (heading) {
      const compare = (one, other) => (typeof one === "number" ? one - other : one.localeCompare(other));
      sorted.sort((one, other) => compare(value(one, heading), value(other, heading)) * (isReversed ? -1 : 1));
    }
    sorted.forEach((row) => row.parentElement.append(row));
    sorted.forEach((row) => cases.get(row).parentElement.append(cases.get(row)));
    headings.forEach((button) => {
      const direction = button !== heading ? "none" : isReversed ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", direction);
    });
  }

  function reveal(id) {
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let element = target; element; element = element.parentElement) {
      if (element instanceof HTMLDetailsElement) element.open = true;
      if (element.hidden) element.hidden = false;
    }
    (target.closest("details") ?? target).scrollIntoView();
  }

  /** Shows what the address says. */
  function apply() {
    const { target, settings } = synodAddress.read();
    const wanted = settings.get("filter") ?? "all";
    text.value = settings.get("text") ?? "";
    narrow(buttons.some((button) => button.dataset.filter === wanted) ? wanted : "all", text.value);
    sort(settings.get("sort") ?? "");
    return target;
  }

  function draw(figure) {
    const states = figure.dataset.states.split(" ").map(Number), most = Math.max(1, ...states);
    const make = (name, attributes, words = "") => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
      made.append(words);
      return made;
    };
    const wide = 640, high = 97, pace = wide / states.length;
    const picture = make("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": figure.textContent.trim() });
    states.forEach((count, depth) => {
      const height = Math.max((count / most) * high, count > 0 ? 1 : 0);
      const bar = make("rect", { class: "bar", x: depth * pace, y: high - height, width: pace * (pace > 4 ? 0.86 : 1), height });
      bar.append(make("title", {}, `depth ${depth}: ${count.toLocaleString("en")} states`));
      picture.append(bar);
    });
    picture.append(make("line", { class: "axis", x1: 0, x2: wide, y1: high, y2: high }));
    const axis = document.createElement("div"), last = document.createElement("span");
    axis.className = "ends";
    last.textContent = `depth ${states.length - 1}`; // beside the picture, which scales, so that it stays legible
    axis.append("0", last);
    figure.append(picture, axis);
  }

  const words = new Map([...document.querySelectorAll("#glossary dt")].map((term) => [term.textContent, term.nextElementSibling.textContent]));
  document.querySelectorAll("table.properties tbody tr").forEach((row) => {
    row.querySelector(".statement")?.prepend(words.get(row.querySelector("th").textContent) ?? "");
  });
  document.querySelectorAll(".depths").forEach(draw);

  const change = (settings, isMove) => {
    synodAddress.write(settings, undefined, isMove);
    apply();
  };
  buttons.forEach((button) => button.addEventListener("click", () =>
    change({ filter: button.dataset.filter === "all" ? "" : button.dataset.filter }, true)));
  headings.forEach((button) => button.addEventListener("click", () => {
    const key = button.dataset.sort, now = synodAddress.read().settings.get("sort") ?? "";
    const first = button.parentElement.matches(".number, .chips") ? "-" + key : key; // the most first, but names from A
    const second = first === key ? "-" + key : key;
    change({ sort: now === first ? second : now === second ? "" : first }, true);
  }));
  text.addEventListener("input", () => change({ text: text.value }, false));
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault(); // the address keeps the filter and the order
    const id = decodeURIComponent(link.getAttribute("href").slice(1));
    synodAddress.write({ step: "" }, id, true);
    reveal(id);
  });
  addEventListener("popstate", () => reveal(apply()));
  addEventListener("hashchange", () => reveal(apply()));
  reveal(apply());
})();
