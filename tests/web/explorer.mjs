// Drives a real Chromium through stateright's Explorer as `synod explore` serves it.
// Usage: node explorer.mjs EXPECTATION.json; prints what it saw, fails with the first thing that is not as expected.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { launch } from "./browser.mjs";

const expected = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
  const errors = [];
  const requests = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // stateright serves no icon, and the browser says so of its own accord.
    const isIcon = message.location().url === `${expected.url}/favicon.ico`;
    if (message.type() === "error" && !isIcon) errors.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));

  await listsTheVerdicts(page);
  for (const link of expected.links) await opensAtItsLastStep(page, link);
  await stepsBack(page, expected.links[0]);
  if (expected.screenshot) await page.screenshot({ path: expected.screenshot });

  assert.deepEqual(errors, [], "no error on the console");
  const elsewhere = requests.filter((url) => !url.startsWith(`${expected.url}/`));
  assert.deepEqual(elsewhere, [], "no request leaves the page");
  console.log(`${requests.length} requests, ${expected.links.length} links`);
} finally {
  await browser.close();
}

async function listsTheVerdicts(page) {
  await page.goto(`${expected.url}/`);
  await page.getByText(expected.verdicts[0][1], { exact: true }).first().waitFor();
  const items = page.locator("h3:has-text('Global') + ul > li");
  const listed = (await items.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
  for (const [summary, name] of expected.verdicts) {
    assert.ok(listed.some((text) => text.endsWith(`${summary} ${name}`)), `${summary} ${name} among ${listed}`);
  }
  assert.equal(listed.length, expected.verdicts.length);
  for (const [label, value] of Object.entries(expected.status)) {
    const item = page.locator("nav ul").first().locator("li", { has: page.getByText(`${label}:`, { exact: true }) });
    assert.equal((await item.locator("span").innerText()).trim(), value, label);
  }
}

async function opensAtItsLastStep(page, link) {
  await page.goto("about:blank");
  await page.goto(link.url);
  await page.locator(`.path-list li:nth-child(${link.steps + 2})`).waitFor();
  assert.equal(await selected(page), link.last, "the last step is selected");
  const labels = await page.locator("svg .svg-actor-label").allTextContents();
  assert.deepEqual(labels, expected.nodes, "a lifeline for each node");
  await drawn(page, link.steps, "a label for each step");
  assert.equal((await page.locator("svg .svg-event-label").allTextContents()).at(-1), link.label);
  const shown = await page.locator(".main-flex-right").innerText();
  for (const state of link.states) assert.ok(shown.includes(state), `${state} in ${shown}`);
}

async function stepsBack(page, link) {
  await opensAtItsLastStep(page, link);
  await page.locator(`.path-list li:nth-child(${link.steps + 1}) a`).click();
  await drawn(page, link.steps - 1, "one step less in the diagram");
  await page.keyboard.press("ArrowUp");
  await drawn(page, link.steps - 2, "and one more by key");
}

/** Waits until the diagram of the selected step has so many steps: the page draws it some time after a click or key. */
async function drawn(page, steps, what) {
  const count = (wanted) => document.querySelectorAll("svg .svg-event-label").length === wanted;
  await page.waitForFunction(count, steps).catch((error) => assert.fail(`${what}: ${error.message}`));
}

async function selected(page) {
  const text = await page.locator(".path-list .is-selected-state").innerText();
  return text.replace(/\s+/g, " ").trim();
}
