// Reads Mermaid diagrams with Mermaid's own parser: `node mermaid.mjs FILE...`. Prints, for each, the actors and the
// messages as they would be shown, as one JSON line; exits 1 at the first that does not parse.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>");
Object.assign(globalThis, { window, document: window.document, Element: window.Element, Node: window.Node });
const { default: mermaid } = await import("mermaid");

// Mermaid keeps entities as placeholders until it draws; the browser then decodes what is an entity of HTML.
const shown = (text) => {
  const area = document.createElement("textarea");
  area.innerHTML = String(text ?? "").replaceAll("ﬂ°°", "&#").replaceAll("ﬂ°", "&").replaceAll("¶ß", ";");
  return area.value;
};

mermaid.initialize({ startOnLoad: false });
for (const file of process.argv.slice(2)) {
  try {
    const diagram = await mermaid.mermaidAPI.getDiagramFromText(readFileSync(file, "utf8"));
    const actors = [...diagram.db.getActors().values()].map((actor) => shown(actor.description));
    const messages = diagram.db.getMessages().map((message) => shown(message.message?.text ?? message.message));
    console.log(JSON.stringify({ type: diagram.type, actors, messages }));
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exit(1);
  }
}
