// A headless Chromium that talks to nobody, and a page of it that notes whatever goes wrong.
import { chromium } from "playwright-core";

export const launch = () => chromium.launch({
  executablePath: process.env.SYNOD_CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

/** What is wider than the window, though it is not in something that scrolls. */
export const beyond = (page, scrolling = ".picture") => page.evaluate((scrolling) => [...document.body.querySelectorAll("*")]
  .filter((element) => !element.closest(scrolling) && element.getBoundingClientRect().right > innerWidth + 0.5)
  .map((element) => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`), scrolling);

/** Opens a page; `page.complaints` gathers console errors, exceptions and every request beyond `allowed`. */
export const open = async (browser, url, options = {}, allowed = (address) => address === url) => {
  const page = await browser.newPage(options);
  page.complaints = [];
  page.on("console", (message) => message.type() === "error" && page.complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => page.complaints.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith("data:") && !allowed(address)) page.complaints.push(`request: ${address}`);
  });
  await page.goto(url);
  return page;
};
