// Drives the HTML report of a suite in Chromium: `node report.mjs FILE.html EXPECTED.json`. Exits 1 at the first thing
// that is not as it must be. EXPECTED has `models` (their names as shown), `filters` (by button, the models it leaves),
// `texts` (pairs of what is typed and the models left) and `trace`: its `model`, `property`, number of `steps`, a piece
// of text of its `last` state, and how many `bars` the model's picture has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { beyond, launch, open as load } from "./browser.mjs";

const [file, expectedFile] = process.argv.slice(2);
const expected = JSON.parse(readFileSync(expectedFile, "utf8"));
const browser = await launch();

/** Opens a page; what it holds compressed is there a moment later. */
const open = async (...how) => {
  const page = await load(...how);
  await page.locator("#cases").waitFor({ state: "attached" });
  return page;
};

/** The models that the table shows; each has its section below, and no other model has. */
const shown = async (page) => {
  const names = await page.locator("tr.model:visible th a").allTextContents();
  assert.deepEqual(await page.locator("details.case:visible > summary h2").allTextContents(), names);
  assert.equal(await page.textContent("#shown"), `${names.length} of ${expected.models.length}`);
  assert.equal(await page.isVisible("#none"), names.length === 0);
  return names;
};

/** The address as the page has it; what the driver knows of it may be a moment older. */
const addressOf = (page) => page.evaluate(() => location.href);

/** The table comes to show these models: a step back in the history takes effect a moment later. */
const shows = async (page, models, what) => {
  const names = page.locator("tr.model:visible th a");
  for (let wait = 0; wait < 100; wait += 1) {
    if (JSON.stringify(await names.allTextContents()) === JSON.stringify(models)) break;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(await shown(page), models, what);
};

const filtersByButton = async (page) => {
  await shows(page, expected.models);
  for (const [name, models] of Object.entries(expected.filters)) {
    const button = page.locator(`#filter-${name}`);
    assert.equal(await button.locator(".count").textContent(), String(models.length), name);
    assert.equal(await button.isDisabled(), models.length === 0, name);
    if (models.length === 0) continue;
    await button.click();
    await shows(page, models, name);
    assert.deepEqual(await page.locator("button[aria-pressed=true]").allTextContents(), [await button.textContent()]);
  }
  await page.click("#filter-all");
  await shows(page, expected.models);
};

const filtersByText = async (page) => {
  for (const [text, models] of expected.texts) {
    await page.fill("#filter-text", text);
    await shows(page, models, text);
  }
  const [name, models] = Object.entries(expected.filters).find(([, models]) => models.length > 0);
  await page.click(`#filter-${name}`); // both at once: the last text and a button
  const left = expected.texts.at(-1)[1].filter((model) => models.includes(model));
  await shows(page, left);
  await page.fill("#filter-text", "");
  await page.click("#filter-all");
  await shows(page, expected.models);
};

const steps = async (page) => {
  const { model, property, steps, last, bars } = expected.trace;
  const section = page.locator("details.case").nth(expected.models.indexOf(model));
  await page.locator("tr.model th a").nth(expected.models.indexOf(model)).click();
  assert.ok(await section.evaluate((details) => details.open), "a link into the page opens what it points at");
  assert.equal(await section.locator(".depths rect.bar").count(), bars);
  const trace = section.locator("details.trace").filter({ has: page.locator("summary strong", { hasText: property }) }).first();
  assert.equal(await page.locator(".synod-stepper.live").count(), 0, "no stepper is built before it is seen");
  await section.locator("table.properties tr").filter({ has: page.locator("th", { hasText: property }) }).first()
    .locator("a").click();
  await trace.locator(".next").waitFor();
  const at = async (step) => {
    assert.equal(await trace.locator(".step-number").textContent(), String(step));
    assert.equal(await trace.locator(".step.row.ahead").count(), steps - step);
    assert.equal(await trace.locator(".settled").isVisible(), step === steps);
  };
  await at(steps); // where the property is settled
  await trace.locator(".first").click();
  await at(0);
  await trace.locator(".next").click();
  await at(1);
  await page.keyboard.press("ArrowRight");
  await at(2);
  await page.keyboard.press("ArrowLeft");
  await at(1);
  assert.ok((await addressOf(page)).endsWith("&step=1"), page.url());
  await page.goBack();
  await trace.locator('.step-number:text-is("2")').waitFor();
  await at(2);
  await trace.locator(".first").click();
  await at(0);
  await page.keyboard.press("End");
  await at(steps);
  const states = await trace.locator(".node-state").allTextContents();
  assert.ok(states.some((state) => state.includes(last)), `${last} among ${states}`);
  assert.equal(await page.locator(".synod-stepper.live").count(), 1, "no other stepper is built");
  const copy = await open(browser, await addressOf(page), {}, isOfPage); // the address opens the trace at its step
  await copy.locator(".synod-stepper.live").waitFor();
  assert.equal(await copy.locator(".step-number").textContent(), String(steps));
  await copy.close();
};

/** The order of the table is that of the sections, is in the address, and back undoes it. */
const sorts = async (page) => {
  await page.click('button[data-sort="model"]');
  const byName = await shown(page);
  assert.deepEqual(byName, [...expected.models].sort((one, other) => one.localeCompare(other)));
  await page.click('button[data-sort="model"]');
  await shows(page, byName.toReversed());
  assert.ok((await addressOf(page)).endsWith("sort=-model"), page.url());
  await page.goBack();
  await shows(page, byName);
  await page.click('button[data-sort="states"]');
  const states = (await page.locator("tr.model td:nth-child(6)").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  assert.deepEqual(states, [...states].sort((one, other) => other - one), "the most first");
  await page.click('button[data-sort="states"]');
  await page.click('button[data-sort="states"]');
  await shows(page, expected.models);
};

/** A filter and a text are in the address: whoever opens it sees the same. */
const keepsItsPlace = async (page) => {
  const [text, models] = expected.texts.find(([, models]) => models.length > 0);
  await page.click("#filter-expected");
  await page.click("#filter-all");
  await page.goBack();
  await shows(page, expected.filters.expected);
  await page.click("#filter-all");
  await page.fill("#filter-text", text);
  const copy = await open(browser, await addressOf(page), {}, isOfPage);
  await shows(copy, models);
  await copy.close();
  await page.fill("#filter-text", "");
};

/** How far apart two colours are in brightness, as WCAG has it. */
const contrast = (one, other) => {
  const bright = (colour) => {
    const channels = colour.match(/[\d.]+/g).slice(0, 3).map((value) => value / 255);
    const [red, green, blue] = channels.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [bright(one), bright(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

const staysLegible = async (page) => {
  await page.hover("#filter-all");
  const colours = await page.$eval("#filter-all", (button) => {
    const style = getComputedStyle(button);
    return [style.color, style.backgroundColor];
  });
  assert.ok(contrast(...colours) > 4.5, `the pressed filter under the pointer: ${colours}`);
  const looks = await page.$$eval(".legend .violated", (chips) => chips.map((chip) => {
    const { backgroundColor, color, outlineStyle } = getComputedStyle(chip);
    return [backgroundColor, color, outlineStyle].join();
  }));
  assert.equal(new Set(looks).size, 3, "a violation that is expected looks unlike others");
};

/** On a narrow screen the verdicts are in sight: the report's, and each model's beside its name. */
const fitsAPhone = async () => {
  const page = await open(browser, address, { viewport: { width: 400, height: 800 } }, isOfPage);
  await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
  assert.deepEqual(await beyond(page, ".picture"), [], "wider than the screen");
  await page.$$eval("details", (all) => all.forEach((details) => (details.open = false)));
  for (const verdict of await page.locator("#verdict, tr.model .badge").all()) {
    const box = await verdict.boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 400, await verdict.textContent());
  }
  await page.close();
};

/** Nothing lies over a trace that the address points at, and the headings of the table stand on one line. */
const keepsClear = async () => {
  for (const width of [800, 1280]) {
    const page = await open(browser, address, { viewport: { width, height: 800 } }, isOfPage);
    const tops = await page.$$eval("th button[data-sort]", (all) => all.map((button) => button.getBoundingClientRect().top));
    assert.ok(width < 1280 || new Set(tops).size === 1, `headings at ${tops}`);
    const id = await page.$$eval(".synod-stepper", (all) => all.at(-1).id);
    const trace = await open(browser, address + "#" + id, { viewport: { width, height: 800 } }, isOfPage);
    await trace.locator(`#${id}.live`).waitFor();
    const covers = await trace.$eval(`[id="${id}"]`, (stepper) => {
      const { left, top, width } = stepper.querySelector(".heads").getBoundingClientRect();
      const above = stepper.closest("details").querySelector("summary").getBoundingClientRect();
      const seen = document.elementFromPoint(left + width / 2, top + 5);
      return { top: above.top, isClear: stepper.contains(seen), filters: document.querySelector("#filters").getBoundingClientRect().bottom };
    });
    assert.ok(covers.isClear && covers.filters <= 0 && covers.top >= 0, `at ${width}: ${JSON.stringify(covers)}`);
    await trace.close();
    await page.close();
  }
};

const address = pathToFileURL(file).href;
const isOfPage = (url) => url.split("#")[0] === address;

try {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(browser, address, { colorScheme }, isOfPage);
    page.on("dialog", (dialog) => page.complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    const scripts = await page.$$eval("script", (all) => all.filter((script) => !script.matches(".frames")).length);
    assert.equal(scripts, 1, "the page has its own script and no other");
    await filtersByButton(page);
    await filtersByText(page);
    await sorts(page);
    await keepsItsPlace(page);
    await staysLegible(page);
    await fitsAPhone();
    await keepsClear();
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
