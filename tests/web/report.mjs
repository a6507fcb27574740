// Drives the HTML report of a suite in Chromium: `node report.mjs FILE.html EXPECTED.json`. Exits 1 at the first thing
// that is not as it must be. EXPECTED has `models` (their names as shown), `filters` (by button, the models it leaves),
// `texts` (pairs of what is typed and the models left) and `trace`: its `model`, `property`, number of `steps`, a piece
// of text of its `last` state, and how many `bars` the model's picture has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { launch, open } from "./browser.mjs";

const [file, expectedFile] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedFile, "utf8"));
const browser = await launch();

/** The models that the table shows; each has its section below, and no other model has. */
const shown = async (page) => {
  const names = await page.locator("tr.model:visible th a").allTextContents();
  assert.deepEqual(await page.locator("details.case:visible > summary h2").allTextContents(), names);
  assert.equal(await page.textContent("#shown"), `${names.length} of ${expected.models.length}`);
  assert.equal(await page.isVisible("#none"), names.length === 0);
  return names;
};

const filtersByButton = async (page) => {
  assert.deepEqual(await shown(page), expected.models);
  for (const [name, models] of Object.entries(expected.filters)) {
    const button = page.locator(`#filter-${name}`);
    assert.equal(await button.locator(".count").textContent(), String(models.length), name);
    assert.equal(await button.isDisabled(), models.length === 0, name);
    if (models.length === 0) continue;
    await button.click();
    assert.deepEqual(await shown(page), models, name);
    assert.deepEqual(await page.locator("button[aria-pressed=true]").allTextContents(), [await button.textContent()]);
  }
  await page.click("#filter-all");
  assert.deepEqual(await shown(page), expected.models);
};

const filtersByText = async (page) => {
  for (const [text, models] of expected.texts) {
    await page.fill("#filter-text", text);
    assert.deepEqual(await shown(page), models, text);
  }
  const [name, models] = Object.entries(expected.filters).find(([, models]) => models.length > 0);
  await page.click(`#filter-${name}`); // both at once: the last text and a button
  const left = expected.texts.at(-1)[1].filter((model) => models.includes(model));
  assert.deepEqual(await shown(page), left);
  await page.fill("#filter-text", "");
  await page.click("#filter-all");
  assert.deepEqual(await shown(page), expected.models);
};

const steps = async (page) => {
  const { model, property, steps, last, bars } = expected.trace;
  const section = page.locator("details.case").nth(expected.models.indexOf(model));
  await page.locator("tr.model th a").nth(expected.models.indexOf(model)).click();
  assert.ok(await section.evaluate((details) => details.open), "a link into the page opens what it points at");
  assert.equal(await section.locator(".depths rect.bar").count(), bars);
  const trace = section.locator("details.trace").filter({ has: page.locator("summary strong", { hasText: property }) }).first();
  assert.ok(await trace.locator(".next").isHidden());
  await section.locator("table.properties tr").filter({ has: page.locator("th", { hasText: property }) }).first()
    .locator("a").click();
  await trace.locator(".next").waitFor();
  const at = async (step) => {
    assert.equal(await trace.locator(".step-number").textContent(), String(step));
    assert.equal(await trace.locator(".step.row.ahead").count(), steps - step);
    assert.equal(await trace.locator(".settled").isVisible(), step === steps);
  };
  await at(0);
  await trace.locator(".next").click();
  await at(1);
  await page.keyboard.press("ArrowRight");
  await at(2);
  await page.keyboard.press("ArrowLeft");
  await at(1);
  await trace.locator(".prev").click();
  await at(0);
  await page.keyboard.press("End");
  await at(steps);
  const states = await trace.locator(".node-state").allTextContents();
  assert.ok(states.some((state) => state.includes(last)), `${last} among ${states}`);
  const others = await page.$$eval(".synod-stepper .step-number", (all) => all.map((number) => number.textContent));
  assert.equal(others.filter((number) => number !== "0").length, 1, "no other stepper moved");
};

try {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(browser, pathToFileURL(file).href, { colorScheme });
    page.on("dialog", (dialog) => page.complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    const scripts = await page.$$eval("script", (all) => all.filter((script) => !script.matches(".frames")).length);
    assert.equal(scripts, 1, "the page has its own script and no other");
    await filtersByButton(page);
    await filtersByText(page);
    await steps(page);
    assert.deepEqual(page.complaints, []);
    await page.close();
  }
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
