// Kept answers, on a home of their own: they are off by default.
import test, { after, before, describe } from "node:test";
import assert from "node:assert/strict";
import { NAMES } from "../dialects.mjs";

/** `start(settings)` gives a home. */
export function caching(start) {
  describe("kept answers", () => {
    let home;
    before(async () => (home = await start({ PROXYAGENT_CACHE_TTL: "60", PROXYAGENT_CACHE_GROUPS: JSON.stringify({ team: ["team-*"] }) })));
    after(() => home?.stop());
    // A Responses call is kept by its provider unless it says otherwise.
    const change = (body) => ("input" in body ? { ...body, store: false } : body);
    const said = (answer) => answer.headers["x-proxyagent-cache"];

    for (const dialect of NAMES) for (const stream of [false, true]) {
      test(`${dialect}${stream ? ", streamed" : ""}: the second answer is the first one's bytes, free, and a row`, async () => {
        const { token, id, marker } = await home.begin();
        const first = await home.ask(dialect, { token, marker, stream, change });
        const second = await home.ask(dialect, { token, marker, stream, change });
        assert.deepEqual([first.status, said(first), second.status, said(second)], [200, "miss", 200, "hit"]);
        assert.equal(second.body.toString(), first.body.toString());
        assert.equal(second.headers["content-type"], first.headers["content-type"]);
        assert.equal(home.upstream.seen(marker).length, 1);
        const [hit, miss] = await home.settled(id, 2);
        assert.ok(miss.cost_nano > 0);
        assert.deepEqual([hit.cost_nano, hit.pricing, hit.status, hit.attempts], [0, "cached", 200, 0]);
      });
    }

    test("another token gets its own answer; tokens of a declared group share one", async () => {
      const { token, marker } = await home.begin();
      const other = await home.mint();
      const team = [await home.mint({ label: "team-a" }), await home.mint({ label: "team-b" })];
      const seen = [];
      for (const who of [token, token, other.token, team[0].token, team[1].token]) {
        seen.push(said(await home.ask("messages", { token: who, marker })));
      }
      assert.deepEqual(seen, ["miss", "hit", "miss", "miss", "hit"]);
      assert.equal(home.upstream.seen(marker).length, 3);
    });

    test("a revoked token gets nothing that was kept for it", async () => {
      const { token, id, marker } = await home.begin();
      await home.ask("messages", { token, marker });
      await home.admin("DELETE", `/admin/tokens/${id}`);
      assert.equal((await home.ask("messages", { token, marker })).status, 401);
    });

    test("a caller can pass it by", async () => {
      const { token, marker } = await home.begin();
      const ask = (headers) => home.ask("messages", { token, marker, headers }).then(said);
      assert.equal(await ask({ "x-proxyagent-cache": "no" }), "bypass");
      assert.equal(await ask({}), "miss");
      assert.equal(await ask({ "cache-control": "no-cache" }), "bypass");
      assert.equal(await ask({}), "hit");
      assert.equal(home.upstream.seen(marker).length, 3);
    });

    test("an error is not kept", async () => {
      const { token, marker } = await home.begin();
      const ask = () => home.ask("messages", { token, model: "mock", marker, text: "[[mock:error 500]]" });
      for (let n = 0; n < 2; n += 1) assert.equal(said(await ask()), "miss");
    });

    test("of ten at once one is sent", async () => {
      const { token, id, marker } = await home.begin();
      const answers = await Promise.all(Array.from({ length: 10 }, () => home.ask("chat", { token, marker, stream: true })));
      assert.equal(home.upstream.seen(marker).length, 1);
      assert.deepEqual(answers.map(said).sort(), ["hit", "hit", "hit", "hit", "hit", "hit", "hit", "hit", "hit", "miss"]);
      assert.equal(new Set(answers.map((answer) => answer.body.toString())).size, 1);
      const paid = (await home.settled(id, 10)).filter((row) => row.cost_nano > 0);
      assert.equal(paid.length, 1);
    });
  });
}
