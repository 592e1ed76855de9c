// What several processes that share one database owe each other. Only where the store can be shared.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { startNative } from "../native-home.mjs";
import { eventually } from "../eventually.mjs";

/** The status of a call, asked again while the store is too busy to decide: nothing was sent then. */
async function decided(ask) {
  for (let round = 1; ; round += 1) {
    const { status } = await ask();
    if (status !== 503 || round === 20) return status;
  }
}

export function severalInstances(home) {
  describe("two instances on one store", () => {
    test("1,000 parallel calls through both never spend past $1, and every one has its row", async (t) => {
      const other = await second(t, home);
      const { token, id } = await home.begin({ budget_usd: 1 });
      // Each holds, and costs, some cents: a few dozen fit, most do not.
      const text = "[[mock:tokens 50 500]]";
      const statuses = await Promise.all(
        Array.from({ length: 1000 }, (_, n) => decided(() =>
          (n % 2 ? other : home).ask("messages", { token, model: "mock-paid", text, max: 500, remember: false }))),
      );
      const count = (status) => statuses.filter((one) => one === status).length;
      assert.equal(count(200) + count(402), 1000, JSON.stringify([...new Set(statuses)]));
      const listed = await eventually(async () => {
        const now = await home.listed(id);
        return (now.held_usd ?? 0) === 0 && now;
      }, "nothing is held any more");
      assert.ok(listed.spent_usd <= 1, `spent ${listed.spent_usd}`);
      assert.ok(listed.spent_usd > 0.9, `spent ${listed.spent_usd}: a refusal while there was room`);
      const rows = await home.rows(id);
      assert.equal(rows.length, 1000);
      assert.equal(rows.filter((row) => row.status === 200).length, count(200));
      const nano = rows.reduce((sum, row) => sum + Math.round(row.cost_usd * 1e9), 0);
      assert.equal(nano, Math.round(listed.spent_usd * 1e9), "the rows add up to what is charged");
    });

    test("a rate limit counts what both admit", async (t) => {
      const other = await second(t, home);
      const { token } = await home.begin({ rate_limit: 20 });
      const statuses = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          (n % 2 ? other : home).ask("messages", { token, model: "mock" }).then((got) => got.status)),
      );
      const admitted = statuses.filter((status) => status === 200).length;
      // A minute's worth at once; a slow machine may let one more become due.
      assert.ok(admitted >= 20 && admitted <= 22, `${admitted} admitted`);
    });

    test("a revocation, an edit and an alias in one count in the other from the next call on", async (t) => {
      const other = await second(t, home);
      const { token, id } = await home.begin();
      const ask = async (model = "mock") => (await other.ask("messages", { token, model })).status;
      assert.equal(await ask(), 200);
      await home.admin("PATCH", `/admin/tokens/${id}`, { scope: ["openai"] });
      assert.equal(await ask(), 403);
      await home.admin("PATCH", `/admin/tokens/${id}`, { scope: ["*"] });
      assert.equal(await ask(), 200);
      await home.admin("POST", "/admin/aliases", { match: "shared-name", target: "mock" });
      assert.equal(await ask("shared-name"), 200);
      await home.admin("DELETE", `/admin/tokens/${id}`);
      assert.equal(await ask(), 401);
      await home.admin("DELETE", "/admin/aliases/shared-name");
    });

    test("a restart of the database costs two seconds of 503 at most, and loses no row", async () => {
      const { token, id } = await home.begin();
      const ask = () => home.ask("messages", { token, model: "mock", remember: false });
      let over = false;
      const statuses = [];
      const callers = Array.from({ length: 4 }, async () => {
        while (!over) statuses.push((await ask()).status);
      });
      home.database.restart();
      const back = Date.now();
      while ((await ask().then((got) => { statuses.push(got.status); return got.status; })) !== 200);
      assert.ok(Date.now() - back < 2000, `${Date.now() - back} ms`);
      over = true;
      await Promise.all(callers);
      assert.ok(statuses.every((status) => status === 200 || status === 503), JSON.stringify([...new Set(statuses)]));
      const served = statuses.filter((status) => status === 200).length;
      const rows = await eventually(async () => {
        const now = await home.rows(id);
        return now.filter((row) => row.status === 200).length >= Math.min(served, 1000) && now;
      }, "a row of each call that was served");
      assert.ok(rows.length > 0);
    });
  });
}

async function second(t, home) {
  const other = await startNative({}, { database: home.database, keys: home.keys });
  t.after(() => other.stop());
  return other;
}
