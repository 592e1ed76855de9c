// The audit log: every admin action is in it, with who and under which request id, and the chain holds.
import test, { describe } from "node:test";
import assert from "node:assert/strict";

export function audit(home) {
  const entries = async (query = "?limit=1000") => (await home.admin("GET", `/admin/audit${query}`)).json.entries;

  describe("audit", () => {
    test("an admin's actions are recorded, and no token with them", async () => {
      const id = `audit-${home.marker()}`;
      const headers = { "x-admin-token": home.keys.admin, "x-proxyagent-request-id": id };
      const made = await home.admin("POST", "/admin/tokens", { label: "audited", budget_usd: 2 }, { headers, remember: false });
      home.minted.push(made.json.token);
      await home.admin("PATCH", `/admin/tokens/${made.json.id}`, { label: "renamed" }, { headers });
      await home.admin("DELETE", `/admin/tokens/${made.json.id}`, undefined, { headers });
      await home.admin("DELETE", "/admin/tokens/tok_nobody", undefined, { headers });
      const mine = (await entries()).filter((entry) => entry.request_id === id).reverse();
      assert.deepEqual(
        mine.map(({ actor, action, subject }) => [actor, action, subject]),
        ["token.create", "token.edit", "token.revoke"].map((action) => ["admin-token", action, made.json.id]),
      );
      assert.deepEqual([mine[0].detail.label, mine[0].detail.budget_nano, mine[1].detail], ["audited", 2e9, { label: "renamed" }]);
      assert.ok(!JSON.stringify(mine).includes(made.json.token));
    });

    test("an alias set and removed", async () => {
      const match = `audit-${home.marker()}`;
      await home.admin("POST", "/admin/aliases", { match, target: "mock" });
      await home.admin("DELETE", `/admin/aliases/${match}`);
      const mine = (await entries()).filter((entry) => entry.subject === match);
      assert.deepEqual(mine.map((entry) => entry.action), ["alias.remove", "alias.set"]);
    });

    test("numbers without gaps, page by page", async () => {
      const seen = [];
      for (let query = "?limit=3&seals=1"; seen.length < 9; ) {
        const { json } = await home.admin("GET", `/admin/audit${query}`);
        seen.push(...json.entries.map((entry) => entry.seq));
        query = `?limit=3&seals=1&before=${json.next}`;
      }
      seen.forEach((seq, at) => assert.equal(seq, seen[0] - at));
    });

    test("many at once: each has its own number", async () => {
      const before = (await entries("?limit=1"))[0]?.seq ?? 0;
      await Promise.all(Array.from({ length: 4 }, (_, n) => home.mint({ label: `at once ${n}` })));
      assert.equal((await entries("?limit=1"))[0].seq, before + 4);
    });

    test("the chain holds", async () => {
      let from = 1;
      for (let rounds = 0; from !== null; rounds++) {
        const { json } = await home.admin("GET", `/admin/audit/verify?from=${from}`);
        assert.deepEqual([json.ok, json.altered], [true, null]);
        assert.ok(rounds < 50);
        from = json.next;
      }
    });
  });
}
