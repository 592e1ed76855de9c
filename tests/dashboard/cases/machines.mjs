// From nothing to a working machine and back: mint, run what is shown, see it arrive, revoke. And all of it without a
// pointer.
import test from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { enter, newPage } from "../browser.mjs";

const run = promisify(execFile);

export function machines(stage) {
  const { home } = stage;

  test("mint, run the snippet that is shown, see the call arrive, revoke, and it is refused", async () => {
    const page = await enter(await newPage(stage.browser, home), home, "/machines/new");
    await page.getByLabel("Name").fill("snippet-box");
    await page.getByLabel("May use").selectOption("mock");
    await page.getByRole("button", { name: "Create token" }).click();
    const secret = await page.textContent("[data-secret]");
    home.minted.push(secret);
    assert.match(secret, /^pa_[0-9A-Za-z]{46}$/);
    const snippet = await page.textContent("dialog .code pre");
    assert.ok(snippet.includes(secret) && snippet.includes(home.url));
    await page.waitForSelector("[data-waiting=yes]");
    const { stdout } = await run("bash", ["-c", snippet]);
    assert.equal(JSON.parse(stdout).type, "message", stdout);
    await page.waitForSelector("[data-waiting=over]", { timeout: 10_000 });
    await page.getByRole("button", { name: "I have saved it" }).click();
    assert.ok(!(await page.content()).includes(secret), "the page has forgotten it");

    await page.click("nav a[href$='/activity']");
    const row = page.locator("tr", { hasText: "snippet-box" }).first();
    await row.waitFor();
    const rows = await page.locator("tbody tr").count();
    await run("bash", ["-c", snippet]);
    await page.waitForFunction((n) => document.querySelectorAll("tbody tr").length > n, rows, { timeout: 10_000 });

    const filter = page.getByLabel("Filter calls");
    await filter.fill("machine:snippet-box since:1h");
    await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((one) => one.textContent.includes("snippet-box")));
    await filter.fill("nonsense");
    await page.locator("#filter-hint", { hasText: "is no term" }).waitFor();
    await filter.fill("machine:nobody");
    await page.getByText("No call like that").waitFor();
    await filter.fill("");

    await row.getByRole("link", { name: "snippet-box" }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    assert.match(await page.textContent("dialog"), /refused with 401/);
    await page.getByRole("button", { name: "Revoke for ever" }).click();
    await page.locator(".status", { hasText: "revoked" }).waitFor();
    const refused = JSON.parse((await run("bash", ["-c", snippet])).stdout);
    assert.equal(refused.error.type, "authentication_error");
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("a token is edited, and rotated with an overlap", async () => {
    const { id, token } = await home.mint({ label: "turning", scope: ["mock"], rate_limit: 9 });
    const page = await enter(await newPage(stage.browser, home), home, `/machines/${id}`);
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Calls per minute").fill("12");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("12 calls per minute").waitFor();
    assert.equal((await home.listed(id)).rate_limit, 12);
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("button", { name: "Make a new token" }).click();
    const fresh = await page.textContent("[data-secret]");
    home.minted.push(fresh);
    for (const one of [token, fresh]) assert.equal((await home.ask("messages", { token: one, model: "mock" })).status, 200);
    const left = (await home.listed(id)).expires_ms - Date.now();
    assert.ok(left > 3_500_000 && left <= 3_600_000, `the old one has ${left} ms left`);
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("a route is made, tried and removed", async () => {
    const page = await enter(await newPage(stage.browser, home), home, "/routing/new");
    await page.getByLabel("When asked for").fill("old-model*");
    await page.getByLabel("Send it to").fill("mock");
    await page.getByRole("button", { name: "Save route" }).click();
    await page.getByRole("link", { name: "old-model*" }).waitFor();
    await page.getByLabel("A call for").fill("anthropic:old-model-3");
    await page.getByText("it would be sent").waitFor();
    assert.match(await page.textContent("section[aria-label='Try it']"), /old-model\*.*mock:mock.*free/s);
    await page.getByRole("button", { name: "Remove the route for old-model*" }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByText("No routes").waitFor();
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("everything without a pointer", async () => {
    const page = await enter(await newPage(stage.browser, home), home);
    const keys = async (...all) => {
      for (const key of all) await page.keyboard.press(key);
    };
    const title = (text) => page.waitForFunction((wanted) => document.getElementById("title")?.textContent === wanted, text);
    for (const [key, name] of [["m", "Machine tokens"], ["k", "Access keys"], ["r", "Model routing"], ["h", "Harnesses"], ["s", "Settings"], ["a", "Activity"], ["o", "Overview"], ["m", "Machine tokens"]]) {
      await keys("g", key);
      await title(name);
    }
    await keys("n");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("by-keyboard");
    await page.keyboard.press("Enter");
    home.minted.push(await page.textContent("[data-secret]"));
    await keys("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
    await page.getByRole("link", { name: "by-keyboard" }).waitFor();

    await keys("g", "a");
    await title("Activity");
    await page.waitForSelector("tbody tr[data-href]");
    await keys("j", "j");
    const row = await page.evaluate(() => document.activeElement.getAttribute("href"));
    assert.match(row, /\/activity\/req_/);
    await keys("Enter");
    await page.waitForSelector("dialog.drawer[open]");
    assert.ok(page.url().endsWith(row));
    await keys("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), row, "the focus is back where it was");

    await keys("/");
    assert.ok(await page.evaluate(() => document.activeElement.matches("[data-search]")));
    await page.evaluate(() => document.activeElement.blur());
    await keys("?");
    await page.getByText("this list").waitFor();
    await keys("Escape", "Control+k");
    await page.waitForSelector("dialog.palette[open]");
    await page.keyboard.type("rout");
    await keys("Enter");
    await title("Model routing");
    await page.evaluate(() => document.activeElement.blur());
    await keys("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}
