// Scopes, aliases, and paths that lead nowhere.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, DIALECTS, NAMES } from "../dialects.mjs";

export function routing(home) {
  describe("scope", () => {
    test("what a scope does not cover is refused in the caller's dialect, and nothing is sent", async () => {
      for (const dialect of NAMES) {
        const { token, marker } = await home.begin({ scope: ["anthropic:claude-haiku-*", "openai:gpt-5.4-nano"] });
        for (const stream of [true, false]) {
          assertFailure(dialect, await home.ask(dialect, { token, marker, stream }), 403);
        }
        assert.equal(home.upstream.seen(marker).length, 0);
      }
    });

    test("entries decide as their grammar says", async () => {
      for (const [scope, provider, model, allowed] of [
        ["*", "anthropic", "claude-opus-5-5", true],
        ["anthropic", "anthropic", "claude-opus-5-5", true],
        ["anthropic", "openai", "gpt-6.1-terra", false],
        ["anthropic:claude-*-5-5", "anthropic", "claude-opus-5-5", true],
        ["anthropic:claude-?pus-5-5", "anthropic", "claude-opus-5-5", true],
        ["anthropic:CLAUDE-*", "anthropic", "claude-opus-5-5", false],
        ["*:gpt-*", "openai", "gpt-6.1-terra", true],
        ["*:gpt-*", "anthropic", "claude-opus-5-5", false],
        ["anthropic:claude-opus-5-[0-9]", "anthropic", "claude-opus-5-5", false],
        ["anthropic:claude-opus", "anthropic", "claude-opus-5-5", false],
      ]) {
        const { token, marker } = await home.begin({ scope: [scope] });
        const dialect = provider === "anthropic" ? "messages" : "chat";
        const got = await home.ask(dialect, { token, marker, model });
        assert.equal(got.status, allowed ? 200 : 403, `${scope} for ${provider}:${model}: ${got.body}`);
      }
    });

    test("an entry that can match nothing is refused when minting", async () => {
      for (const entry of ["", "nosuchprovider", "anthropicx:claude-*"]) {
        const made = await home.admin("POST", "/admin/tokens", { label: "x", scope: [entry] }, { remember: false });
        assert.equal(made.status, 400, `${JSON.stringify(entry)}: ${made.body}`);
      }
    });
  });

  describe("aliases", () => {
    test("a renamed model is the only change in the body", async () => {
      await withAliases(home, { "claude-x": "anthropic:claude-opus-5-5" }, async () => {
        const { token, id, marker } = await home.begin();
        const body = `{ "max_tokens":64,"model"  :"claude-x", "messages":[{"role":"user","content":"claude-x \\u00e9 [[case:${marker}]]"}],"n":1.0}`;
        const got = await home.send("/anthropic/v1/messages", { method: "POST", headers: { "x-api-key": token }, body });
        assert.equal(got.status, 200, got.body.toString());
        assert.equal(home.upstream.seen(marker)[0].body.toString(), body.replace(`:"claude-x"`, `:"claude-opus-5-5"`));
        const row = await home.row(id);
        assert.deepEqual([row.provider, row.model], ["anthropic", "claude-opus-5-5"]);
        assert.ok(row.cost_usd > 0, "the real model's price applies");
      });
    });

    test("'*' → mock answers a token whose scope covers only what it asked for", async () => {
      await withAliases(home, { "*": "mock" }, async () => {
        for (const dialect of NAMES) {
          const { provider, model } = DIALECTS[dialect];
          const { token, marker } = await home.begin({ scope: [`${provider}:${model}`] });
          const got = await home.ask(dialect, { token, marker });
          assert.equal(got.status, 200, got.body.toString());
          assert.ok(got.body.includes("mock: "), got.body.toString());
          assert.equal(home.upstream.seen(marker).length, 0);
        }
      });
    });

    test("a circle is refused when it is set, and changes nothing", async () => {
      const before = (await home.admin("GET", "/admin/aliases")).json.map;
      const circle = { ...before, "loop-a": "anthropic:loop-b", "loop-b": "anthropic:loop-a" };
      const set = await home.admin("PUT", "/admin/aliases", { map: circle });
      assert.equal(set.status, 400, set.body.toString());
      assert.deepEqual((await home.admin("GET", "/admin/aliases")).json.map, before);
    });

    test("a removed alias is gone for the next call", async () => {
      const { token, marker } = await home.begin();
      await withAliases(home, { "short-lived": "mock" }, async () => {
        assert.ok((await home.ask("messages", { token, marker, model: "short-lived" })).body.includes("mock: "));
      });
      await home.ask("messages", { token, marker, model: "short-lived" });
      assert.equal(JSON.parse(home.upstream.seen(marker)[0].body).model, "short-lived");
    });
  });

  describe("paths that lead nowhere", () => {
    test("unknown provider: 404 with a JSON error", async () => {
      const { token, marker } = await home.begin();
      for (const dialect of NAMES) {
        const path = DIALECTS[dialect].path.replace(/^\/\w+/, "/nosuchprovider");
        assertFailure(dialect, await home.ask(dialect, { token, marker, path }), 404);
      }
    });

    test("unknown route: 404 with a JSON error, nothing sent", async () => {
      const { token } = await home.begin();
      const before = home.upstream.requests.length;
      for (const [method, path] of [
        ["POST", "/anthropic/v1/nothing"], ["POST", "/anthropic/v1/messages/../complete"],
        ["POST", "/anthropic/v1/messages%2f..%2fcomplete"], ["GET", "/nothing/at/all"],
        ["GET", "/admin/nothing"], ["POST", "//evil.example/v1/messages"],
      ]) {
        const headers = path.startsWith("/admin") ? { "x-admin-token": home.keys.admin } : { authorization: `Bearer ${token}` };
        const got = await home.send(path, { method, headers, body: method === "POST" ? `{"model":"m"}` : undefined });
        assert.equal(got.status, 404, `${method} ${path}: ${got.status} ${got.body}`);
        assert.equal(typeof JSON.parse(got.body).error.message, "string", path);
      }
      assert.equal(home.upstream.requests.length, before);
    });

    test("what belongs to the account: 403, named, nothing sent", async () => {
      const { token } = await home.begin();
      const before = home.upstream.requests.length;
      for (const [method, path] of [
        ["POST", "/openai/v1/files"], ["POST", "/openai/v1/fine_tuning/jobs"], ["GET", "/openai/v1/responses/resp_1"],
        ["POST", "/anthropic/v1/messages/batches"], ["GET", "/gemini/v1beta/cachedContents"],
      ]) {
        const headers = { authorization: `Bearer ${token}` };
        const got = await home.send(path, { method, headers, body: method === "POST" ? `{"model":"m"}` : undefined });
        assert.equal(got.status, 403, `${method} ${path}: ${got.status} ${got.body}`);
        assert.equal(got.headers["x-proxyagent-error"], "not_served");
        assert.equal(got.headers["x-should-retry"], "false");
      }
      assert.equal(home.upstream.requests.length, before);
    });
  });
}

/** Runs `work` with more aliases, and puts the map back as it was. */
export async function withAliases(home, more, work) {
  const before = (await home.admin("GET", "/admin/aliases")).json.map;
  const set = await home.admin("PUT", "/admin/aliases", { map: { ...before, ...more } });
  assert.ok(set.status < 300, `setting aliases: ${set.status} ${set.body}`);
  try {
    await work();
  } finally {
    const back = await home.admin("PUT", "/admin/aliases", { map: before });
    assert.ok(back.status < 300, `putting the aliases back: ${back.status} ${back.body}`);
  }
}
