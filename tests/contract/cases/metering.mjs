// What a call's row says: exact where the upstream told, never less than what was seen where it did not.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { playable } from "../fixtures.mjs";
import { nano } from "../home.mjs";
import { assertFailure, assertStreamFailure, DIALECTS, NAMES } from "../dialects.mjs";
import { answer, cutAfter, gate, gated, inPieces, redirect, reset } from "../../fake-provider/behaviours.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";
import { startFakeProvider } from "../../fake-provider/server.mjs";

export function metering(home) {
  describe("usage and cost of fixtures", () => exact(home));
  describe("streams that do not end well", () => brokenStreams(home));
  describe("upstreams that refuse or fail", () => failures(home));
}

function exact(home) {
  for (const fixture of playable().filter((f) => f.costUsd !== undefined)) {
    test(fixture.title, async () => {
      const { token, id, marker } = await home.begin();
      home.upstream.script(marker, inPieces({ ...fixture.upstream, sizes: [5, 11, 64] }));
      await home.send(fixture.path, { method: "POST", headers: fixture.headers(token), body: fixture.body(marker) });
      const row = await home.row(id);
      for (const [name, count] of Object.entries(fixture.usage)) assert.equal(row.usage[name], count, name);
      const { input = 0, cache_read = 0, cache_write = 0, cache_write_long = 0, output = 0 } = fixture.usage;
      assert.equal(row.prompt_tokens, input + cache_read + cache_write + cache_write_long);
      assert.equal(row.completion_tokens, output);
      assert.equal(row.streamed, fixture.streamed);
      assert.equal(row.status, fixture.client.status);
      if (fixture.complete) assert.equal(nano(row.cost_usd), nano(fixture.costUsd));
      else assert.ok(nano(row.cost_usd) >= nano(fixture.costUsd), `${row.cost_usd} covers what was seen`);
      assert.equal(row.ended, "complete");
    });
  }

  test("a failed answer without usage is not free when it streamed", async () => {
    for (const fixture of playable().filter((f) => ["B06", "B14"].includes(f.id))) {
      const { token, id, marker } = await home.begin();
      home.upstream.script(marker, answer(fixture.upstream));
      await home.send(fixture.path, { method: "POST", headers: fixture.headers(token), body: fixture.body(marker) });
      assert.ok((await home.row(id)).cost_usd > 0, fixture.title);
    }
  });
}

function brokenStreams(home) {
  for (const dialect of NAMES) {
    test(`${dialect}: the client hangs up, the upstream goes on: one row, exact usage and cost`, async () => {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true, input: 1000, output: 500 });
      const [door, at] = [gate(), body.indexOf("\n\n") + 2];
      home.upstream.script(marker, async (exchange) => {
        exchange.head(200, { "content-type": type });
        await exchange.send(body.subarray(0, at));
        await door.opened;
        // A closed connection is noticed by writing to it: comments, until there can be no doubt, and then the rest.
        for (let n = 0; n < 200; n += 1) await exchange.send(`: ${"x".repeat(8000)}\n\n`);
        await exchange.send(body.subarray(at));
        exchange.end();
      });
      await home.ask(dialect, { token, marker, stream: true, onPiece: (_, hangUp) => hangUp() });
      door.open();
      const row = await home.row(id);
      assert.deepEqual([row.prompt_tokens, row.completion_tokens], [1000, 500]);
      assert.equal(nano(row.cost_usd), costOf(dialect, 1000, 500));
      assert.equal(row.ended, "client_gone");
    });

    test(`${dialect}: the client hangs up before the first byte: the call is charged all the same`, async () => {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true, input: 1000, output: 500 });
      const [door, arrived] = [gate(), gate()];
      home.upstream.script(marker, async (exchange) => {
        arrived.open();
        await gated({ headers: { "content-type": type }, body, at: 0, gate: door })(exchange);
      });
      const hung = home.ask(dialect, { token, marker, stream: true, hangUpWhen: arrived.opened });
      await assert.rejects(hung);
      door.open();
      const row = await home.row(id);
      assert.ok(nano(row.cost_usd) >= costOf(dialect, 1000, 500), JSON.stringify(row));
    });

    test(`${dialect}: the upstream is cut between two events: an error event, a truncated row, what was seen is charged`, async () => {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true, input: 1000, output: 500 });
      const at = body.indexOf("\n\n", body.length / 3) + 2;
      home.upstream.script(marker, cutAfter({ headers: { "content-type": type }, body, at }));
      const got = await home.ask(dialect, { token, marker, stream: true });
      assert.equal(got.status, 200);
      assert.ok(got.body.subarray(0, at).equals(body.subarray(0, at)), "what had arrived was passed on");
      assertStreamFailure(dialect, got.body);
      const row = await home.row(id);
      assert.equal(row.ended, "truncated");
      const seen = dialect === "messages" ? costOf(dialect, 1000, 1) : 1;
      assert.ok(nano(row.cost_usd) >= seen, `${row.cost_usd} covers what was seen`);
    });

    test(`${dialect}: the upstream is cut inside an event: the client is told`, async () => {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true });
      const at = body.indexOf("\n\n", body.length / 3) + 30;
      home.upstream.script(marker, cutAfter({ headers: { "content-type": type }, body, at }));
      const got = await home.ask(dialect, { token, marker, stream: true });
      // An error event glued to half an event would be read as neither.
      assertStreamFailure(dialect, got.body);
      assert.equal((await home.row(id)).ended, "truncated");
    });

    test(`${dialect}: the upstream ends properly but too early: the client is told`, async () => {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: true });
      home.upstream.script(marker, answer({ headers: { "content-type": type }, body: body.subarray(0, body.indexOf("\n\n") + 2) }));
      const got = await home.ask(dialect, { token, marker, stream: true });
      assertStreamFailure(dialect, got.body);
      const row = await home.row(id);
      assert.equal(row.ended, "truncated");
      assert.ok(row.cost_usd > 0);
    });
  }

  test("an answer that is not streamed and breaks off: 502 in the caller's dialect, charged", async () => {
    for (const dialect of NAMES) {
      const { token, id, marker } = await home.begin();
      const { type, body } = answerOf(dialect, { stream: false });
      home.upstream.script(marker, cutAfter({ headers: { "content-type": type, "content-length": body.length }, body, at: 40 }));
      assertFailure(dialect, await home.ask(dialect, { token, marker }), 502);
      assert.ok((await home.row(id)).cost_usd > 0);
    }
  });
}

function failures(home) {
  const bodyOf = (status) => JSON.stringify({
    type: "error", error: { type: "some_error", message: `prompt is too long ${status}`, details: null }, request_id: "req_up" });

  for (const status of [400, 404, 413, 422, 429, 500, 503, 529]) {
    test(`${status} is relayed with its body, also when a stream was asked for`, async () => {
      for (const dialect of NAMES) for (const stream of [false, true]) {
        const { token, id, marker } = await home.begin();
        home.upstream.script(marker, answer({
          status,
          headers: { "content-type": "application/json", "request-id": "req_up", ...(status === 429 ? { "retry-after": "17" } : {}) },
          body: bodyOf(status),
        }));
        const got = await home.ask(dialect, { token, marker, stream });
        assert.equal(got.status, status);
        assert.equal(got.body.toString(), bodyOf(status));
        assert.match(got.headers["content-type"], /^application\/json/);
        assert.equal(got.headers["request-id"], "req_up");
        if (status === 429) assert.equal(got.headers["retry-after"], "17");
        const row = await home.row(id);
        assert.equal(row.status, status);
        assert.equal(row.cost_usd, 0);
      }
    });
  }

  test("an upstream's 401 and 403 become a 502 of ours without the upstream's words", async () => {
    for (const dialect of NAMES) for (const status of [401, 403]) {
      const { token, id, marker } = await home.begin();
      home.upstream.script(marker, answer({
        status, headers: { "content-type": "application/json" }, body: `{"error":{"message":"Incorrect API key provided: sk-proj-****abcd"}}`,
      }));
      const got = await home.ask(dialect, { token, marker });
      assertFailure(dialect, got, 502);
      assert.ok(!got.body.includes("sk-proj-") && !got.body.includes("Incorrect API key"), got.body.toString());
      assert.equal((await home.row(id)).cost_usd, 0);
    }
  });

  test("an unreachable upstream: 502 in the caller's dialect, nothing charged where it is certain that nothing was sent", async () => {
    await home.upstream.refusing(async () => {
      for (const dialect of NAMES) {
        const { token, id, marker } = await home.begin();
        assertFailure(dialect, await home.ask(dialect, { token, marker, stream: true }), 502);
        const row = await home.row(id);
        assert.equal(row.status, 502);
        if (home.tellsRefusedConnections) assert.equal(row.cost_usd, 0);
        else assert.equal(row.pricing, "estimated");
      }
    });
  });

  test("a connection that breaks before the answer: 502 in the caller's dialect", async () => {
    for (const dialect of NAMES) {
      const { token, id, marker } = await home.begin();
      home.upstream.script(marker, reset());
      assertFailure(dialect, await home.ask(dialect, { token, marker, stream: true }), 502);
      assert.equal((await home.row(id)).status, 502);
    }
  });

  test("a redirect is not followed: the key does not reach the other host", async () => {
    const elsewhere = await startFakeProvider();
    try {
      for (const dialect of NAMES) for (const status of [301, 302, 307, 308]) {
        const { token, marker } = await home.begin();
        home.upstream.script(marker, redirect(`${elsewhere.url}${DIALECTS[dialect].path}`, status));
        const got = await home.ask(dialect, { token, marker });
        assertFailure(dialect, got, 502);
        assert.equal(got.headers.location, undefined);
      }
      assert.deepEqual(elsewhere.requests, []);
    } finally {
      await elsewhere.close();
    }
  });
}

/** Nano-dollars for plain input and output tokens of the dialect's default model (prices of November 2026). */
export function costOf(dialect, input, output) {
  const [perInput, perOutput] = { messages: [4000, 20000], chat: [1000, 5000], responses: [2000, 10000] }[dialect];
  return input * perInput + output * perOutput;
}
