// What stands first in reports/index.html: where the thesis contradicts itself and what the checker says of each reading, and
// what the protocols survive. Only words that stand nowhere else are here.

import { basename } from "node:path";

/** A result of a case. */
export const resultOf = (found, wanted) => found.properties.find((property) => property.name === wanted);

/** What a result comes to, in a word and the length of its shortest path. */
export function verdict(property) {
  if (!property) return "–";
  const length = property.trace_length === null ? "" : ` (${property.trace_length} steps)`;
  return (property.vacuous ? "vacuous" : property.verdict) + length;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A reading of the thesis: where its model is in the page, and the properties that tell readings apart. */
function reading(properties, { reading, file, set, found }) {
  const inSuite = file.replace(/^models\//, "").replace(/\.toml$/, "");
  const name = basename(file, ".toml");
  const model = set.length === 0 ? `<a href="#case-${inSuite.replaceAll("/", "-")}">${name}</a>` : `${name} + ${set.join(" + ")}`;
  const chips = properties.map((wanted) => {
    const result = resultOf(found, wanted);
    const kind = !result ? "" : result.vacuous ? "vacuous" : result.verdict === "violated" ? "violated expected" : result.verdict;
    return `<td><span class="chip ${kind}">${escaped(verdict(result))}</span></td>`;
  });
  return `<tr><th scope="row">${escaped(reading)}<small>${model}</small></th>${chips.join("")}</tr>`;
}

function finding({ title, says, cases, properties }) {
  const heads = properties.map((property) => `<th scope="col">${property}</th>`).join("");
  const rows = cases.map((found) => reading(properties, found)).join("\n");
  return (
    `<h2>${escaped(title)}</h2>\n<p>${escaped(says)}</p>\n` +
    `<div class="wide"><table><thead><tr><th scope="col">reading</th>${heads}</tr></thead><tbody>\n${rows}\n</tbody></table></div>\n`
  );
}

/** The part of the page. */
export function front(told, pictures) {
  // They share a style sheet, which the first one brings.
  const bare = (picture, place) => (place === 0 ? picture : picture.replace(/<style>.*?<\/style>/s, ""));
  const drawn = pictures.map((picture, place) => bare(picture.slice(picture.indexOf("<svg")).trim(), place)).join("\n");
  return (
    told.map(finding).join("") +
    '<p><a href="findings.md">All findings</a>, with diagrams, the invariants and the mutants.</p>\n' +
    `<h2>What they survive</h2>\n${drawn}\n<h2>Every model</h2>\n`
  );
}
