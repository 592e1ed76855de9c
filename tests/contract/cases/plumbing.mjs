// The edges of HTTP: probes, request ids, upgrades, methods.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, DIALECTS, NAMES } from "../dialects.mjs";
import { eventually } from "../eventually.mjs";

export function plumbing(home) {
  describe("probes", () => {
    test("GET /healthz says that it is alive and nothing more", async () => {
      const got = await home.send("/healthz");
      assert.deepEqual([got.status, JSON.parse(got.body)], [200, { ok: true }]);
      assert.equal((await home.send("/readyz")).status, 200);
    });

    test("Claude Code's HEAD probe is answered and is no failed authentication", async () => {
      for (const path of ["/anthropic/api/hello", "/anthropic", "/anthropic/"]) {
        const id = `hello-${home.marker()}`;
        const got = await home.send(path, { method: "HEAD", headers: { "x-proxyagent-request-id": id } });
        assert.ok(got.status < 500 && got.status !== 401, `${path}: ${got.status}`);
        // A refused call made afterwards is recorded; the probe made before it is not.
        const { token, id: tokenId } = await home.mint({ scope: ["openai"] });
        await home.ask("messages", { token });
        await home.row(tokenId);
        const { json } = await home.admin("GET", "/admin/logs?limit=20");
        assert.ok(!json.logs.some((row) => row.request_id === id), "the probe left no row");
      }
    });

    test("what needs no token says nothing about the installation", async () => {
      for (const path of ["/healthz", "/readyz"]) assert.deepEqual(JSON.parse((await home.send(path)).body), { ok: true });
      const metrics = await home.send("/metrics");
      assert.ok(metrics.status === 401 || metrics.status === 404, `/metrics without a token: ${metrics.status}`);
    });
  });

  describe("request ids", () => {
    test("the caller's id is echoed and stored; without one, one is made", async () => {
      for (const dialect of NAMES) {
        const { token, id, marker } = await home.begin();
        const own = `trace:${marker}.${dialect}_1`;
        const got = await home.ask(dialect, { token, marker, headers: { "x-proxyagent-request-id": own } });
        assert.equal(got.headers["x-proxyagent-request-id"], own);
        assert.equal((await home.row(id)).request_id, own);
        const [a, b] = [await home.ask(dialect, { token, marker }), await home.ask(dialect, { token, marker, stream: true })];
        const made = [a, b].map((answer) => answer.headers["x-proxyagent-request-id"]);
        assert.ok(made[0] && made[1] && made[0] !== made[1]);
        const known = await eventually(async () => {
          const rows = await home.rows(id);
          return rows.length === 3 && rows.map((row) => row.request_id);
        }, "three rows");
        for (const one of made) assert.ok(known.includes(one), "the row can be found by the id the caller saw");
      }
    });

    test("an id that could harm a log is replaced", async () => {
      const { token, marker } = await home.begin();
      for (const bad of ["<script>alert(1)</script>", "x".repeat(2000), "a b", "=cmd|' /C calc'!A0"]) {
        const got = await home.ask("messages", { token, marker, headers: { "x-proxyagent-request-id": bad } });
        assert.equal(got.status, 200);
        assert.match(got.headers["x-proxyagent-request-id"], /^[\w.:-]{8,128}$/);
      }
    });

    test("failures carry an id too", async () => {
      for (const path of ["/anthropic/v1/messages", "/nosuchprovider/v1/messages", "/nothing"]) {
        const got = await home.send(path, { method: "POST", body: "{}", headers: { "x-proxyagent-request-id": "fail-1" } });
        assert.equal(got.headers["x-proxyagent-request-id"], "fail-1", path);
      }
    });
  });

  describe("upgrades and methods", () => {
    test("a WebSocket on /v1/responses is refused with 426, so that Codex falls back at once", async () => {
      const { token } = await home.begin();
      const got = await home.send("/openai/v1/responses", {
        headers: {
          authorization: `Bearer ${token}`, connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "openai-beta": "responses_websockets=2026-02-06",
        },
      });
      assert.equal(got.status, 426, got.body.toString());
    });

    test("the wrong method: 405 with a JSON error", async () => {
      const { token } = await home.begin();
      for (const dialect of NAMES) {
        for (const method of ["GET", "PUT", "DELETE"]) {
          const got = await home.send(DIALECTS[dialect].path, { method, headers: DIALECTS[dialect].auth(token) });
          assertFailure(dialect, got, 405);
        }
      }
    });
  });
}
