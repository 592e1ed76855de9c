// With a month of life in the store: every screen in both themes for axe, and at every width without a sideways scroll.
import test from "node:test";
import assert from "node:assert/strict";
import { complaints, enter, newPage, show } from "../browser.mjs";
import { SCREENS } from "../screens.mjs";
import { life } from "../seed.mjs";

const WIDTHS = [320, 390, 768, 1280, 1920];

export function access(stage) {
  const { home } = stage;

  test("a month of life", async () => {
    await home.write(life());
    await home.admin("PUT", "/admin/aliases", { map: { "gpt-4o": "openai:gpt-6.1-terra", "claude-3-*": "claude-haiku-4-5", "*": "mock" } });
  });

  for (const scheme of ["light", "dark"]) {
    test(`axe has nothing to say, ${scheme}`, async () => {
      const page = await newPage(stage.browser, home, { scheme, bypassCSP: true });
      await page.goto(`${home.url}/dashboard`);
      await page.waitForSelector("#token");
      assert.deepEqual(await complaints(page), [], "sign-in");
      await enter(page, home);
      for (const [name, path] of SCREENS) {
        await show(page, home, path);
        assert.deepEqual(await complaints(page), [], name);
      }
      await show(page, home, "/activity");
      await page.locator("tbody tr a").first().click();
      await page.waitForSelector("dialog.drawer[open]");
      assert.deepEqual(await complaints(page), [], "a call");
      await page.context().close();
    });
  }

  test("no screen is wider than the window", async () => {
    const page = await enter(await newPage(stage.browser, home), home);
    for (const [name, path] of SCREENS) {
      await show(page, home, path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const [over, worst] = await page.evaluate(() => {
          const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
          const dialog = document.querySelector("dialog[open]");
          const inside = dialog ? dialog.scrollWidth - dialog.clientWidth : 0;
          return [Math.max(wide, inside), wide > 0 ? [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).at(-1)?.outerHTML.slice(0, 160) : ""];
        });
        assert.ok(over <= 0, `${name} at ${width}: ${over} px too wide; ${worst}`);
      }
    }
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });

  test("text at twice its size still fits", async () => {
    const page = await enter(await newPage(stage.browser, home, { width: 640, height: 800 }), home);
    for (const [name, path] of SCREENS) {
      await show(page, home, path);
      await page.evaluate(() => (document.documentElement.style.zoom = "2"));
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 2), name);
    }
    await page.context().close();
  });
}
