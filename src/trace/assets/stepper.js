// Steps through every trace of the page. Each stepper carries its frames as JSON; text is only ever set as text.
(() => {
  "use strict";
  const keys = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  const steppers = new Map();

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const start = (root) => {
    const story = JSON.parse(root.querySelector(".frames").textContent);
    const last = story.frames.length - 1;
    const part = (name) => root.querySelector("." + name);
    const panel = part("panel"), picture = part("picture"), slider = part("slider");
    const rows = [...root.querySelectorAll(".step")];
    const cells = [...root.querySelectorAll("tr.node")];
    let at = 0;

    const node = (row, frame, index) => {
      const cell = row.querySelector(".node-state");
      cell.replaceChildren(document.createTextNode(frame.states[index]));
      const changed = frame.changed === index;
      if (changed) cell.append(element("span", "was", "was " + frame.before));
      row.classList.toggle("changed", changed);
      row.classList.toggle("down", frame.down[index]);
    };

    const flights = (frame) => frame.in_flight.map((index) => {
      const parcel = story.parcels[index];
      const item = element("li", "flight" + (frame.sent.includes(index) ? " new" : ""));
      item.append(element("span", "way", story.nodes[parcel.from] + " → " + story.nodes[parcel.to]));
      item.append(element("span", "message", parcel.message));
      item.append(element("span", "since", frame.sent.includes(index) ? "new" : parcel.sent_at ? "since step " + parcel.sent_at : ""));
      return item;
    });

    const intoView = (row) => {
      const box = row.getBoundingClientRect(), frame = picture.getBoundingClientRect();
      if (box.top < frame.top + 56 || box.bottom > frame.bottom - 24) {
        picture.scrollTop += box.top - frame.top - (frame.height - box.height) / 2;
      }
    };

    // The nodes' names stay in sight while the diagram scrolls.
    const heads = part("heads");
    picture.addEventListener("scroll", () => {
      const top = heads.getBBox().y; // not known before the picture is shown
      heads.setAttribute("transform", "translate(0 " + Math.max(0, picture.scrollTop - top) + ")");
    }, { passive: true });

    const go = (to) => {
      at = Math.max(0, Math.min(last, to));
      const frame = story.frames[at];
      part("step-number").textContent = at;
      part("cause-text").textContent = frame.cause;
      cells.forEach((row, index) => node(row, frame, index));
      const list = flights(frame);
      part("flights").replaceChildren(...(list.length ? list : [element("li", "none", "nothing")]));
      part("flight-count").textContent = list.length;
      panel.classList.toggle("at-end", at === last);
      part("first").disabled = part("prev").disabled = at === 0;
      part("next").disabled = part("last").disabled = at === last;
      slider.value = at;
      slider.setAttribute("aria-valuetext", "step " + at + ": " + frame.cause);
      rows.forEach((row) => {
        const step = Number(row.dataset.step);
        row.classList.toggle("current", step === at);
        row.classList.toggle("ahead", step > at);
        if (step === at && row.classList.contains("row")) intoView(row);
      });
    };

    // A button that turns off under the focus would lose it, and with it the keys.
    const press = (name, move) => part(name).addEventListener("click", () => {
      move();
      if (part(name).disabled) root.querySelector(at === 0 ? ".next" : ".prev").focus();
    });
    press("first", () => go(0));
    press("prev", () => go(at - 1));
    press("next", () => go(at + 1));
    press("last", () => go(last));
    slider.addEventListener("input", () => go(Number(slider.value)));
    root.querySelectorAll(".to-step").forEach((link) => link.addEventListener("click", () => go(Number(link.dataset.step))));
    rows.forEach((row) => row.addEventListener("click", () => go(Number(row.dataset.step))));
    root.classList.add("live");
    steppers.set(root, (move) => go(at + move));
    go(0);
  };

  document.querySelectorAll(".synod-stepper").forEach(start);

  // Keys go to the stepper that has the focus, or to the only one of the page.
  document.addEventListener("keydown", (event) => {
    const move = keys[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target;
    if (target.matches("input, textarea, select, [contenteditable]")) return; // they have their own use for these keys
    const near = target.closest(".synod-stepper") || (steppers.size === 1 ? [...steppers.keys()][0] : null);
    if (!near) return;
    event.preventDefault();
    steppers.get(near)(move);
  });
})();
