// usage: findings.mjs SYNOD FOLDER
// Writes FOLDER/findings.md: what the checker says wherever the thesis contradicts itself, of its invariants, of the mutants of
// its protocols and of what they survive; FOLDER/diagrams/faults-*.svg: the last as pictures; and to standard output what
// stands first in FOLDER/index.html. Every verdict, length and diagram is taken from a run of the program SYNOD.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { AUDITED, DISAGREEMENTS, INVARIANTS, MAPPED } from "./sources.mjs";
import { front, resultOf, verdict } from "./front.mjs";

const [synod, reports] = process.argv.slice(2);
/** How many of the contradictions stand first in the page. */
const FIRST = 3;

const pictures = [];
const folder = mkdtempSync(join(tmpdir(), "findings-"));
const env = { ...process.env, NO_COLOR: "1", COLUMNS: "110", GITHUB_ACTIONS: "" };

/** What the program prints. Its exit code says what the report says: 0 and 1 are certain, anything else is no finding. */
function run(...words) {
  const done = spawnSync(synod, words, { encoding: "utf8", env, maxBuffer: 1 << 28 });
  if (done.status !== 0 && done.status !== 1) {
    throw new Error(`synod ${words.join(" ")}: ${done.status ?? done.error}\n${done.stderr}`);
  }
  return done.stdout;
}

const settings = (set) => set.flatMap((setting) => ["--set", setting]);
const command = (...words) => `\`synod ${words.join(" ")}\``;
const cell = (text) => text.replaceAll("|", "\\|");
const row = (cells) => `| ${cells.map(cell).join(" | ")} |\n`;
const table = (heads, rows) => row(heads) + row(heads.map(() => "---")) + rows.map(row).join("");
const fenced = (text) => "```text\n" + text.trimEnd() + "\n```\n";
const name = (file) => `[${basename(file, ".toml")}](../${file})`;

function checked([reading, file, set = []]) {
  const traces = mkdtempSync(join(folder, "traces-"));
  const report = join(traces, "report.json");
  run("check", file, ...settings(set), "--quiet", "--traces", traces, "--json", report);
  const [found] = JSON.parse(readFileSync(report, "utf8")).cases;
  return { reading, file, set, found };
}

function disagreement({ title, says, cases, properties, drawn: [place, shown] }) {
  const rows = cases.map(({ reading, file, set, found }) => [
    reading,
    [name(file), ...set].join(" + "),
    ...properties.map((property) => verdict(resultOf(found, property))),
  ]);
  const { file, set, found } = cases[place];
  const property = resultOf(found, shown);
  if (!property?.trace) throw new Error(`${file}: nothing to draw for ${shown}`);
  const diagram = run("replay", property.trace, "--format", "text").replace(/^replay.*\n/m, "");
  const text = `\n### ${title}\n\n${says}\n\n` + table(["reading", "model", ...properties], rows);
  return `${text}\n${command("check", file, ...settings(set))} gives, of \`${shown}\`:\n\n${fenced(diagram)}`;
}

function invariant([file, invariant, what]) {
  const found = JSON.parse(run("induct", file, "--invariant", invariant, "--json", "-"));
  const claims = found.claims.filter((claim) => claim.implied).map((claim) => claim.name).join(" ");
  const broken = found.counterexample
    ? `${found.counterexample.broken.join(" ")} by ${found.counterexample.step.steps.length} step from a state that is ` +
      { yes: "reachable", no: "unreachable", unknown: "perhaps reachable" }[found.counterexample.reachable]
    : "";
  const conjuncts = found.conjuncts.map((conjunct) => conjunct.name).join(" ");
  return [what, name(file), conjuncts, found.verdict, broken, found.verdict === "inductive" ? claims : ""];
}

function audited(file) {
  const report = JSON.parse(run("audit", file, "--json", "-")).cases[0];
  const { mutants, fates, refused } = report.audit;
  const of = (fate) => mutants.filter((mutant) => mutant.fate === fate);
  const broken = (mutant) => mutant.breaks.map((one) => `${one.name} ${verdict(one)}`).join(", ");
  const rows = [
    ...of("killed").map((mutant) => [mutant.edit, "killed", broken(mutant)]),
    ...of("suspicious").map((mutant) => [mutant.edit, "suspicious", `${broken(mutant)}; ${mutant.parts}`]),
    ...of("safe").map((mutant) => [mutant.edit, "safe", mutant.parts]),
    ["equivalent", of("equivalent").map((mutant) => mutant.edit)],
  ];
  const equivalent = rows.pop()[1];
  const scored = `${fates.killed} of ${mutants.length - fates.equivalent} mutants that are not the model are killed`;
  return (
    `\n### ${name(file)}\n\n${scored}; ${fates.suspicious} suspicious, ${fates.safe} safe, ${fates.equivalent} ` +
    `equivalent, ${refused.length} edits refused. ${command("audit", file)} says more of each.\n\n` +
    table(["mutant", "fate", "because"], rows) +
    (equivalent.length > 0 ? `\nThe model in other words: ${equivalent.map((edit) => `\`${edit}\``).join(", ")}.\n` : "")
  );
}

function survived([file, set]) {
  const key = [basename(file, ".toml"), ...set].join("+");
  const picture = join(reports, "diagrams", `faults-${key}.svg`);
  const map = run("faults", file, ...settings(set), "--markdown", "-", "--svg", picture);
  pictures.push(readFileSync(picture, "utf8"));
  const table = map.split("\n").slice(4).filter((line) => !line.startsWith("* ")).join("\n").trim();
  const title = [name(file), ...set].join(" + ");
  const again = command("faults", file, ...settings(set));
  return `\n### ${title}\n\n![Map of faults](diagrams/${basename(picture)})\n\n${table}\n\n${again} names a witness for each question, with --traces one for each cell.\n`;
}

try {
  mkdirSync(join(reports, "diagrams"), { recursive: true });
  const told = DISAGREEMENTS.map((disagreement) => ({ ...disagreement, cases: disagreement.readings.map(checked) }));
  const version = execFileSync(synod, ["--version"], { encoding: "utf8", env }).trim();
  const parts = [
    `# Findings\n\nWhat \`${version}\` finds. Each verdict, length and diagram below is the outcome of a run; ` +
      "`tests/findings/findings.mjs` makes this page, and CI fails if it is not what the runs give.\n",
    "\n## Where the thesis contradicts itself\n",
    ...told.map(disagreement),
    "\n## Its invariants\n\nWhether an invariant is kept by every step from every type-correct state that satisfies it, reachable or " +
      "not (`synod induct`).\n\n",
    table(["invariant", "model", "conjuncts", "verdict", "broken", "implies"], INVARIANTS.map(invariant)),
    "\n## What its properties would have caught\n\nEach rule of a model given each of its other values, one at a time.\n",
    ...AUDITED.map(audited),
    "\n## What they survive\n\nCrashes, lost storage and the network (`synod faults`).\n",
    ...MAPPED.map(survived),
  ];
  writeFileSync(join(reports, "findings.md"), parts.join(""));
  process.stdout.write(front(told.slice(0, FIRST), pictures));
} finally {
  rmSync(folder, { recursive: true });
}
