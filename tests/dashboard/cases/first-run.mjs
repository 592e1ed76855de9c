// On an empty store the dashboard says what to do, and the steps tick themselves.
import test from "node:test";
import assert from "node:assert/strict";
import { complaints, enter, newPage, show } from "../browser.mjs";

export function firstRun(stage) {
  const { home } = stage;
  test("empty screens teach, and please axe", async () => {
    // The native server has minted a first token when it greeted.
    const { json } = await home.admin("GET", "/admin/tokens");
    for (const token of json.tokens) await home.admin("DELETE", `/admin/tokens/${token.id}`);
    const page = await newPage(stage.browser, home, { bypassCSP: true });
    await enter(page, home);
    for (const [path, text] of [["", /Four steps/], ["/machines", /No machine may call yet|No token like that/], ["/activity", /No call yet/], ["/routing", /No routes/]]) {
      await show(page, home, path);
      assert.match(await page.textContent("main"), text, path);
      assert.deepEqual(await complaints(page), [], path);
    }
    await page.context().close();
  });

  test("the first steps tick themselves", async () => {
    const page = await newPage(stage.browser, home);
    await enter(page, home);
    await page.waitForSelector(".steps");
    const { token } = await home.mint({ label: "first", scope: ["mock"] });
    await page.waitForFunction(() => document.querySelectorAll(".steps .done").length >= 3, null, { timeout: 25_000 });
    assert.equal((await home.ask("messages", { token, model: "mock" })).status, 200);
    await page.waitForSelector(".chart", { timeout: 25_000 });
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}
