// Draws a story as a sequence diagram that fits a width: a lifeline per node that is shown, a row per step. It knows
// nothing of the page around it. Text is only ever set as text.
const synodDiagram = (() => {
  "use strict";
  const MARGIN = 8, LINE = 15, SMALL_LINE = 14, LETTER = 7.3, SMALL_LETTER = 6.7;
  const NARROWEST = 33, WIDEST = 190, HUES = 6, BEND = 14;
  const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

  const columns = (text) => [...text].reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
  const widest = (lines) => Math.max(0, ...lines.map(columns));
  const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

  /** Lines of at most so many columns, broken at spaces where possible. */
  const wrap = (text, most) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const line = lines[lines.length - 1];
      if (line && columns(line) + 1 + columns(word) <= most) lines[lines.length - 1] += " " + word;
      else {
        if (line) lines.push("");
        for (const letter of word) {
          const last = lines.length - 1;
          if (columns(lines[last]) + columns(letter) > most) lines.push(letter);
          else lines[last] += letter;
        }
      }
    }
    return lines;
  };

  const make = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children.filter(Boolean));
    return made;
  };
  const px = (length) => String(Math.round(length * 10) / 10);
  const text = (kind, anchor, x, y, words) => make("text", { class: kind, "text-anchor": anchor, x: px(x), y: px(y) }, words);

  /** Where everything goes: lanes, rows and the size of the whole. */
  const lay = (story, width, isNodeShown, isStepShown) => {
    const shown = story.nodes.map((_, node) => node).filter(isNodeShown);
    const gutter = width < 560 ? 32 : 42; // for the steps' numbers
    const pitch = clamp((width - gutter - MARGIN) / Math.max(1, shown.length), NARROWEST, WIDEST);
    const total = Math.max(gutter + MARGIN + pitch * shown.length, Math.min(width, 300));
    const room = Math.min(width, total) - gutter - MARGIN;
    const letters = { label: clamp(Math.floor(room / LETTER), 8, 32), state: clamp(Math.floor(pitch / SMALL_LETTER) - 3, 20, 30) };
    letters.state = Math.min(letters.state, Math.floor(room / SMALL_LETTER) - 2);
    const lane = (node) => {
      const place = shown.indexOf(node);
      return place < 0 ? null : gutter + pitch * (place + 0.5);
    };
    const rows = new Map();
    let top = 4;
    story.frames.forEach((frame, step) => {
      if (!isStepShown(step)) return;
      const row = layRow(story, frame, step, top, { shown, pitch, gutter, total, letters, lane });
      rows.set(step, row);
      top = row.bottom;
    });
    return { shown, pitch, gutter, total, lane, rows, height: top + 8 };
  };

  const layRow = (story, frame, step, top, { shown, pitch, gutter, total, letters, lane }) => {
    const label = step === 0 ? [] : wrap(frame.label, letters.label);
    const at = step === 0 ? top + 6 : top + 10 + LINE * label.length;
    const spans = step === 0 ? runs(shown, frame.states) : shown.includes(frame.changed) ? [[frame.changed]] : [];
    const ends = []; // of each level of chips, how far it is taken
    const chips = spans.filter((nodes) => frame.states[nodes[0]] !== "").map((nodes) => {
      const lines = wrap(frame.states[nodes[0]], letters.state);
      const middle = (lane(nodes[0]) + lane(nodes[nodes.length - 1])) / 2;
      const wide = Math.max(widest(lines) * SMALL_LETTER + 14, pitch * (nodes.length - 1) + 26);
      const left = clamp(middle - wide / 2, gutter - 6, Math.max(gutter - 6, total - wide - 2));
      let level = ends.findIndex((end) => end + 4 <= left);
      if (level < 0) level = ends.length;
      ends[level] = left + wide;
      return { nodes, lines, left, wide, level, height: SMALL_LINE * lines.length + 6 };
    });
    const heights = ends.map((_, level) => Math.max(...chips.filter((chip) => chip.level === level).map((chip) => chip.height)));
    chips.forEach((chip) => (chip.top = at + 6 + heights.slice(0, chip.level).reduce((sum, height) => sum + height + 4, 0)));
    const lowest = Math.max(at + 4, ...chips.map((chip) => chip.top + chip.height));
    return { top, bottom: lowest + 8, at, label, chips };
  };

  /** Neighbours that are in the same state, together. */
  const runs = (nodes, states) => nodes.reduce((all, node) => {
    const last = all[all.length - 1];
    if (last && states[last[0]] === states[node]) last.push(node);
    else all.push([node]);
    return all;
  }, []);

  const departure = (plan, step, node) => {
    const row = plan.rows.get(step);
    const chip = row?.chips.find((chip) => chip.nodes.includes(node));
    return row && (chip ? chip.top + chip.height + 3 : row.at);
  };

  const hue = (envelope) => "h" + (Math.min(envelope.from, envelope.to) % HUES);

  /** The thin trail of a message from where it was sent to where it turns into the arrow proper. */
  const trail = (plan, frame) => {
    const envelope = frame.envelope;
    if (!envelope || envelope.from === envelope.to || envelope.sentAt === null) return null;
    const from = plan.lane(envelope.from), y = plan.rows.get(frame.step).at;
    const left = departure(plan, envelope.sentAt, envelope.from);
    if (from === null || left === undefined) return null;
    const way = course(plan, envelope);
    const path = `M${px(from)} ${px(left)} Q${px(way.elbow)} ${px(y)} ${px(way.start)} ${px(y)}`;
    return make("g", { class: "step " + hue(envelope) + (frame.isLost ? " lost" : ""), "data-step": frame.step },
      make("path", { class: "trail", d: path }), make("circle", { class: "sent", cx: px(from), cy: px(left), r: 2.5 }));
  };

  /** From which side a message comes, and where its arrow begins. A sender that is hidden lies where it was listed. */
  const course = (plan, envelope) => {
    const to = plan.lane(envelope.to), from = plan.lane(envelope.from);
    const side = envelope.from < envelope.to ? 1 : -1;
    const length = Math.max(plan.pitch - 8 - BEND, 24);
    const start = from === null || envelope.sentAt === null ? to - side * Math.max(plan.pitch * 0.8, 30) : to - side * length;
    const elbow = from === null ? start : side > 0 ? Math.max(from, start - BEND) : Math.min(from, start + BEND);
    return { to, side, start, elbow };
  };

  const labelled = ({ gutter, total }, row, x, anchor, lift) => {
    const half = (widest(row.label) * LETTER) / 2;
    const centre = anchor === "middle" ? x : anchor === "start" ? x + half : x - half;
    const inside = clamp(centre, gutter - 4 + half, Math.max(gutter - 4 + half, total - 3 - half));
    const first = row.at - lift - LINE * (row.label.length - 1);
    return row.label.map((line, place) => text("label", "middle", inside, first + place * LINE, line));
  };

  const arrow = (plan, row, frame) => {
    const { to, side, start } = course(plan, frame.envelope), y = row.at;
    const end = to - side * (frame.isLost ? 16 : 2);
    const head = frame.isLost
      ? make("path", { class: "cross", d: `M${px(end - 4)} ${px(y - 4)} l8 8 m0 -8 l-8 8` })
      : make("path", { class: "tip", d: `M${px(end)} ${px(y)} l${px(-side * 9)} -4.5 v9 z` });
    return make("g", { class: hue(frame.envelope) + (frame.isLost ? " lost" : "") },
      ...labelled(plan, row, (start + to) / 2, "middle", 5),
      make("path", { class: "arrow", d: `M${px(start)} ${px(y)} H${px(end - side * 6)}` }), head);
  };

  const mark = (plan, row, frame) => {
    const x = plan.lane(frame.node), y = row.at - 2;
    const isRight = x + widest(row.label) * LETTER + 14 < plan.total;
    const sign = frame.isCrash
      ? make("path", { class: "cross", d: `M${px(x - 5)} ${px(y - 5)} l10 10 m0 -10 l-10 10` })
      : make("circle", { class: "dot", cx: px(x), cy: px(y), r: 4 });
    return make("g", {}, sign, ...labelled(plan, row, x + (isRight ? 10 : -10), isRight ? "start" : "end", 2));
  };

  const chip = ({ left, wide, top, height, lines }) => make("g", { class: "chip" },
    make("rect", { x: px(left), y: px(top), width: px(wide), height, rx: 5 }),
    ...lines.map((line, place) => text("state", "middle", left + wide / 2, top + 13.5 + place * SMALL_LINE, line)));

  const numbered = (plan, row, step) => {
    const words = String(step), wide = words.length * LETTER + 10, right = plan.gutter - 6;
    return [make("rect", { class: "pill", x: px(right + 5 - wide), y: px(row.at - 9), width: px(wide), height: 17, rx: 8 }),
      text("number", "end", right, row.at + 4, words)];
  };

  /** The diagram as an SVG element, and its plan: lanes, pitch, total width and the places of its rows. */
  const draw = (story, width, isNodeShown, isStepShown) => {
    const plan = lay(story, width, isNodeShown, isStepShown);
    const rows = [...plan.rows].map(([step, row]) => ({ step, row, frame: story.frames[step] }));
    const marks = (step) => "step" + (step === story.last ? " final" : "") +
      (story.evidence.has(step) ? " evidence" : "") + (story.blamed.has(step) ? " blamed" : "");
    const bands = rows.map(({ step, row }) => make("g", { class: marks(step), "data-step": step },
      make("rect", { class: "band", x: 0, y: px(row.top), width: px(plan.total), height: px(row.bottom - row.top) }),
      make("rect", { class: "edge", x: 0, y: px(row.top), width: 4, height: px(row.bottom - row.top) })));
    const lives = plan.shown.flatMap((node) => rows.map(({ row, frame }) => make("line", {
      class: frame.down[node] ? "life down" : "life", x1: px(plan.lane(node)), x2: px(plan.lane(node)), y1: px(row.top), y2: px(row.bottom),
    })));
    const drawn = rows.map(({ step, row, frame }) => make("g", { class: marks(step) + " row", "data-step": step },
      ...numbered(plan, row, step), frame.envelope ? (frame.envelope.from === frame.envelope.to ? mark(plan, row, frame) : arrow(plan, row, frame))
        : step > 0 ? mark(plan, row, frame) : null, ...row.chips.map(chip)));
    const trails = rows.map(({ frame }) => trail(plan, frame));
    const svg = make("svg", { class: "synod-diagram", role: "img", "aria-label": story.claim, width: px(plan.total),
      height: px(plan.height), viewBox: `0 0 ${px(plan.total)} ${px(plan.height)}` },
      make("g", { class: story.verdict }, ...bands, ...lives, ...trails, ...drawn));
    return { svg, plan };
  };

  return { draw, hues: HUES };
})();
