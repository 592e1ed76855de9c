// Prompts and answers are kept only for a token whose operator asked for it, for a time, and only where they can be sealed.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { NAMES } from "../dialects.mjs";

export function capture(home) {
  const sealed = async () => (await home.admin("GET", "/admin/providers")).json.encryption;

  describe("capture", () => {
    test("off by default", async () => {
      const { token, id, marker } = await home.begin();
      assert.equal((await home.listed(id)).capture_until_ms, null);
      await home.ask("messages", { token, marker, text: "nobody keeps this" });
      const row = await home.row(id);
      assert.equal((await home.admin("GET", `/admin/logs/${row.id}/content`)).status, 404);
      assert.ok(!(await home.dump()).includes("nobody keeps this"));
    });

    test("on for an hour: what was asked and answered, streamed or not; without a master key it is refused", async () => {
      const { token, id } = await home.mint();
      const switched = await home.admin("PATCH", `/admin/tokens/${id}`, { capture_seconds: 3600 });
      if (!(await sealed())) return assert.equal(switched.status, 400);
      assert.equal(switched.status, 200, `${switched.body}`);
      let calls = 0;
      for (const dialect of NAMES) for (const stream of [false, true]) {
        const words = `kept-${dialect}-${stream}`;
        const marker = home.marker();
        const got = await home.ask(dialect, { token, marker, stream, text: `${words} ghp_${"a1".repeat(18)}` });
        assert.equal(got.status, 200);
        const [row] = await home.settled(id, ++calls);
        const { json, status } = await home.admin("GET", `/admin/logs/${row.id}/content`);
        assert.equal(status, 200);
        assert.ok(json.request.includes(words) && json.request.includes("[redacted:github-token]"), json.request);
        assert.equal(json.answer, got.body.toString(), `${dialect} ${stream}`);
        assert.ok(!(await home.dump()).includes(words), "sealed");
        assert.ok(!(await home.logs()).includes(words), "not in the log");
      }
      await home.admin("PATCH", `/admin/tokens/${id}`, { capture_seconds: null });
      await home.ask("messages", { token, marker: home.marker() });
      const [row] = await home.settled(id, ++calls);
      assert.equal((await home.admin("GET", `/admin/logs/${row.id}/content`)).status, 404);
    });
  });
}
