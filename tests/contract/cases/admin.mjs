// The admin API: who may use it, the shapes users were promised, and that what it says is true of the next call.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { DIALECTS, NAMES } from "../dialects.mjs";
import { eventually } from "../eventually.mjs";
import { nano } from "../home.mjs";

const READABLE = ["/admin/tokens", "/admin/logs", "/admin/usage", "/admin/aliases", "/admin/providers", "/admin/audit", "/admin/audit/verify"];

export function admin(home) {
  describe("admin: who may", () => entry(home));
  describe("admin: tokens", () => tokens(home));
  describe("admin: logs and usage", () => records(home));
  describe("admin: aliases", () => aliases(home));
}

function entry(home) {
  test("no token, a wrong one, or a machine token: 401 on every route, and nothing changes", async () => {
    const { token } = await home.mint();
    const before = (await home.admin("GET", "/admin/tokens")).json.tokens.length;
    for (const headers of [
      {}, { "x-admin-token": "" }, { "x-admin-token": "wrong" }, { authorization: "Bearer wrong" },
      { "x-admin-token": home.keys.admin.slice(0, -1) }, { "x-admin-token": `${home.keys.admin}x` },
      { "x-admin-token": token }, { authorization: `Bearer ${token}` }, { "x-api-key": home.keys.admin },
    ]) {
      const say = JSON.stringify(Object.keys(headers));
      for (const path of READABLE) {
        const got = await home.admin("GET", path, undefined, { headers });
        assert.equal(got.status, 401, `GET ${path} with ${say}`);
        assert.equal(typeof got.json.error.message, "string");
      }
      const made = await home.admin("POST", "/admin/tokens", { label: "stolen", scope: ["*"] }, { headers });
      assert.equal(made.status, 401, `POST with ${say}`);
      assert.equal((await home.admin("PUT", "/admin/aliases", { map: {} }, { headers })).status, 401);
    }
    assert.equal((await home.admin("GET", "/admin/tokens")).json.tokens.length, before);
  });

  test("the admin token works in both places", async () => {
    for (const headers of [{ "x-admin-token": home.keys.admin }, { authorization: `Bearer ${home.keys.admin}` }]) {
      assert.equal((await home.admin("GET", "/admin/usage", undefined, { headers })).status, 200);
    }
  });

  test("answers are not stored by anyone on the way", async () => {
    for (const path of READABLE) {
      const got = await home.admin("GET", path);
      assert.match(got.headers["cache-control"] ?? "", /no-store/, path);
      assert.match(got.headers["content-type"], /^application\/json/);
    }
  });
}

function tokens(home) {
  test("minting gives the token once; lists show it masked, with the promised fields", async () => {
    const wanted = { label: "shape", scope: ["anthropic", "openai:gpt-*"], ttl_seconds: 3600, rate_limit: 9, budget_usd: 1.25 };
    const before = Date.now();
    const made = await home.admin("POST", "/admin/tokens", wanted, { remember: false });
    home.minted.push(made.json.token);
    assert.match(made.json.token, /^pa_[0-9A-Za-z]{46}$/);
    assert.deepEqual(
      [made.json.label, made.json.scope, made.json.budget_usd, typeof made.json.id, typeof made.json.note],
      ["shape", wanted.scope, 1.25, "string", "string"],
    );
    const listed = await home.listed(made.json.id);
    assert.deepEqual(
      [listed.label, listed.scope, listed.revoked, listed.rate_limit, listed.last_used_ms, listed.budget_usd, listed.spent_usd],
      ["shape", wanted.scope, false, 9, null, 1.25, 0],
    );
    assert.ok(listed.expires_ms >= before + 3_590_000 && listed.expires_ms <= Date.now() + 3_610_000);
    assert.ok(listed.masked.length < 20 && !made.json.token.includes(listed.masked));
    assert.ok(!JSON.stringify((await home.admin("GET", "/admin/tokens")).json).includes(made.json.token));
  });

  test("a token without limits says so", async () => {
    const { id } = await home.mint({ label: "free" });
    const { rate_limit, expires_ms, budget_usd } = await home.listed(id);
    assert.deepEqual([rate_limit, expires_ms, budget_usd], [null, null, null]);
  });

  test("bad wishes are refused, not guessed at", async () => {
    for (const wish of [
      { scope: ["*"] }, { label: 5, scope: ["*"] }, { label: "x", scope: "*" }, { label: "x", scope: ["*"], rate_limit: 0 },
      { label: "x", scope: ["*"], rate_limit: -1 }, { label: "x", scope: ["*"], budget_usd: -1 }, { label: "x", scope: ["*"], ttl_seconds: 0 },
      { label: "x", scope: ["*"], ttl_seconds: -5 }, { label: "x", scope: ["*"], budget_usd: "5" },
    ]) {
      const got = await home.admin("POST", "/admin/tokens", wish, { remember: false });
      assert.equal(got.status, 400, `${JSON.stringify(wish)}: ${got.body}`);
    }
  });

  test("revocation takes effect on the next call, on every dialect", async () => {
    for (const dialect of NAMES) {
      const { token, id, marker } = await home.begin();
      assert.equal((await home.ask(dialect, { token, marker })).status, 200);
      assert.ok((await home.admin("DELETE", `/admin/tokens/${id}`)).status < 300);
      assert.equal((await home.ask(dialect, { token, marker })).status, 401);
      assert.equal(home.upstream.seen(marker).length, 1);
      assert.equal((await home.listed(id)).revoked, true);
    }
    assert.equal((await home.admin("DELETE", "/admin/tokens/no-such-id")).status, 404);
  });
}

function records(home) {
  test("a row has the promised fields", async () => {
    const before = Date.now();
    const { token, id, marker } = await home.begin({ label: "rows" });
    await home.ask("chat", { token, marker, stream: true, headers: { "x-proxyagent-request-id": `row-${marker}` } });
    const row = await home.row(id);
    assert.deepEqual(
      [row.token_id, row.token_label, row.provider, row.model, row.status, row.prompt_tokens, row.completion_tokens, row.streamed, row.error],
      [id, "rows", "openai", DIALECTS.chat.model, 200, 12, 5, true, null],
    );
    assert.deepEqual([nano(row.cost_usd), row.tools_used, row.request_id], [37_000, [], `row-${marker}`]);
    assert.ok(row.ts_ms >= before - 1000 && row.ts_ms <= Date.now() + 1000);
    assert.ok(Number.isInteger(row.latency_ms) && row.latency_ms >= 0 && row.latency_ms < 60_000);
    assert.equal(typeof row.id, "string");
    const { last_used_ms, spent_usd } = await home.listed(id);
    assert.ok(last_used_ms >= before - 1000);
    assert.equal(nano(spent_usd), 37_000);
  });

  test("rows come newest first, as many as asked for", async () => {
    const { token, id } = await home.mint();
    for (const text of ["one", "two", "three"]) await home.ask("messages", { token, text, model: "mock" });
    await home.settled(id, 3);
    const { logs } = (await home.admin("GET", "/admin/logs?limit=2")).json;
    assert.equal(logs.length, 2);
    assert.ok(logs[0].ts_ms >= logs[1].ts_ms);
    for (const bad of ["0", "-1", "x"]) assert.equal((await home.admin("GET", `/admin/logs?limit=${bad}`)).status, 400, bad);
  });

  test("refused calls are rows too, with the reason", async () => {
    for (const [limits, status, code] of [
      [{ scope: ["openai"] }, 403, "scope_denied"],
      [{ budget_usd: 0 }, 402, "budget_exhausted"],
    ]) {
      const { token, id } = await home.mint(limits);
      await home.ask("messages", { token });
      const row = await home.row(id);
      assert.deepEqual([row.status, row.error, row.cost_usd, row.ended], [status, code, 0, "refused"]);
    }
  });

  test("the usage totals grow by exactly what the rows say", async () => {
    const usage = async () => (await home.admin("GET", "/admin/usage")).json;
    const before = await usage();
    for (const field of ["requests", "prompt_tokens", "completion_tokens", "cost_usd"]) {
      assert.equal(typeof before.usage[field], "number", field);
    }
    assert.ok(Array.isArray(before.providers) && Array.isArray(before.tools));
    assert.equal(before.backend, home.store);
    assert.equal(typeof before.encryption, "boolean");

    const { token, id, marker } = await home.begin();
    for (const dialect of NAMES) for (const stream of [true, false]) await home.ask(dialect, { token, marker, stream });
    const rows = await home.settled(id, 6);
    const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
    const after = await usage();
    assert.equal(after.usage.requests - before.usage.requests, 6);
    assert.equal(after.usage.prompt_tokens - before.usage.prompt_tokens, sum("prompt_tokens"));
    assert.equal(after.usage.completion_tokens - before.usage.completion_tokens, sum("completion_tokens"));
    assert.equal(nano(after.usage.cost_usd) - nano(before.usage.cost_usd), rows.reduce((n, row) => n + nano(row.cost_usd), 0));
    assert.equal(nano((await home.listed(id)).spent_usd), rows.reduce((n, row) => n + nano(row.cost_usd), 0));
    assert.ok(sum("cost_usd") > 0);
  });
}

function aliases(home) {
  test("what is put is what is got, in order; a wrong map changes nothing", async () => {
    const before = (await home.admin("GET", "/admin/aliases")).json.map;
    const map = { ...before, "zz-first": "anthropic:claude-opus-5-5", "aa-second": "mock" };
    try {
      assert.ok((await home.admin("PUT", "/admin/aliases", { map })).status < 300);
      const got = (await home.admin("GET", "/admin/aliases")).json.map;
      assert.deepEqual(Object.entries(got), Object.entries(map));
      for (const wrong of [{ map: { x: "nosuchprovider:y" } }, { map: { x: 5 } }, { map: [] }, {}, { map: { x: "" } }]) {
        assert.equal((await home.admin("PUT", "/admin/aliases", wrong)).status, 400, JSON.stringify(wrong));
      }
      assert.deepEqual((await home.admin("GET", "/admin/aliases")).json.map, map);
    } finally {
      await home.admin("PUT", "/admin/aliases", { map: before });
    }
  });

  test("a change counts for the very next call, every time", async () => {
    const { token, marker } = await home.begin();
    const before = (await home.admin("GET", "/admin/aliases")).json.map;
    try {
      for (const model of ["model-a", "model-b", "model-a"]) {
        await home.admin("PUT", "/admin/aliases", { map: { ...before, "swinging": `anthropic:${model}` } });
        await home.ask("messages", { token, marker, model: "swinging" });
        assert.equal(JSON.parse(home.upstream.seen(marker).at(-1).body).model, model);
      }
    } finally {
      await home.admin("PUT", "/admin/aliases", { map: before });
    }
    await eventually(async () => !("swinging" in (await home.admin("GET", "/admin/aliases")).json.map), "the map is back");
  });
}
