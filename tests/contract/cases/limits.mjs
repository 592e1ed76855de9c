// Budgets and rates: decided before anything is sent, exact under any concurrency.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { assertFailure, DIALECTS, NAMES } from "../dialects.mjs";
import { nano } from "../home.mjs";
import { costOf } from "./metering.mjs";
import { gate, held } from "../../fake-provider/behaviours.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";

export function limits(home) {
  describe("budget", () => budget(home));
  describe("rate", () => rate(home));
}

function budget(home) {
  test("a call that could cost more than the budget is refused, and nothing is sent", async () => {
    for (const dialect of NAMES) for (const stream of [false, true]) {
      const { token, id, marker } = await home.begin({ budget_usd: 0.000001 });
      assertFailure(dialect, await home.ask(dialect, { token, marker, stream }), 402);
      assert.equal(home.upstream.seen(marker).length, 0);
      const row = await home.row(id);
      assert.deepEqual([row.status, row.cost_usd, row.ended], [402, 0, "refused"]);
    }
  });

  test("a budget of zero allows nothing; no budget allows everything", async () => {
    const none = await home.begin({ budget_usd: 0 });
    assertFailure("messages", await home.ask("messages", none), 402);
    const open = await home.begin({ budget_usd: null });
    assert.equal((await home.ask("messages", open)).status, 200);
    assert.equal((await home.listed(open.id)).budget_usd, null);
    assert.equal((await home.listed(none.id)).budget_usd, 0);
  });

  for (const dialect of NAMES) {
    test(`${dialect}: 50 calls at once never spend past a small budget`, async () => {
      // The output dominates, so that a call's true cost is near what it must hold.
      const cost = costOf(dialect, 10, 1024);
      const budget_usd = (cost * 4.5) / 1e9;
      const { token, id, marker } = await home.begin({ budget_usd });
      const { type, body } = answerOf(dialect, { stream: true, input: 10, output: 1024 });
      const door = gate();
      // Answers are held back until every call was either refused or sent, so that all holds stand at once.
      let refused = 0;
      const decided = () => home.upstream.seen(marker).length + refused === 50 && door.open();
      home.upstream.script(marker, (exchange) => {
        decided();
        return held({ headers: { "content-type": type }, body, gate: door })(exchange);
      });
      const calls = Array.from({ length: 50 }, async () => {
        const got = await home.ask(dialect, { token, marker, stream: true, max: 1024 });
        if (got.status !== 200) refused += 1;
        decided();
        return got;
      });
      const answers = await Promise.all(calls);

      const sent = home.upstream.seen(marker).length;
      const passed = answers.filter((got) => got.status === 200).length;
      for (const got of answers.filter((got) => got.status !== 200)) assertFailure(dialect, got, 402);
      assert.equal(sent, passed);
      assert.ok(passed >= 1 && passed <= 4, `${passed} calls of ${cost} nano-dollars in a budget of ${budget_usd}`);
      await home.settled(id, 50);
      const listed = await home.listed(id);
      assert.equal(nano(listed.spent_usd), passed * cost, "spent is the sum of the true costs");
      assert.ok(nano(listed.spent_usd) <= nano(budget_usd));
    });
  }

  test("what a call held but did not use is given back", async () => {
    const { token, id, marker } = await home.begin({ budget_usd: 0.01 });
    // Each call may cost up to about 0.0014 and costs 0.000148: twenty fit one after the other, not side by side.
    for (let n = 0; n < 20; n += 1) {
      const got = await home.ask("messages", { token, marker });
      assert.equal(got.status, 200, `call ${n}: ${got.body}`);
    }
    await home.settled(id, 20);
    assert.equal(nano((await home.listed(id)).spent_usd), 20 * costOf("messages", 12, 5));
  });

  test("a model without a known price: 402 price_unknown for a token with a budget, allowed without one", async () => {
    for (const dialect of NAMES) {
      const bound = await home.begin({ budget_usd: 5 });
      const got = await home.ask(dialect, { ...bound, model: "model-nobody-knows" });
      assertFailure(dialect, got, 402);
      const code = dialect === "messages" ? got.headers["x-proxyagent-error"] : JSON.parse(got.body).error.code;
      assert.equal(code, "price_unknown");
      assert.equal(home.upstream.seen(bound.marker).length, 0);
      const free = await home.begin();
      assert.equal((await home.ask(dialect, { ...free, model: "model-nobody-knows" })).status, 200);
    }
  });

  test("spellings of a priced model are priced or refused, never free", async () => {
    for (const model of ["Claude-Opus-5-5", " claude-opus-5-5", "claude-opus-5-5 ", "claude-opus-5-5-20261001", "claude-opus-5-5x", "anthropic/claude-opus-5-5"]) {
      const { token, id, marker } = await home.begin({ budget_usd: 5 });
      const got = await home.ask("messages", { token, marker, model });
      if (got.status === 200) assert.ok((await home.row(id)).cost_usd > 0, `${JSON.stringify(model)} was free`);
      else assert.ok([400, 402].includes(got.status), `${JSON.stringify(model)}: ${got.body}`);
    }
  });

  test("an output without a bound is held at the most the model can write", async () => {
    // gpt-6.1-terra can write 128,000 tokens at 5 dollars a million: 0.64 dollars.
    const { path } = DIALECTS.chat;
    const { token, marker } = await home.begin({ budget_usd: 0.5 });
    const body = `{"model":"gpt-6.1-terra","messages":[{"role":"user","content":"[[case:${marker}]]"}]}`;
    assertFailure("chat", await home.send(path, { method: "POST", headers: { authorization: `Bearer ${token}` }, body }), 402);
    assert.equal(home.upstream.seen(marker).length, 0);
  });
}

function rate(home) {
  test("the fourth call within a limit of three is refused with retry-after in the caller's dialect", async () => {
    for (const dialect of NAMES) {
      const { token, marker } = await home.begin({ rate_limit: 3 });
      for (let n = 0; n < 3; n += 1) assert.equal((await home.ask(dialect, { token, marker })).status, 200);
      assertFailure(dialect, await home.ask(dialect, { token, marker }), 429);
      assert.equal(home.upstream.seen(marker).length, 3);
    }
  });

  test("20 calls at once pass a limit of five exactly five times, on the mock too", async () => {
    for (const model of [undefined, "mock"]) {
      const { token, marker } = await home.begin({ rate_limit: 5 });
      const answers = await Promise.all(Array.from({ length: 20 }, () => home.ask("messages", { token, marker, model })));
      assert.deepEqual(answers.map((got) => got.status).sort(), [...Array(5).fill(200), ...Array(15).fill(429)]);
    }
  });

  test("a limit belongs to one token", async () => {
    const [a, b] = [await home.begin({ rate_limit: 1 }), await home.begin({ rate_limit: 1 })];
    assert.equal((await home.ask("messages", a)).status, 200);
    assert.equal((await home.ask("messages", a)).status, 429);
    assert.equal((await home.ask("messages", b)).status, 200);
  });
}
