// A busy store stays quick, and the page light.
import test from "node:test";
import assert from "node:assert/strict";
import { enter, newPage, show } from "../browser.mjs";
import { life } from "../seed.mjs";

export function volume(stage) {
  const { home } = stage;

  test("a cold start takes few requests, all of them to the proxy", async () => {
    const page = await enter(await newPage(stage.browser, home), home);
    page.requested.length = 0;
    await show(page, home, "");
    const asked = page.requested.filter((url) => !url.startsWith("data:"));
    assert.ok(asked.length <= 14, `${asked.length} requests:\n${asked.join("\n")}`);
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("a hundred thousand calls", { timeout: 120_000 }, async () => {
    const count = home.name === "native" ? 100_000 : 20_000;
    await home.write(["DELETE FROM proxy_agent_calls", "DELETE FROM proxy_agent_usage", "DELETE FROM proxy_agent_tokens", ...life({ count })]);
    const page = await enter(await newPage(stage.browser, home), home);
    for (const [path, limit] of [["/admin/logs?limit=200", 700], ["/admin/series?range=24h", 3_000]]) {
      const took = await page.evaluate(async (url) => {
        const times = [];
        for (let i = 0; i < 3; i += 1) {
          const began = performance.now();
          await (await fetch(url)).text();
          times.push(performance.now() - began);
        }
        return Math.min(...times);
      }, path);
      assert.ok(took < limit, `${path} took ${took.toFixed(0)} ms`);
    }
    const began = Date.now();
    await show(page, home, "/activity");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-href]").length >= 100);
    assert.ok(Date.now() - began < 5_000, `the list took ${Date.now() - began} ms`);
    assert.ok((await page.evaluate(() => document.querySelectorAll("*").length)) < 30_000);
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}
