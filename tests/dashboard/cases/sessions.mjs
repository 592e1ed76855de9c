// Signing in and out, and what other sites can make a browser do.
import test from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { enter, newPage } from "../browser.mjs";

export function sessions(stage) {
  const { home } = stage;

  test("a wrong token says so; the right one leaves nothing behind but a cookie no script can read", async () => {
    const page = await newPage(stage.browser, home);
    await page.goto(`${home.url}/dashboard/activity`);
    await page.fill("#token", "wrong");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=alert]");
    assert.match(await page.textContent("[role=alert]"), /not the admin token/);
    await page.fill("#token", home.keys.admin);
    await page.keyboard.press("Enter");
    await page.waitForSelector("nav");
    assert.equal(await page.textContent("#title"), "Activity", "it leads to where one wanted to go");
    const [cookie, ...others] = await page.context().cookies();
    assert.deepEqual(others, []);
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path], ["__Host-pa_session", true, true, "Strict", "/"]);
    const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length, location.href.includes("code"), history.length > 0]);
    assert.deepEqual(kept.slice(0, 4), ["", 0, 0, false]);
    await page.reload();
    await page.waitForSelector("nav");
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("a login link signs in, leaves the address at once, and works once", async () => {
    const { json } = await home.admin("POST", "/admin/login-links", undefined, { remember: false });
    const page = await newPage(stage.browser, home);
    await page.goto(home.url + json.path);
    await page.waitForSelector("nav");
    assert.ok(!page.url().includes(json.code));
    assert.ok(!page.requested.some((url) => url.split("#")[0].includes(json.code)), "no server saw it in an address");
    const other = await newPage(stage.browser, home);
    await other.goto(home.url + json.path);
    await other.waitForSelector("[role=alert]");
    assert.match(await other.textContent("[role=alert]"), /used already/);
    await page.context().close();
    await other.context().close();
  });

  test("signing out ends the session at the server, and the page forgets what it showed", async () => {
    const page = await enter(await newPage(stage.browser, home), home);
    const [{ name, value }] = await page.context().cookies();
    const ask = () => home.admin("GET", "/admin/tokens", undefined, { headers: { cookie: `${name}=${value}` }, remember: false });
    assert.equal((await ask()).status, 200);
    await page.click("[aria-label='Sign out']");
    await page.waitForSelector("#token");
    assert.equal((await ask()).status, 401);
    assert.deepEqual(await page.context().cookies(), []);
    await page.goto(`${home.url}/dashboard/machines`);
    await page.waitForSelector("#token");
    await page.context().close();
  });

  test("a session ended elsewhere leads back to the sign-in", async () => {
    const page = await enter(await newPage(stage.browser, home), home, "/machines");
    await home.admin("DELETE", "/admin/sessions");
    await page.waitForSelector("#token", { timeout: 20_000 });
    await page.context().close();
  });

  test("other sites, and other ports of this host, change nothing and frame nothing", async () => {
    const page = await enter(await newPage(stage.browser, home), home);
    const count = async () => (await home.admin("GET", "/admin/tokens")).json.tokens.length;
    const before = await count();
    const attacks = `<!doctype html><iframe id=frame src="${home.url}/dashboard"></iframe>
      <form id=form method=post enctype=text/plain action="${home.url}/admin/tokens"><input name='{"label":"forged","scope":["*"],"x":"' value='"}'></form>
      <script>
        const body = JSON.stringify({ label: "forged", scope: ["*"] });
        const tries = ["cors", "no-cors"].map((mode) => fetch("${home.url}/admin/tokens", { method: "POST", mode, credentials: "include", body }).then((a) => a.status, () => "refused"));
        const read = fetch("${home.url}/admin/tokens", { credentials: "include" }).then((a) => a.text(), () => "refused");
        Promise.all([...tries, read]).then((all) => { document.title = all.join(); });
      </script>`;
    const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(attacks)).listen(0, "127.0.0.1");
    await once(server, "listening");
    for (const host of ["127.0.0.1", "localhost"]) {
      const evil = await page.context().newPage();
      await evil.goto(`http://${host}:${server.address().port}/`);
      await evil.waitForFunction(() => document.title !== "");
      assert.equal(await evil.title(), "refused,0,refused", host);
      const frame = evil.frames().find((one) => one !== evil.mainFrame());
      assert.ok(!(await frame.content()).includes("proxyagent</"), "it cannot be framed");
      await Promise.all([evil.waitForNavigation(), evil.evaluate(() => document.getElementById("form").submit())]);
      assert.match(await evil.textContent("body"), /not sent by the dashboard|missing or wrong/);
    }
    server.close();
    assert.equal(await count(), before);
    await page.context().close();
  });

  test("guessing is throttled, and says for how long", async () => {
    for (let i = 0; i < 10; i += 1) {
      await home.admin("POST", "/admin/session", { token: `guess-${i}` }, { headers: { "sec-fetch-site": "same-origin" }, remember: false });
    }
    const page = await newPage(stage.browser, home);
    await page.goto(`${home.url}/dashboard`);
    await page.fill("#token", home.keys.admin);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=alert]");
    assert.match(await page.textContent("[role=alert]"), /Too many wrong admin tokens; retry in \d+ s/);
    await page.context().close();
  });
}
