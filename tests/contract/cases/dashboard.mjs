// The dashboard's pages and sessions, as a browser's requests look on the wire.
import test, { describe } from "node:test";
import assert from "node:assert/strict";

export function dashboard(home) {
  describe("dashboard", () => {
    test("its pages come with a policy under which nothing foreign runs", async () => {
      for (const path of ["/dashboard", "/dashboard/machines/tok_1", "/dashboard/assets/app.js", "/dashboard/assets/style.css"]) {
        const got = await home.send(path);
        assert.equal(got.status, 200, path);
        assert.match(got.headers["content-security-policy"], /^default-src 'none'; script-src 'self';.*require-trusted-types-for 'script'/);
        assert.doesNotMatch(got.headers["content-security-policy"], /unsafe|\*/);
        assert.equal(got.headers["x-content-type-options"], "nosniff");
        assert.equal(got.headers["x-frame-options"], "DENY");
        assert.equal(got.headers["referrer-policy"], "no-referrer");
        const again = await home.send(path, { headers: { "if-none-match": got.headers.etag } });
        assert.equal(again.status, 304, path);
        assert.equal(again.body.length, 0);
      }
    });

    test("what is not among its files is not there, however the path is written", async () => {
      for (const path of ["/dashboard/assets/none.js", "/dashboard/assets/..%2f..%2fwrangler.toml", "/assets/app.js", "/app.js", "/index.html"]) {
        assert.equal((await home.send(path)).status, 404, path);
      }
      const front = await home.send("/");
      assert.equal(front.status, 302);
      assert.equal(front.headers.location, "/dashboard");
    });

    test("the series of the charts count what was called", async () => {
      const { token, id } = await home.begin({ scope: ["mock"] });
      assert.equal((await home.ask("messages", { token, model: "mock" })).status, 200);
      await home.settled(id);
      for (const [range, slots] of [["1h", 60], ["24h", 48], ["7d", 7], ["30d", 30]]) {
        const { status, json } = await home.admin("GET", `/admin/series?range=${range}`);
        assert.equal(status, 200, range);
        assert.equal(json.slots.length, slots);
        assert.ok(json.slots.at(-1).requests + json.slots.at(-2).requests > 0, `${range}: the newest slots hold it`);
        assert.equal(json.totals.requests, json.slots.reduce((sum, slot) => sum + slot.requests, 0), range);
      }
    });

    test("a login link signs in once; signing out ends the session at the server", async () => {
      const link = await home.admin("POST", "/admin/login-links", undefined, { remember: false });
      const open = () => home.admin("POST", "/admin/session", { code: link.json.code }, { headers: { "sec-fetch-site": "same-origin" }, remember: false });
      const opened = await open();
      assert.equal(opened.status, 200);
      assert.equal((await open()).status, 401);
      const set = [].concat(opened.headers["set-cookie"]);
      assert.match(set[0], /^__Host-pa_session=[0-9A-Za-z]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=43200$/);
      const cookie = set[0].split(";")[0];
      const ask = (method, path, headers = {}, body = undefined) => home.admin(method, path, body, { headers: { cookie, ...headers }, remember: false });
      assert.equal((await ask("GET", "/admin/tokens")).status, 200);
      assert.equal((await ask("GET", "/admin/tokens", { "sec-fetch-site": "cross-site" })).status, 403);
      const own = { "sec-fetch-site": "same-origin", "x-csrf-token": opened.json.csrf };
      const wish = { label: "by cookie", scope: ["mock"], ttl_seconds: 60 };
      assert.equal((await ask("POST", "/admin/tokens", { "sec-fetch-site": "same-origin" }, wish)).status, 403);
      assert.equal((await ask("POST", "/admin/tokens", { ...own, "sec-fetch-site": "same-site" }, wish)).status, 403);
      const made = await ask("POST", "/admin/tokens", own, wish);
      assert.equal(made.status, 200);
      home.minted.push(made.json.token);
      assert.equal((await ask("DELETE", "/admin/session", own)).status, 200);
      assert.equal((await ask("GET", "/admin/tokens")).status, 401);
      assert.ok(!(await home.dump()).includes(cookie.split("=")[1]), "the store holds a hash only");
    });
  });
}
