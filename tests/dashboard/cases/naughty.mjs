// Strings that somebody else chooses (a model's name, a label, an error, a browser's name for itself) on every screen: they
// are shown as they are written, and nothing in them runs.
import test from "node:test";
import assert from "node:assert/strict";
import { enter, newPage, show } from "../browser.mjs";
import { SCREENS } from "../screens.mjs";
import { life } from "../seed.mjs";

export const WORDS = [
  "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "</title></script><script>alert(1)</script>", "javascript:alert(1)", "'-alert(1)-'",
  "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "<a href=\"javascript:alert(1)\">x</a>", "<iframe srcdoc=\"<script>parent.alert(1)</script>\">", "<style>@import'//evil.example'</style>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "data:text/html,<script>alert(1)</script>", "\u202egnp.exe\u2066", "=cmd|'/c calc'!A1", "../../etc/passwd", "%3Cscript%3Ealert(1)%3C/script%3E",
  "Ω≈ç√∫ 田中さん 👩‍👩‍👧‍👦", `${"x".repeat(300)}`, "__proto__", "&lt;b&gt;bold&lt;/b&gt;", "'; DROP TABLE proxy_agent_calls; --",
];

export function naughty(stage) {
  const { home } = stage;

  test("nothing in a foreign string runs, on any screen", async () => {
    await home.write(["DELETE FROM proxy_agent_calls", "DELETE FROM proxy_agent_usage", "DELETE FROM proxy_agent_tokens", ...life({ words: WORDS, count: 120 })]);
    await home.write(WORDS.map((word, i) => `INSERT INTO proxy_agent_sessions (hash, id, created_ms, seen_ms, expires_ms, agent) VALUES ('w${i}', 'ses_w${i}', 1, 1, ${Date.now() + 3_600_000}, '${word.replaceAll("'", "''")}')`));
    const { token } = await home.mint({ label: WORDS[0], scope: ["*"] });
    for (const word of WORDS) {
      await home.ask("messages", { token, model: word, headers: { "user-agent": word.replace(/[^\x20-\x7e]/g, "?"), "x-proxyagent-request-id": word.slice(0, 100).replace(/[^\x20-\x7e]/g, "?") } });
    }
    const page = await enter(await newPage(stage.browser, home), home);
    for (const [name, path] of SCREENS) {
      await show(page, home, path);
      assert.deepEqual(page.wrong, [], name);
    }
    for (const path of ["/machines?show=all", "/activity"]) {
      await show(page, home, path);
      const text = await page.textContent("main");
      assert.ok(text.includes(WORDS[0]) && text.includes(WORDS[2]), `${path} shows them as they are written`);
    }
    for (let i = 0; i < 6; i += 1) {
      await show(page, home, "/activity");
      await page.locator("tbody tr").nth(i * 7).locator("a").first().click();
      await page.waitForSelector("dialog.drawer[open] dl");
      await page.keyboard.press("Escape");
    }
    for (const path of [`/machines/${encodeURIComponent(WORDS[0])}`, `/activity/${encodeURIComponent(WORDS[2])}`, `/routing?try=${encodeURIComponent(`anthropic:${WORDS[0]}`)}`, `/activity?q=${encodeURIComponent(WORDS[1])}`, `/keys/${encodeURIComponent(WORDS[4])}`, `/settings/${encodeURIComponent(WORDS[5])}`]) {
      await page.goto(`${home.url}/dashboard${path}`);
      await page.waitForSelector("#title");
      await page.waitForTimeout(150);
    }
    assert.deepEqual(page.wrong, []);
    assert.equal(await page.evaluate(() => document.querySelectorAll("img, iframe, script:not([src])").length), 0);
    await page.context().close();
  });

  test("a file of calls holds no formula", async () => {
    const page = await enter(await newPage(stage.browser, home), home, "/activity");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Save as CSV").click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    assert.ok(text.includes("cmd|"), "the word is in it");
    assert.doesNotMatch(text, /(^|[,\n\r])"?[=+@\t]/m);
    await page.context().close();
  });
}
