// The dashboard's tests in the order in which a home lives: empty, with its first machine, with a month behind it.
import { after, before, describe } from "node:test";
import { access } from "./cases/access.mjs";
import { firstRun } from "./cases/first-run.mjs";
import { machines } from "./cases/machines.mjs";
import { naughty } from "./cases/naughty.mjs";
import { sessions } from "./cases/sessions.mjs";
import { shots } from "./cases/shots.mjs";
import { volume } from "./cases/volume.mjs";
import { startBrowser } from "./browser.mjs";

/** @param {object} home with `write(statements)` */
export function dashboard(home) {
  describe(`the dashboard, ${home.name}`, { concurrency: false }, () => {
    const stage = { home, browser: null };
    before(async () => {
      stage.browser = await startBrowser();
    });
    after(() => stage.browser?.close());
    for (const part of [firstRun, sessions, machines, access, shots, naughty, volume]) part(stage);
  });
}
