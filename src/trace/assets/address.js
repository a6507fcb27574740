// What the page shows, in its address: `#TARGET&key=value&..`. TARGET is the id of an element, a key is a setting.
const synodAddress = (() => {
  "use strict";
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return ""; // no address of ours
    }
  };

  const read = () => {
    const now = { target: "", settings: new Map() };
    for (const piece of location.hash.slice(1).split("&").filter(Boolean)) {
      const at = piece.indexOf("=");
      if (at < 0) now.target = decoded(piece);
      else now.settings.set(decoded(piece.slice(0, at)), decoded(piece.slice(at + 1)));
    }
    return now;
  };

  /** Changes the address: an empty value takes its key away. A move is a place of its own to come back to. */
  const write = (changes, target, isMove) => {
    const now = read();
    Object.entries(changes).forEach(([key, value]) => {
      if (value === "") now.settings.delete(key);
      else now.settings.set(key, String(value));
    });
    const settings = [...now.settings].map(([key, value]) => encodeURIComponent(key) + "=" + encodeURIComponent(value));
    const pieces = [encodeURIComponent(target ?? now.target), ...settings].filter(Boolean);
    const hash = "#" + pieces.join("&");
    if (hash === (location.hash || "#")) return;
    if (isMove) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  };

  return { read, write };
})();
