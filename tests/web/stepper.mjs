// Drives a stepper page in Chromium: `node stepper.mjs FILE.html STEPS [TRACES]`. STEPS is how many steps its trace has;
// TRACES, if given, is how many steppers the page holds, all of this trace. Prints what the page shows at its last step
// as one JSON line; exits 1 at the first thing that is not as it must be.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { beyond, launch, open } from "./browser.mjs";

const [file, stepsText, countText] = process.argv.slice(2);
const steps = Number(stepsText), count = Number(countText ?? 1);
const address = pathToFileURL(file).href;
const WIDTHS = [400, 800, 1280, 1920];
const browser = await launch();

const shown = (page, root) => page.$eval(root, (section) => ({
  step: Number(section.querySelector(".step-number").textContent),
  cause: section.querySelector(".cause-text").textContent,
  states: [...section.querySelectorAll(".node-state .now")].map((cell) => cell.textContent),
  flights: [...section.querySelectorAll(".flight")].flatMap((item) => [...item.querySelectorAll(".to")].map((to) =>
    `${item.querySelector(".from").textContent} → ${to.textContent}  ${item.querySelector(".message").textContent}`)),
  current: [...section.querySelectorAll(".step.row.current")].map((row) => Number(row.dataset.step)),
  ahead: section.querySelectorAll(".step.row.ahead").length,
  settled: getComputedStyle(section.querySelector(".settled")).display !== "none",
}));

const single = async (scheme) => {
  const page = await open(browser, address, { colorScheme: scheme }, isOfPage);
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
  await at(steps); // where the property is settled
  await page.click("#first");
  const first = await at(0);
  assert.equal(first.cause, "initial state");
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
  await page.click('.step.row[data-step="1"] .label');
  await at(1);
  await hasItsStepInTheAddress(page, at);
  await plays(page, at);
  await hides(page);
  await differs(page);
  const ground = await page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  assert.deepEqual(page.complaints, []);
  await page.close();
  return { last, ground };
};

const isOfPage = (url) => url.split("#")[0] === address;

const hasItsStepInTheAddress = async (page, at) => {
  await page.click("#first");
  await page.click("#next");
  await page.click("#next");
  assert.ok((await page.evaluate(() => location.href)).endsWith("#step=2"), page.url());
  await page.goBack();
  await page.locator('#step:text-is("1")').waitFor(); // the history takes effect a moment later
  await at(1);
  await page.goForward();
  await page.locator('#step:text-is("2")').waitFor();
  await at(2);
  const again = await open(browser, address + "#step=2", {}, isOfPage);
  assert.equal((await shown(again, "#stepper")).step, 2);
  assert.deepEqual(again.complaints, []);
  await again.close();
};

const plays = async (page, at) => {
  await page.click("#last");
  await page.click("#prev");
  await page.selectOption(".speed", "4");
  await page.focus(".speed");
  await page.keyboard.press("p"); // the list of speeds has the focus, and its own use for letters
  await at(steps - 1);
  await page.click("#play");
  await page.locator(`#step:text-is("${steps}")`).waitFor();
  await at(steps);
  await page.keyboard.press("Home");
  await page.keyboard.press("p");
  await page.locator('#step:not(:text-is("0"))').waitFor();
  await page.keyboard.press("p");
  const stopped = await page.textContent("#step");
  await page.waitForTimeout(400);
  assert.equal(await page.textContent("#step"), stopped, "a second press stops it");
  await page.click("#last");
};

/** A node or a ballot that is hidden is not drawn; shown again, the picture is what it was. */
const hides = async (page) => {
  const picture = () => page.$eval(".canvas", (canvas) => canvas.innerHTML);
  const whole = await picture(), names = await page.locator(".heads .node-name").count();
  const toggle = page.locator("tr.node .toggle").last();
  await toggle.click();
  assert.equal(await page.locator(".heads .node-name").count(), names - 1);
  assert.notEqual(await picture(), whole);
  await toggle.click();
  assert.equal(await picture(), whole);
  const ballots = await page.locator(".ballots .toggle").all();
  const left = [];
  for (const ballot of ballots) {
    await ballot.click();
    left.push(await page.locator(".step.row").count());
    await ballot.click();
  }
  assert.ok(left.every((rows) => rows < steps + 1), `${left} of ${steps + 1} rows`);
  assert.equal(await picture(), whole);
};

/** Whatever the width: the picture is at the settling step, and its arrow or mark is in sight. */
const showsTheEnd = async () => {
  for (const width of WIDTHS) {
    const page = await open(browser, address, { viewport: { width, height: 800 } }, isOfPage);
    const inside = await page.evaluate(() => {
      const picture = document.querySelector(".picture").getBoundingClientRect();
      const heads = document.querySelector(".heads").getBoundingClientRect();
      const marks = [...document.querySelectorAll(".step.row.final :is(.tip, .dot, .cross, .label)")];
      return marks.map((mark) => mark.getBoundingClientRect()).map((box) => ({
        isInside: box.left >= picture.left && box.right <= picture.right && box.top >= heads.bottom && box.bottom <= picture.bottom,
        isOnScreen: box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight,
      }));
    });
    assert.ok(inside.length > 1, "an arrow and its words");
    assert.ok(inside.every((mark) => mark.isInside && mark.isOnScreen), `at ${width} pixels: ${JSON.stringify(inside)}`);
    assert.deepEqual(await beyond(page), [], `wider than ${width}`);
    const names = await page.$$eval(".nodes .toggle", (all) => all.map((name) => name.getBoundingClientRect().height));
    assert.ok(names.every((height) => height < 180), `a node's name is a column of letters: ${names}`);
    if (width >= 1280) {
      assert.ok(await page.$eval(".picture", (picture) => picture.scrollWidth <= picture.clientWidth), `cut off at ${width}`);
    }
    await page.close();
  }
};

/** The picture stays beside the panel when that is longer than the window; the first step is below the nodes' names. */
const staysInSight = async () => {
  const page = await open(browser, address + "#step=0", { viewport: { width: 1280, height: 500 } }, isOfPage);
  const [heads, number] = await page.$$eval(".heads, .step.row .number", ([heads, first]) =>
    [heads, first].map((element) => element.getBoundingClientRect()).map(({ top, bottom }) => ({ top, bottom })));
  assert.ok(number.top >= heads.bottom, `step 0 at ${number.top}, below ${heads.bottom}`);
  await page.$eval("tr.node:last-child", (node) => node.scrollIntoView({ block: "end" }));
  const { top, bottom } = await page.$eval(".picture", (picture) => picture.getBoundingClientRect().toJSON());
  assert.ok(top >= 0 && bottom <= 500, `the picture scrolled away: ${top} to ${bottom}`);
  await page.close();
};

/** Rows that are marked as different show a difference. */
const differs = async (page) => {
  const rows = await page.$$eval(".beside tbody tr:not(.alike)", (all) =>
    all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)));
  for (const [here, there] of rows) assert.notEqual(here, there);
};

/** Several steppers on one page keep out of each other's way; keys go to the one with the focus. */
const several = async () => {
  const page = await open(browser, address, {}, isOfPage);
  const roots = await page.$$eval(".synod-stepper", (all) => all.map((section) => "#" + section.id));
  assert.equal(roots.length, count);
  const at = async () => Promise.all(roots.map(async (root) => (await shown(page, root)).step));
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await at(), roots.map(() => steps));
  await page.click(`${roots[1]}-first`);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await at(), roots.map((_, index) => (index === 1 ? 1 : steps)));
  assert.ok((await page.evaluate(() => location.href)).endsWith(`${roots[1]}&step=1`), page.url());
  await page.focus(`${roots[0]}-prev`);
  await page.keyboard.press("Home");
  assert.deepEqual(await at(), roots.map((_, index) => [0, 1][index] ?? steps));
  await page.goBack();
  await page.locator(`${roots[1]}-step:text-is("1")`).waitFor();
  assert.equal((await at())[1], 1);
  await page.keyboard.press("End");
  assert.deepEqual(page.complaints, []);
  return { last: await shown(page, roots[0]) };
};

try {
  if (count > 1) {
    console.log(JSON.stringify((await several()).last));
  } else {
    await showsTheEnd();
    await staysInSight();
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
