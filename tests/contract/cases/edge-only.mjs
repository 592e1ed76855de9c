// What only the Worker has: a cron trigger, and a store that outlives any isolate.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { eventually } from "../eventually.mjs";
import { nano } from "../home.mjs";
import { gate, gated } from "../../fake-provider/behaviours.mjs";
import { answerOf } from "../../fake-provider/answers.mjs";

export function edgeOnly(home) {
  describe("the Worker", () => {
    test("the cron trigger charges a call whose isolate died at what it held", async () => {
      const { id } = await home.mint({ budget_usd: 1 });
      const [heldNano, now] = [123_456_789, Date.now()];
      const started = now - 3_600_000;
      // As the proxy makes them: the sweep finds calls by the time in their ids.
      const callId = `req_${started.toString(16).padStart(12, "0")}${home.marker()}`;
      await home.db.batch([
        home.db.prepare("UPDATE proxy_agent_tokens SET held_nano = held_nano + ?1 WHERE id = ?2").bind(heldNano, id),
        home.db.prepare(
          "INSERT INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, lease_ms, dialect, operation, provider, model, held_nano) "
          + "VALUES (?1, ?1, ?2, 'open', ?3, ?4, 'messages', 'generate', 'anthropic', 'claude-opus-5-5', ?5)",
        ).bind(callId, id, started, now - 1_800_000, heldNano),
        // Nothing this old was open when the sweep last went by.
        home.db.prepare("UPDATE proxy_agent_meta SET value = 0 WHERE name = 'swept'"),
      ]);
      await home.scheduled();
      const row = await eventually(async () => {
        const rows = await home.rows(id);
        return rows[0]?.state === "orphaned" && rows[0];
      }, "the orphan is charged");
      assert.equal(nano(row.cost_usd), heldNano);
      const { spent_usd } = await home.listed(id);
      assert.equal(nano(spent_usd), heldNano);
      await home.scheduled();
      assert.equal(nano((await home.listed(id)).spent_usd), heldNano, "a second round charges nothing again");
    });

    test("the cron trigger leaves a running call alone", async () => {
      const { token, id, marker } = await home.begin({ budget_usd: 1 });
      const { type, body } = answerOf("messages", { stream: true });
      const door = gate();
      home.upstream.script(marker, gated({ headers: { "content-type": type }, body, at: body.indexOf("\n\n") + 2, gate: door }));
      const got = await home.ask("messages", {
        token, marker, stream: true, onPiece: () => void home.scheduled().then(door.open),
      });
      assert.ok(got.body.equals(body));
      const row = await home.row(id);
      assert.deepEqual([row.state, row.ended, row.completion_tokens], ["settled", "complete", 5]);
    });

    test("one call that is cut does not disturb another that streams on", async () => {
      const [a, b] = [await home.begin(), await home.begin()];
      const { type, body } = answerOf("messages", { stream: true });
      const door = gate();
      home.upstream.script(a.marker, gated({ headers: { "content-type": type }, body, at: body.indexOf("\n\n") + 2, gate: door }));
      let neighbour;
      const got = await home.ask("messages", {
        ...a, stream: true,
        onPiece: () => {
          neighbour ??= home.ask("messages", { ...b, stream: true, onPiece: (_, hangUp) => hangUp() }).finally(() => door.open());
        },
      });
      await neighbour;
      assert.ok(got.body.equals(body), "the other stream is whole");
      assert.equal((await home.row(a.id)).ended, "complete");
      assert.equal((await home.row(b.id)).state, "settled");
    });
  });
}
