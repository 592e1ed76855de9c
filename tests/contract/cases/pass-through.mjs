// What passes through untouched, what is replaced, and what never crosses.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { playable } from "../fixtures.mjs";
import { DIALECTS, eventsOf } from "../dialects.mjs";
import { answer, inPieces } from "../../fake-provider/behaviours.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";

export function passThrough(home) {
  describe("fixtures arrive as they were sent", () => fixtures(home));
  describe("requests", () => requests(home));
  describe("answers", () => answers(home));
}

function fixtures(home) {
  for (const fixture of playable()) {
    // A stream is played in one piece, in small ones, and split inside its first line and inside characters.
    for (const sizes of fixture.streamed ? [[1 << 20], [7], [1, 3, 2]] : [[1 << 20]]) {
      test(`${fixture.title} (pieces of ${sizes})`, async () => {
        const { token, marker } = await home.begin();
        home.upstream.script(marker, inPieces({ ...fixture.upstream, sizes }));
        const got = await home.send(fixture.path, { method: "POST", headers: fixture.headers(token), body: fixture.body(marker) });

        assert.equal(got.status, fixture.client.status);
        assert.equal(got.broken, false);
        assert.equal(got.body.toString(), fixture.client.body.toString());
        assert.equal(got.headers["content-type"], fixture.upstream.headers["content-type"]);

        const [sent, ...more] = home.upstream.seen(marker);
        assert.equal(more.length, 0, "one attempt");
        assert.equal(sent.url, fixture.sent.path);
        for (const [name, value] of Object.entries(fixture.sent.headers)) {
          const real = value.replace("sk-ant-api03-UPSTREAM", home.keys.anthropic).replace("sk-UPSTREAM", home.keys.openai);
          assert.equal(sent.headers[name], real, name);
        }
        for (const name of fixture.sent.absent) assert.equal(sent.headers[name], undefined, name);
        assert.deepEqual(JSON.parse(sent.body), fixture.sent.body(marker));
        assertTokenStayed(token, sent);
      });
    }
  }
}

function requests(home) {
  test("the body is byte-identical, however it is written", async () => {
    const { token, marker } = await home.begin();
    const body = `\n {"zeta":1,\t"model" : "claude-opus-5-5","max_tokens":64, "alpha":{"b":1.0,"a":12345678901234567890123,"c":1E+2},\r\n`
      + `"messages":[{"role":"user","content":"\\u0041\\ud83d\\ude00 é 👋 \\/ [[case:${marker}]]"}], "unknown_field":{"model":"inner","x":[ ]} } \n`;
    const got = await home.send("/anthropic/v1/messages", { method: "POST", headers: { "x-api-key": token }, body });
    assert.equal(got.status, 200);
    assert.equal(home.upstream.seen(marker)[0].body.toString(), body);
  });

  test("a chat stream is asked for its usage, and nothing else in its body changes", async () => {
    for (const [given, wanted] of [
      ["", { include_usage: true }],
      [`"stream_options":{"include_obfuscation":false},`, { include_obfuscation: false, include_usage: true }],
      [`"stream_options":{},`, { include_usage: true }],
    ]) {
      const { token, marker } = await home.begin();
      const start = `{"z": 1.50 ,${given}"model":"gpt-6.1-terra",`;
      const end = `"stream" : true, "messages":[{"role":"user","content":"\\u0041 [[case:${marker}]]"}], "n": 10000000000000000001 }`;
      const got = await home.send("/openai/v1/chat/completions", {
        method: "POST", headers: { authorization: `Bearer ${token}` }, body: start + end,
      });
      assert.equal(got.status, 200);
      const sent = home.upstream.seen(marker)[0].body.toString();
      assert.deepEqual(JSON.parse(sent).stream_options, wanted, sent);
      const kept = (text) => text.replace(/"stream_options"\s*:\s*\{[^}]*\}/, "").replace(/,\s*(?=,|\})/g, "").replace(/\s+\}$/, "}");
      assert.equal(kept(sent), kept(start + end), "all but stream_options is as it was sent");
    }
  });

  test("the usage chunk is shown to a caller that asked for it, and hidden from one that did not", async () => {
    for (const [options, shown] of [[{ include_usage: true }, 1], [{ include_usage: false }, 0], [undefined, 0]]) {
      const { token, id, marker } = await home.begin();
      const got = await home.ask("chat", { token, marker, stream: true, change: (body) => ({ ...body, stream_options: options }) });
      const chunks = eventsOf(got.body).map((event) => event.data);
      assert.equal(chunks.at(-1), "[DONE]");
      assert.equal(chunks.filter((data) => data.includes(`"choices":[]`)).length, shown, JSON.stringify(options));
      const row = await home.row(id);
      assert.deepEqual([row.prompt_tokens, row.completion_tokens], [12, 5]);
    }
  });

  test("the caller's own headers and query pass", async () => {
    const { token, marker } = await home.begin();
    const headers = {
      "x-api-key": token,
      "content-type": "application/json",
      accept: "text/event-stream",
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "b-one-2026-01-01,a-two-2025-02-02,unknown-2031-01-01",
      "x-stainless-lang": "js",
      "x-stainless-retry-count": "0",
      "x-app": "cli",
      "user-agent": "claude-cli/2.1.330 (external, sdk-cli)",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-claude-code-session-id": "00000000-0000-4000-8000-000000000001",
      "idempotency-key": "idem-1",
    };
    await home.ask("messages", { token, marker, path: "/anthropic/v1/messages?beta=true", headers });
    const [sent] = home.upstream.seen(marker);
    assert.equal(sent.url, "/v1/messages?beta=true");
    delete headers["x-api-key"];
    for (const [name, value] of Object.entries(headers)) assert.equal(sent.headers[name], value, name);
    assert.equal(sent.headers["x-api-key"], home.keys.anthropic);
  });

  test("private and hop-by-hop headers do not cross", async () => {
    const { token, marker } = await home.begin();
    const dropped = {
      cookie: "session=1",
      te: "trailers",
      "keep-alive": "timeout=5",
      "proxy-authorization": "Basic cHJveHk6c2VjcmV0",
      "proxy-connection": "keep-alive",
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "444",
      forwarded: "for=203.0.113.9",
      "x-real-ip": "203.0.113.9",
      "cf-connecting-ip": "203.0.113.9",
      "x-proxyagent-request-id": "own-1",
      "x-proxyagent-tools": "off",
      ...(home.seesConnectionHeader ? { "x-named-by-connection": "1" } : {}),
      authorization: "Bearer sk-stale-key",
      "api-key": "sk-stale-key",
      "x-goog-api-key": "sk-stale-key",
    };
    const got = await home.ask("messages", {
      token, marker, headers: { ...dropped, connection: "close, x-named-by-connection", "x-kept": "1" },
    });
    assert.equal(got.status, 200, got.body.toString());
    const [sent] = home.upstream.seen(marker);
    for (const name of Object.keys(dropped)) assert.equal(sent.headers[name], undefined, name);
    assert.equal(sent.headers["x-kept"], "1");
    assert.ok(!JSON.stringify(sent.rawHeaders).includes("sk-stale-key"));
    assert.equal(sent.headers.host, new URL(home.upstream.url).host);
  });

  test("what the provider needs is added when it is absent", async () => {
    const { token, marker } = await home.begin();
    await home.send("/anthropic/v1/messages", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "accept-encoding": "gzip, deflate, br, zstd" },
      body: `{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"[[case:${marker}]]"}]}`,
    });
    const [sent] = home.upstream.seen(marker);
    assert.equal(sent.headers["anthropic-version"], "2023-06-01");
    assert.match(sent.headers["content-type"], /^application\/json/);
    assert.equal(sent.headers["accept-encoding"], "identity");
    assert.equal(sent.headers["x-api-key"], home.keys.anthropic);
    assert.equal(sent.headers.authorization, undefined);
  });

  test("Messages are served under /v1, /v1/v1 and without a version; a count passes and is free", async () => {
    for (const path of ["/anthropic/v1/messages", "/anthropic/v1/v1/messages", "/anthropic/messages"]) {
      const { token, marker } = await home.begin();
      const got = await home.ask("messages", { token, marker, path });
      assert.equal(got.status, 200, `${path}: ${got.body}`);
      assert.equal(home.upstream.seen(marker)[0].url, "/v1/messages", path);
    }
    for (const [dialect, path, upstreamPath] of [
      ["messages", "/anthropic/v1/messages/count_tokens?beta=true", "/v1/messages/count_tokens?beta=true"],
      ["responses", "/openai/v1/responses/input_tokens", "/v1/responses/input_tokens"],
    ]) {
      const { token, id, marker } = await home.begin({ budget_usd: 0.000001 });
      const got = await home.ask(dialect, { token, marker, path });
      assert.deepEqual([got.status, JSON.parse(got.body).input_tokens], [200, 11], path);
      assert.equal(home.upstream.seen(marker)[0].url, upstreamPath);
      assert.equal((await home.row(id)).cost_usd, 0);
    }
  });
}

function answers(home) {
  test("headers a client needs are relayed, those that set state or name our account's connection are not", async () => {
    const { token, marker } = await home.begin();
    home.upstream.script(marker, answer({
      headers: {
        "content-type": "application/json", "request-id": "req_up_1", "set-cookie": "a=b", "keep-alive": "timeout=9",
        "proxy-authenticate": "Basic", "x-should-retry": "true",
      },
      body: answerOf("messages", { stream: false }).body,
    }));
    const got = await home.ask("messages", { token, marker });
    assert.equal(got.headers["request-id"], "req_up_1");
    assert.equal(got.headers["x-should-retry"], "true");
    for (const name of ["set-cookie", "proxy-authenticate"]) assert.equal(got.headers[name], undefined, name);
    assert.notEqual(got.headers["keep-alive"], "timeout=9");
  });

  test("an answer of several megabytes arrives whole, streamed and not", async () => {
    const text = "x".repeat(3 << 20);
    for (const stream of [true, false]) {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf("messages", { stream, text, output: 9 });
      home.upstream.script(marker, answer({ headers: { "content-type": type }, body }));
      const got = await home.ask("messages", { token, marker, stream, remember: false });
      assert.ok(got.body.equals(body), `stream: ${stream}`);
      assert.equal((await home.row(id)).completion_tokens, 9);
    }
  });

  test("a streamed event arrives before the next one is sent", async () => {
    for (const [dialect] of Object.entries(DIALECTS)) {
      const { token, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true });
      const at = body.indexOf("\n\n") + 2;
      let release;
      const received = new Promise((resolve) => (release = resolve));
      home.upstream.script(marker, async (exchange) => {
        exchange.head(200, { "content-type": type });
        await exchange.send(body.subarray(0, at));
        await received; // the rest is sent only once the client has the first event
        await exchange.send(body.subarray(at));
        exchange.end();
      });
      const got = await home.ask(dialect, { token, marker, stream: true, onPiece: () => release() });
      assert.equal(got.status, 200);
      assert.ok(eventsOf(got.body).length > 2);
    }
  });
}

/** The machine token is nowhere in what went upstream. */
function assertTokenStayed(token, sent) {
  assert.ok(!sent.url.includes(token) && !JSON.stringify(sent.rawHeaders).includes(token), "the token stays here");
  assert.ok(!sent.body.includes(token));
}
