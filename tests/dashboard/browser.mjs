// A real Chromium, told to be quiet, that notices what should never happen on a page of ours.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function startBrowser() {
  const executablePath = PLACES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("there is no Chromium; `apt-get install chromium`, or set CHROMIUM to the path of one");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath, args });
}

/** A page in a profile of its own. `page.wrong` collects dialogs, violations of the policy, errors and foreign requests. */
export async function newPage(browser, home, { width = 1280, height = 860, scheme = "light", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.requested = [];
  await page.exposeBinding("tellOfViolation", (_, text) => page.wrong.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => globalThis.tellOfViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    globalThis.alert = () => globalThis.tellOfViolation("a script ran");
  });
  page.on("dialog", (dialog) => {
    page.wrong.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  page.on("pageerror", (error) => page.wrong.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    page.requested.push(request.url());
    if (!request.url().startsWith(home.url) && !/^(data|blob):/.test(request.url())) page.wrong.push(`foreign: ${request.url()}`);
  });
  return page;
}

/** Signs in by a login link, and waits for the frame. */
export async function enter(page, home, path = "") {
  const { json } = await home.admin("POST", "/admin/login-links", undefined, { remember: false });
  await page.goto(`${home.url}/dashboard${path}#code=${json.code}`);
  await page.waitForSelector("nav");
  return page;
}

/** Goes to a screen and waits until it has nothing more to load. */
export async function show(page, home, path) {
  await page.goto(`${home.url}/dashboard${path}`);
  await page.waitForSelector("#title");
  await page.waitForFunction(() => !document.querySelector(".bones"), null, { timeout: 40_000 });
}

/** What axe finds, one line each. */
export async function complaints(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(" ")} – ${node.failureSummary?.split("\n")[1]?.trim()}`));
}
