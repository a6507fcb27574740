// Drives a stepper page in Chromium: `node stepper.mjs FILE.html STEPS [TRACES]`. STEPS is how many steps its trace has;
// TRACES, if given, is how many steppers the page holds, all of this trace. Prints what the page shows at its last step
// as one JSON line; exits 1 at the first thing that is not as it must be.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { launch, open } from "./browser.mjs";

const [file, stepsText, countText] = process.argv.slice(2);
const steps = Number(stepsText), count = Number(countText ?? 1);
const browser = await launch();

const shown = (page, root) => page.$eval(root, (section) => ({
  step: Number(section.querySelector(".step-number").textContent),
  cause: section.querySelector(".cause-text").textContent,
  states: [...section.querySelectorAll(".node-state")].map((cell) => cell.firstChild.textContent),
  flights: [...section.querySelectorAll(".flight")].map((item) =>
    item.querySelector(".way").textContent + "  " + item.querySelector(".message").textContent),
  current: [...section.querySelectorAll(".step.row.current")].map((row) => Number(row.dataset.step)),
  ahead: section.querySelectorAll(".step.row.ahead").length,
  settled: getComputedStyle(section.querySelector(".settled")).display !== "none",
}));

const single = async (scheme) => {
  const page = await open(browser, pathToFileURL(file).href, { colorScheme: scheme });
  const at = async (step) => {
    const now = await shown(page, "#stepper");
    assert.equal(now.step, step);
    assert.deepEqual(now.current, [step]);
    assert.equal(now.ahead, steps - step);
    assert.equal(now.settled, step === steps);
    assert.equal(await page.isDisabled("#prev"), step === 0);
    assert.equal(await page.isDisabled("#next"), step === steps);
    return now;
  };
  const first = await at(0);
  await page.click("#next");
  const second = await at(1);
  assert.notDeepEqual(second, first);
  await page.keyboard.press("ArrowRight"); // the focus is on the button now
  await at(2);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await at(1), second);
  await page.click("#prev");
  assert.deepEqual(await at(0), first);
  await page.keyboard.press("ArrowRight"); // #prev is off; the focus went on to #next
  await at(1);
  await page.keyboard.press("End");
  const last = await at(steps);
  await page.keyboard.press("ArrowRight");
  await at(steps);
  await page.keyboard.press("Home");
  assert.deepEqual(await at(0), first);
  await page.click("#last");
  assert.deepEqual(await at(steps), last);
  await page.click("#first");
  await at(0);
  await page.focus("#slider");
  await page.keyboard.press("ArrowRight"); // once, not twice: the slider has its own use for the key
  await at(1);
  await page.keyboard.press("End");
  await at(steps);
  await page.keyboard.press("Home");
  await at(0);
  // The names follow the diagram a frame later; a click on a row that they still cover would be theirs.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.click('.step.row[data-step="2"] .label');
  await at(2);
  const ground = await page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  assert.deepEqual(page.complaints, []);
  await page.close();
  return { last, ground };
};

/** Several steppers on one page keep out of each other's way; keys go to the one with the focus. */
const several = async () => {
  const page = await open(browser, pathToFileURL(file).href);
  const roots = await page.$$eval(".synod-stepper", (all) => all.map((section) => "#" + section.id));
  assert.equal(roots.length, count);
  const at = async () => Promise.all(roots.map(async (root) => (await shown(page, root)).step));
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await at(), roots.map(() => 0));
  await page.click(`${roots[1]}-next`);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await at(), roots.map((_, index) => (index === 1 ? 2 : 0)));
  await page.focus(`${roots[0]}-next`);
  await page.keyboard.press("End");
  assert.deepEqual(await at(), roots.map((_, index) => [steps, 2][index] ?? 0));
  assert.deepEqual(page.complaints, []);
  return { last: await shown(page, roots[0]) };
};

try {
  if (count > 1) {
    console.log(JSON.stringify((await several()).last));
  } else {
    const light = await single("light"), dark = await single("dark");
    assert.notEqual(light.ground, dark.ground);
    assert.deepEqual(light.last, dark.last);
    console.log(JSON.stringify(light.last));
  }
} catch (error) {
  console.error(`${file}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
