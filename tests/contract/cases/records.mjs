// The records of calls: filters, one call, exports, and the live feed.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import http from "node:http";

export function records(home) {
  const logs = async (filter, rest = "") =>
    (await home.admin("GET", `/admin/logs?limit=1000&filter=${encodeURIComponent(filter)}${rest}`)).json.logs;

  describe("records", () => {
    test("filters find calls by token, model, status, cost, time and more", async () => {
      const label = `filter-${home.marker()}`;
      const { token, id, marker } = await home.begin({ label, scope: ["anthropic", "mock"] });
      await home.ask("messages", { token, marker, stream: true, headers: { "x-proxyagent-request-id": `own-${label}` } });
      await home.ask("messages", { token, marker, model: "mock" });
      await home.ask("chat", { token, marker });
      await home.settled(id, 3);
      const found = async (terms) => (await logs(`token:${label} ${terms}`)).map((row) => `${row.dialect} ${row.status}`);
      for (const [terms, want] of [
        ["", ["chat 403", "messages 200", "messages 200"]],
        ["status:4xx", ["chat 403"]],
        ["status:200 model:mock", ["messages 200"]],
        ["model:claude* since:1h", ["messages 200"]],
        ["cost:>0", ["messages 200"]],
        ["streamed:yes", ["messages 200"]],
        ["error:scope*", ["chat 403"]],
        [`request:own-${label}`, ["messages 200"]],
        ["until:1h", []],
        ["provider:openai", ["chat 403"]],
      ]) {
        assert.deepEqual(await found(terms), want, terms);
      }
      const wrong = await home.admin("GET", "/admin/logs?filter=colour:red");
      assert.equal(wrong.status, 400);
      assert.match(wrong.json.error.message, /colour:/);
      const [row] = await logs(`request:own-${label}`);
      for (const by of [row.id, `own-${label}`]) assert.deepEqual((await home.admin("GET", `/admin/logs/${by}`)).json, row);
      assert.equal((await home.admin("GET", "/admin/logs/no-such-call")).status, 404);
    });

    test("a hostile model name is no formula in the CSV", async () => {
      const { token, id } = await home.mint();
      const model = `=HYPERLINK("http://x";"y")`;
      await home.ask("chat", { token, model, change: (body) => ({ ...body, max_tokens: -1 }) });
      await home.settled(id, 1);
      const got = await home.admin("GET", `/admin/logs?format=csv&filter=token:${id}`);
      assert.match(got.headers["content-type"], /^text\/csv/);
      const lines = got.body.toString().trimEnd().split("\r\n");
      assert.equal(lines.length, 2);
      assert.ok(!/(^|,)"?[=+@-]/.test(lines[1]), lines[1]);
    });

    test("the feed tells of a call within two seconds and goes on where a listener was", async () => {
      const { token, id } = await home.mint();
      const first = await listen(home, id, undefined, () => home.ask("messages", { token, model: "mock" }));
      assert.equal(first.row.token_id, id);
      assert.ok(first.after < 3000, `${first.after} ms`);
      // While nobody listens:
      await home.ask("chat", { token, model: "mock" });
      await home.settled(id, 2);
      const second = await listen(home, id, first.last, async () => {}, (row) => row.dialect === "chat");
      assert.equal(second.row.status, 200);
    });

    test("nobody else listens", async () => {
      const { token } = await home.mint();
      for (const headers of [{}, { "x-admin-token": token }, { authorization: "Bearer wrong" }]) {
        assert.equal((await home.send("/admin/logs/stream", { headers })).status, 401);
      }
    });

    test("usage of some days is part of the usage of all", async () => {
      const all = (await home.admin("GET", "/admin/usage")).json.usage;
      const today = (await home.admin("GET", "/admin/usage?since=1d")).json.usage;
      const before = (await home.admin("GET", "/admin/usage?until=3d")).json.usage;
      assert.ok(all.requests > 0);
      assert.deepEqual([today, before.requests], [all, 0]);
      assert.equal((await home.admin("GET", "/admin/usage?since=soon")).status, 400);
    });
  });
}

/** Listens until an ended call of the token that `wanted` accepts is told: the row, the place, and how long it took. */
function listen(home, tokenId, last, once, wanted = () => true) {
  const url = new URL(`${home.url}/admin/logs/stream?filter=${encodeURIComponent(`token:${tokenId}`)}`);
  const headers = { "x-admin-token": home.keys.admin, ...(last ? { "last-event-id": last } : {}) };
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers, agent: false, timeout: 10_000 }, (response) => {
      assert.equal(response.statusCode, 200);
      assert.equal(response.headers["content-type"], "text/event-stream");
      let [text, row, began] = ["", undefined, undefined];
      response.on("data", (piece) => {
        text += piece;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          const data = /^event: call\ndata: (.*)$/.exec(event);
          const place = /^id: (.*)$/.exec(event);
          if (data) {
            const told = JSON.parse(data[1]);
            if (told.state !== "open" && wanted(told)) row ??= told;
          } else if (place && row) {
            request.destroy();
            resolve({ row, last: place[1], after: Date.now() - (began ?? Date.now()) });
          } else if (place && began === undefined) {
            began = Date.now();
            once().catch(reject);
          }
        }
      });
      response.on("error", () => {});
    });
    request.on("timeout", () => request.destroy(new Error("the feed is silent")));
    request.on("error", reject);
  });
}
