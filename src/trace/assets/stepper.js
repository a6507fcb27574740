// Steps through every trace of the page. Each stepper carries its trace as JSON and is built when it is first seen; text
// is only ever set as text.
(() => {
  "use strict";
  const KEYS = { ArrowRight: "next", ArrowLeft: "prev", Home: "first", End: "last", p: "play" };
  const SPEEDS = [0.5, 1, 2, 4];
  const steppers = new Map();

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  };

  /** The whole system after every step, from what each step changed. */
  const unfold = (story) => {
    const envelopes = story.envelopes.map(([from, to, message, sentAt]) =>
      ({ from, to, message: story.messages[message], ballot: story.ballots[message], sentAt }));
    const sentIn = (step) => envelopes.filter((envelope) => envelope.sentAt === step);
    const way = (envelope, fate) => `${story.nodes[envelope.from]} ${fate ? "⇥" : "→"} ${story.nodes[envelope.to]}  ${envelope.message}${fate}`;
    const still = story.nodes.map(() => false);
    const frames = [{ step: 0, states: story.initial, down: still, inFlight: sentIn(0), sent: [], action: "initial state" }];
    story.steps.forEach((event, place) => {
      const step = place + 1, before = frames[place];
      const envelope = envelopes[event.deliver ?? event.drop] ?? null;
      const [changed, after] = event.change ?? [null, null];
      const sent = sentIn(step);
      const frame = { step, envelope, changed, sent, isLost: event.drop !== undefined, isCrash: event.down === true };
      frame.node = envelope ? envelope.to : event.node;
      frame.before = changed === null ? null : before.states[changed];
      frame.states = before.states.map((state, node) => (node === changed ? after : state));
      frame.down = before.down.map((down, node) => (node === frame.node && event.down !== undefined ? event.down : down));
      frame.inFlight = before.inFlight.filter((other) => other !== envelope || event.stays).concat(sent);
      frame.label = envelope ? envelope.message + (frame.isLost ? " lost" : "") : event.does;
      frame.action = envelope ? way(envelope, frame.isLost ? " is lost" : "") : `${story.nodes[event.node]} ${event.does}`;
      frame.ballot = (envelope ?? sent[0])?.ballot ?? null;
      frames.push(frame);
    });
    const named = (reasons) => new Set(reasons.flatMap((reason) => reason.steps ?? []));
    const sources = new Set(envelopes.map((envelope) => Math.min(envelope.from, envelope.to))); // messages have their colours
    return { ...story, frames, sources, last: frames.length - 1, evidence: named(story.reasons), blamed: named(story.causes) };
  };

  const button = (root, name, sign, label) => {
    const made = element("button", name, sign);
    made.type = "button";
    made.title = label;
    made.setAttribute("aria-label", label);
    made.id = root.dataset.prefix + name;
    return made;
  };

  const toggle = (label, title, change) => {
    const made = element("button", "toggle", label);
    made.type = "button";
    made.title = title;
    made.setAttribute("aria-pressed", "true");
    made.addEventListener("click", () => {
      const isOn = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(isOn));
      change(isOn);
    });
    return made;
  };

  /** The controls: where the reader is, and how to get elsewhere. */
  const controls = (root, story) => {
    const slider = element("input", "slider");
    Object.assign(slider, { type: "range", min: 0, max: story.last, value: 0, id: root.dataset.prefix + "slider" });
    slider.setAttribute("aria-label", "Step");
    const number = element("span", "step-number", "0");
    number.id = root.dataset.prefix + "step";
    const speed = element("select", "speed");
    speed.setAttribute("aria-label", "Speed");
    speed.title = "Speed";
    SPEEDS.forEach((times) => speed.append(new Option(times + "×", times, times === 1, times === 1)));
    return element("div", "bar",
      element("div", "controls", button(root, "first", "⇤", "First step (Home)"), button(root, "prev", "←", "Previous step (←)"),
        button(root, "play", "▶", "Play (P)"), button(root, "next", "→", "Next step (→)"), button(root, "last", "⇥", "Last step (End)"),
        speed, element("span", "place", "step ", number, " of " + story.last)),
      slider, cause(story));
  };

  const cause = (story) => {
    const made = element("div", "cause", element("span", "cause-text"),
      element("span", "settled", element("strong", "", story.claim), ": " + story.statement));
    made.setAttribute("role", "status");
    made.setAttribute("aria-live", "polite");
    made.setAttribute("aria-atomic", "true");
    return made;
  };

  /** Reasons, each with a link to every step that it names. */
  const reasons = (title, kind, all, go) => {
    if (!all.length) return null;
    const items = all.map((reason) => element("li", "", reason.text, ...(reason.steps ?? []).map((step) => {
      const link = element("button", "to-step", String(step));
      link.type = "button";
      link.setAttribute("aria-label", "Go to step " + step);
      link.addEventListener("click", () => go(step));
      return link;
    })));
    return element("div", "why " + kind, element("h3", "", title), element("ul", "", ...items));
  };

  /** The same schedule in the reference, from the first step on that it does not take, or takes otherwise. */
  const beside = (story) => {
    if (!story.beside.length) return null;
    const heading = (words) => {
      const made = element("th", "", words);
      made.scope = "col";
      return made;
    };
    const rows = story.beside.map((row) => {
      const link = element("button", "to-step", String(row.step));
      link.type = "button";
      link.dataset.step = row.step;
      link.setAttribute("aria-label", "Go to step " + row.step);
      const frame = story.frames[row.step];
      const state = (words) => (row.is_alike ? null : element("span", "state", words)); // it may be all that differs
      return element("tr", row.is_alike ? "alike" : "", element("th", "", link),
        element("td", "", row.here, state(frame.states[frame.node])), element("td", "", row.there, state(row.state)));
    });
    return element("div", "beside", element("h3", "", "The same schedule in " + story.reference), element("table", "",
      element("thead", "", element("tr", "", heading("Step"), heading("Here"), heading(story.reference))),
      element("tbody", "", ...rows)));
  };

  const flight = (nodes, group, step) => {
    const [first] = group, isNew = step > 0 && first.sentAt === step;
    const receivers = group.flatMap((envelope, place) => [place ? " " : null, element("span", "to", nodes[envelope.to])]);
    return element("li", "flight" + (isNew ? " new" : ""),
      element("span", "way", element("span", "from", nodes[first.from]), " → ", ...receivers),
      element("span", "message", first.message),
      element("span", "since", isNew ? "new" : first.sentAt ? "since " + first.sentAt : ""));
  };

  /** What is in flight; what one node sent in one step to several is one line. */
  const flights = (nodes, frame) => {
    const groups = new Map();
    for (const envelope of frame.inFlight) {
      const key = [envelope.from, envelope.sentAt, envelope.message].join("\n");
      groups.set(key, [...(groups.get(key) ?? []), envelope]);
    }
    return [...groups.values()].map((group) => flight(nodes, group, frame.step));
  };

  /** A state, with the words that it did not have before marked. */
  const state = (now, before) => {
    if (before === null) return [now];
    const old = new Set(before.split(" "));
    return now.split(" ").flatMap((word, place) => [place ? " " : null, old.has(word) ? word : element("mark", "", word)]);
  };

  const start = (root) => {
    const story = unfold(JSON.parse(root.querySelector(".frames").textContent));
    const hiddenNodes = new Set(), hiddenBallots = new Set();
    let at = 0, timer = null, plan = null;

    const picture = element("div", "picture"), canvas = element("div", "canvas"), heads = element("div", "heads");
    picture.tabIndex = 0;
    picture.setAttribute("role", "group");
    picture.setAttribute("aria-label", "Sequence diagram");
    picture.append(heads, canvas);
    const bar = controls(root, story);
    const part = (name) => bar.querySelector("." + name);

    const isNodeShown = (node) => !hiddenNodes.has(node);
    const isStepShown = (step) => {
      const frame = story.frames[step];
      return step === 0 || (isNodeShown(frame.node) && !hiddenBallots.has(frame.ballot));
    };
    const toggler = (set, thing) => (isOn) => {
      if (isOn) set.delete(thing);
      else set.add(thing);
      redraw();
    };

    const rows = story.nodes.map((name, node) => {
      const head = element("th", "", toggle(name, "Show or hide " + name, toggler(hiddenNodes, node)));
      head.scope = "row";
      return element("tr", "node", head, element("td", "node-state"));
    });
    const ballots = [...new Set(story.frames.map((frame) => frame.ballot))].filter((ballot) => ballot != null).sort((a, b) => a - b);
    const ballotBar = ballots.length < 2 ? null : element("div", "ballots", element("h3", "", "Ballots"),
      ...ballots.map((ballot) => toggle(String(ballot), "Show or hide the steps of ballot " + ballot, toggler(hiddenBallots, ballot))));
    const count = element("span", "flight-count"), list = element("ul", "flights");
    const inFlight = element("details", "in-flight", element("summary", "", element("h3", "", "In flight: ", count)), list);
    inFlight.open = Math.max(...story.frames.map((frame) => flights(story.nodes, frame).length)) <= 6;
    const panel = element("div", "panel",
      reasons("Evidence", "evidence", story.reasons, (step) => go(step, "move")),
      reasons("Cause", "causes", story.causes, (step) => go(step, "move")), ballotBar,
      element("div", "", element("h3", "", "Nodes"), element("table", "nodes", element("tbody", "", ...rows))), inFlight,
      element("p", "keys", "Arrow keys step, Home and End jump, P plays. Click a step to go to it, a node or a ballot to hide it."));
    const layout = element("div", "layout " + story.verdict, bar, picture, panel);

    /** Draws anew for the width there is. */
    const redraw = () => {
      const width = Math.max(picture.clientWidth, 200);
      const drawn = synodDiagram.draw(story, width, isNodeShown, isStepShown);
      plan = drawn.plan;
      canvas.replaceChildren(drawn.svg);
      heads.classList.toggle("tight", plan.pitch < 48);
      heads.style.width = canvas.style.width = plan.total + "px";
      heads.replaceChildren(...plan.shown.map((node) => {
        const hue = story.sources.has(node) ? " h" + (node % synodDiagram.hues) : "";
        const head = element("span", "node-name" + hue, story.nodes[node]);
        head.title = story.nodes[node];
        head.style.left = plan.lane(node) + "px";
        head.style.maxWidth = plan.pitch - 4 + "px";
        return head;
      }));
      mark();
    };

    /** The step that the reader is at, or the last one before it that is drawn, brought into sight. */
    const mark = () => {
      const drawn = [...canvas.querySelectorAll(".step")];
      const current = Math.max(...[...plan.rows.keys()].filter((step) => step <= at));
      for (const row of drawn) {
        const step = Number(row.dataset.step);
        row.classList.toggle("current", step === current);
        row.classList.toggle("ahead", step > at);
        if (step === current && row.classList.contains("row")) follow(row);
      }
    };

    const follow = (row) => {
      const box = row.getBBox(), top = heads.offsetHeight, seen = picture.clientHeight - top;
      const low = plan.rows.get(Number(row.dataset.step));
      if (low.top < picture.scrollTop + 20 || low.bottom > picture.scrollTop + seen - 20) {
        picture.scrollTop = low.top - Math.max(0, (seen - (low.bottom - low.top)) * 0.6);
      }
      const marks = [...row.querySelectorAll(".tip, .arrow, .dot, .cross, .label")].map((one) => one.getBBox());
      const left = Math.min(box.x + box.width, ...marks.map((one) => one.x)) - 20;
      const right = Math.max(0, ...marks.map((one) => one.x + one.width)) + 20;
      if (left < picture.scrollLeft || right > picture.scrollLeft + picture.clientWidth) {
        picture.scrollLeft = (left + right - picture.clientWidth) / 2;
      }
    };

    const show = () => {
      const frame = story.frames[at];
      part("step-number").textContent = at;
      part("cause-text").textContent = frame.action;
      rows.forEach((row, node) => {
        const cell = row.querySelector(".node-state"), isChanged = frame.changed === node;
        cell.replaceChildren(element("span", "now", ...state(frame.states[node], isChanged ? frame.before : null)));
        if (isChanged) cell.append(element("span", "was", "was " + frame.before));
        row.classList.toggle("changed", isChanged);
        row.classList.toggle("down", frame.down[node]);
      });
      const lines = flights(story.nodes, frame);
      list.replaceChildren(...(lines.length ? lines : [element("li", "none", "nothing")]));
      count.textContent = frame.inFlight.length;
      layout.classList.toggle("at-end", at === story.last);
      part("first").disabled = part("prev").disabled = at === 0;
      part("next").disabled = part("last").disabled = at === story.last;
      part("slider").value = at;
      part("slider").setAttribute("aria-valuetext", "step " + at + ": " + frame.action);
      mark();
    };

    /** Goes to a step. A `move` is a place in the history; a `glide` only changes the address. */
    const go = (to, how) => {
      at = Math.max(0, Math.min(story.last, to));
      show();
      if (how) synodAddress.write({ step: at }, root.dataset.target, how === "move");
    };
    const towards = (direction) => {
      let to = at + direction;
      while (to > 0 && to < story.last && !isStepShown(to)) to += direction;
      return to;
    };

    const pause = () => {
      clearTimeout(timer);
      timer = null;
      part("play").textContent = "▶";
      layout.classList.remove("playing");
    };
    const tick = () => {
      timer = setTimeout(() => {
        go(towards(1), "glide");
        if (at < story.last) tick();
        else pause();
      }, 1000 / Number(part("speed").value));
    };
    const play = () => {
      if (timer !== null) return pause();
      if (at === story.last) go(0, "move");
      part("play").textContent = "⏸";
      layout.classList.add("playing");
      tick();
    };
    const moves = { first: () => 0, prev: () => towards(-1), next: () => towards(1), last: () => story.last };
    const command = (name, how) => {
      if (name === "play") return play();
      pause();
      const focused = document.activeElement;
      go(moves[name](), how);
      // A button that turns off under the focus would lose it, and with it the keys.
      if (root.contains(focused) && focused.disabled) part(at === 0 ? "next" : "prev").focus();
    };

    [...Object.keys(moves), "play"].forEach((name) => part(name).addEventListener("click", () => command(name, "move")));
    part("slider").addEventListener("input", () => {
      pause();
      go(Number(part("slider").value), "glide");
    });
    canvas.addEventListener("click", (event) => {
      const row = event.target.closest(".step");
      if (row) go(Number(row.dataset.step), "move");
    });
    const table = beside(story);
    table?.querySelectorAll(".to-step").forEach((link) =>
      link.addEventListener("click", () => go(Number(link.dataset.step), "move")));

    root.prepend(...[layout, table].filter(Boolean));
    root.classList.add("live");
    at = story.start;
    const fromAddress = () => {
      const { target, settings } = synodAddress.read();
      const isMeant = (root.dataset.target ?? "") === target, step = Number.parseInt(settings.get("step"), 10);
      if (isMeant) go(Number.isNaN(step) ? story.start : step);
    };
    redraw();
    show();
    fromAddress();
    addEventListener("popstate", fromAddress);
    addEventListener("hashchange", fromAddress);
    let width = picture.clientWidth;
    new ResizeObserver(() => {
      if (picture.clientWidth === width) return;
      width = picture.clientWidth;
      redraw();
    }).observe(picture);
    steppers.set(root, command);
  };

  // A stepper that is not shown has no width to draw for.
  const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    seen.unobserve(entry.target);
    if (!steppers.has(entry.target)) start(entry.target);
  }), { rootMargin: "400px" });
  document.querySelectorAll(".synod-stepper").forEach((root) => {
    if (root.clientWidth > 0 && root.closest("details") === null) start(root);
    else seen.observe(root);
  });

  // Keys go to the stepper that has the focus, or to the only one of the page.
  document.addEventListener("keydown", (event) => {
    const name = KEYS[event.key];
    if (name === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = event.target;
    if (target.matches("input, textarea, select, [contenteditable]")) return; // they have their own use for these keys
    const near = target.closest(".synod-stepper") || (steppers.size === 1 ? [...steppers.keys()][0] : null);
    if (!near || !steppers.has(near)) return;
    event.preventDefault();
    steppers.get(near)(name, event.repeat ? "glide" : "move");
  });
})();
