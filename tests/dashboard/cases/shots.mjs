// A picture of every screen, for people to look at. With SHOTS=docs those of the README are made anew.
import test from "node:test";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { enter, newPage, show } from "../browser.mjs";
import { SCREENS } from "../screens.mjs";

const OUT = fileURLToPath(new URL("../../artefacts/dashboard/", import.meta.url));
const DOCS = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const SIZES = [["desk", 1280, 860, "light"], ["dark", 1280, 860, "dark"], ["phone", 390, 844, "light"]];

export function shots(stage) {
  const { home } = stage;

  test("pictures", async () => {
    mkdirSync(OUT, { recursive: true });
    for (const [size, width, height, scheme] of SIZES) {
      const page = await newPage(stage.browser, home, { width, height, scheme });
      await page.goto(`${home.url}/dashboard`);
      await page.waitForSelector("#token");
      await page.screenshot({ path: `${OUT}${home.name}-${size}-sign-in.png` });
      await enter(page, home);
      for (const [name, path] of SCREENS) {
        await show(page, home, path);
        await page.screenshot({ path: `${OUT}${home.name}-${size}-${name}.png` });
      }
      await show(page, home, "/activity");
      await page.locator("tbody tr").nth(4).locator("a").first().click();
      await page.waitForSelector("dialog.drawer[open] .timeline");
      await page.screenshot({ path: `${OUT}${home.name}-${size}-call.png` });
      await page.context().close();
    }
  });

  test("the README's pictures", { skip: process.env.SHOTS !== "docs" }, async () => {
    mkdirSync(DOCS, { recursive: true });
    for (const [name, path, scheme] of [["overview", "", "light"], ["machines", "/machines", "dark"], ["activity", "/activity", "light"]]) {
      const page = await enter(await newPage(stage.browser, home, { width: 1200, height: 760, scheme }), home);
      await show(page, home, path);
      await page.screenshot({ path: `${DOCS}${name}.png` });
      await page.context().close();
    }
  });
}
