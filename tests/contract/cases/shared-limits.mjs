// Limits beyond one token's total: windows, groups, model tokens per minute, calls at once; and what ends open streams.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, assertStreamFailure, NAMES } from "../dialects.mjs";
import { eventually } from "../eventually.mjs";
import { nano } from "../home.mjs";
import { costOf } from "./metering.mjs";
import { gate, gated, held } from "../../fake-provider/behaviours.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";

export function sharedLimits(home) {
  describe("windows and groups", () => windows(home));
  describe("more than calls per minute", () => further(home));
  describe("open streams", () => openStreams(home));
}

function windows(home) {
  test("a budget for a day says when it begins again", async () => {
    const { token, id, marker } = await home.begin({ budget_usd: 0.000001, budget_window: "day" });
    const got = await home.ask("messages", { token, marker });
    assertFailure("messages", got, 402);
    const midnight = new Date(Math.ceil((Date.now() + 1) / 86_400_000) * 86_400_000).toISOString();
    assert.ok(got.body.includes(midnight), `${midnight} in ${got.body}`);
    const listed = await home.listed(id);
    assert.deepEqual([listed.budget_window, listed.window_end_ms], ["day", Date.parse(midnight)]);
  });

  test("the tokens of a group never spend past its budget together", async () => {
    const cost = costOf("messages", 10, 1024);
    const name = `team-${home.marker()}`;
    assert.equal((await home.admin("PUT", `/admin/groups/${name}`, { budget_usd: (cost * 4.5) / 1e9 })).status, 200);
    const tokens = await Promise.all([1, 2, 3].map(() => home.mint({ budget_group: name })));
    const marker = home.marker();
    const { type, body } = answerOf("messages", { stream: true, input: 10, output: 1024 });
    const door = gate();
    let refused = 0;
    const decided = () => home.upstream.seen(marker).length + refused === 30 && door.open();
    home.upstream.script(marker, (exchange) => {
      decided();
      return held({ headers: { "content-type": type }, body, gate: door })(exchange);
    });
    const answers = await Promise.all(Array.from({ length: 30 }, async (_, n) => {
      const got = await home.ask("messages", { token: tokens[n % 3].token, marker, stream: true, max: 1024 });
      if (got.status !== 200) refused += 1;
      decided();
      return got;
    }));
    const passed = answers.filter((got) => got.status === 200).length;
    for (const got of answers.filter((got) => got.status !== 200)) {
      assertFailure("messages", got, 402);
      assert.ok(got.body.includes(name), "the refusal names the group");
    }
    assert.ok(passed >= 1 && passed <= 4, `${passed} calls`);
    const group = async () => (await home.admin("GET", "/admin/groups")).json.groups.find((group) => group.name === name);
    await eventually(async () => nano((await group()).held_usd) === 0, "nothing is held any more");
    assert.equal(nano((await group()).spent_usd), passed * cost);
    // A group with tokens stays; without, it goes.
    assert.equal((await home.admin("DELETE", `/admin/groups/${name}`)).status, 400);
    for (const { id } of tokens) await home.admin("PATCH", `/admin/tokens/${id}`, { budget_group: null });
    assert.equal((await home.admin("DELETE", `/admin/groups/${name}`)).status, 200);
  });

  test("a group that is not there is refused when it is named", async () => {
    const made = await home.admin("POST", "/admin/tokens", { label: "x", budget_group: "nobody" });
    assert.equal(made.status, 404);
  });
}

function further(home) {
  test("as many calls at once as are allowed; the next one when one has ended", async () => {
    for (const dialect of NAMES) {
      const { token, marker, id } = await home.begin({ concurrency: 3 });
      const { type, body } = answerOf(dialect, { stream: true });
      const door = gate();
      let refused = 0;
      const decided = () => home.upstream.seen(marker).length + refused === 10 && door.open();
      home.upstream.script(marker, (exchange) => {
        decided();
        return held({ headers: { "content-type": type }, body, gate: door })(exchange);
      });
      const answers = await Promise.all(Array.from({ length: 10 }, async () => {
        const got = await home.ask(dialect, { token, marker, stream: true });
        if (got.status !== 200) refused += 1;
        decided();
        return got;
      }));
      assert.equal(answers.filter((got) => got.status === 200).length, 3);
      for (const got of answers.filter((got) => got.status !== 200)) assertFailure(dialect, got, 429);
      await eventually(async () => (await home.listed(id)).open_calls === 0, "none is open");
      assert.equal((await home.ask(dialect, { token, marker, stream: true })).status, 200);
    }
  });

  test("model tokens per minute: what was used counts, and what is left is said", async () => {
    const { token, marker } = await home.begin({ tokens_per_minute: 1000 });
    const first = await home.ask("chat", { token, marker, model: "mock", text: "[[mock:tokens 600 10]]" });
    assert.equal(first.status, 200);
    assert.equal(first.headers["x-ratelimit-limit-tokens"], "1000");
    const second = await home.ask("messages", { token, marker, model: "mock", max: 500 });
    assertFailure("messages", second, 429);
    assert.equal(second.headers["anthropic-ratelimit-tokens-remaining"], "0");
    assert.equal((await home.ask("messages", { token, marker, model: "mock", max: 64 })).status, 200);
  });

  test("calls per minute: what is left is said in the dialect's headers", async () => {
    const { token, marker } = await home.begin({ rate_limit: 5 });
    const chat = await home.ask("chat", { token, marker });
    assert.deepEqual(
      [chat.headers["x-ratelimit-limit-requests"], chat.headers["x-ratelimit-remaining-requests"]], ["5", "4"]);
    const messages = await home.ask("messages", { token, marker });
    assert.equal(messages.headers["anthropic-ratelimit-requests-remaining"], "3");
    assert.ok(Date.parse(messages.headers["anthropic-ratelimit-requests-reset"]) > Date.now());
  });
}

function openStreams(home) {
  for (const [what, change] of [
    ["revoked", (id) => home.admin("DELETE", `/admin/tokens/${id}`)],
    ["edited", (id) => home.admin("PATCH", `/admin/tokens/${id}`, { scope: ["mock"] })],
  ]) {
    test(`a token that is ${what} has no open streams five seconds later`, async () => {
      const streams = await Promise.all(NAMES.map(async (dialect) => {
        const { token, id, marker } = await home.begin({ budget_usd: 5 });
        const { type, body } = answerOf(dialect, { stream: true });
        const door = gate();
        home.upstream.script(marker, gated({ headers: { "content-type": type }, body, at: body.indexOf("\n\n") + 2, gate: door }));
        let begun = false;
        const ended = home.ask(dialect, { token, marker, stream: true, onPiece: () => (begun = true) });
        await eventually(async () => begun, "the stream began");
        return { dialect, id, ended, door };
      }));
      const since = Date.now();
      for (const { id } of streams) assert.equal((await change(id)).status, 200);
      for (const { dialect, id, ended, door } of streams) {
        const got = await ended;
        assert.ok(Date.now() - since < 5500, `${Date.now() - since} ms`);
        assertStreamFailure(dialect, got.body);
        door.open();
        const row = await home.row(id);
        assert.deepEqual([row.state, row.ended], ["settled", "truncated"]);
        assert.ok(row.cost_usd > 0, "what may have been used is charged");
      }
    });
  }

  test("another label ends nothing", async () => {
    const { token, id, marker } = await home.begin();
    const { type, body } = answerOf("chat", { stream: true });
    const door = gate();
    home.upstream.script(marker, gated({ headers: { "content-type": type }, body, at: body.indexOf("\n\n") + 2, gate: door }));
    let begun = false;
    const ended = home.ask("chat", { token, marker, stream: true, onPiece: () => (begun = true) });
    await eventually(async () => begun, "the stream began");
    await home.admin("PATCH", `/admin/tokens/${id}`, { label: "renamed" });
    door.open();
    await ended;
    assert.equal((await home.row(id)).ended, "complete");
  });
}
