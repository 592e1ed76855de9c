// /metrics: its form, who may read it, and that it says the same as the usage and the rows.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { NAMES } from "../dialects.mjs";
import { read } from "../exposition.mjs";

const PROMISED = {
  proxyagent_requests: "counter",
  proxyagent_responses: "counter",
  proxyagent_tokens: "counter",
  proxyagent_cost_usd: "counter",
  proxyagent_active_tokens: "gauge",
  proxyagent_credentials: "gauge",
  proxyagent_request_duration_seconds: "histogram",
  proxyagent_time_to_first_byte_seconds: "histogram",
  proxyagent_overhead_seconds: "histogram",
};

export function metrics(home) {
  const scrape = async () => {
    const headers = { authorization: `Bearer ${home.keys.admin}`, accept: "application/openmetrics-text;version=1.0.0" };
    const got = await home.send("/metrics", { headers });
    assert.equal(got.status, 200);
    return read(got.body.toString());
  };
  const nanos = (decimal) => {
    const [whole, fraction = ""] = decimal.split(".");
    return BigInt(whole + fraction.padEnd(9, "0"));
  };

  describe("metrics", () => {
    test("nobody but the administrator reads them", async () => {
      const { token } = await home.mint();
      for (const headers of [{}, { authorization: `Bearer ${token}` }, { "x-admin-token": "wrong" }]) {
        assert.equal((await home.send("/metrics", { headers })).status, 401);
      }
    });

    test("the promised families are there, and every line is one that a strict reader takes", async () => {
      const { token, marker } = await home.begin();
      await home.ask("messages", { token, marker, model: "mock" });
      const { families } = await scrape();
      for (const [name, kind] of Object.entries(PROMISED)) assert.equal(families[name], kind, name);
      const plain = await home.send("/metrics", { headers: { "x-admin-token": home.keys.admin } });
      assert.match(plain.headers["content-type"], /^text\/plain; version=0\.0\.4/);
      assert.match(plain.body.toString(), /^# TYPE proxyagent_requests_total counter$/m);
    });

    test("they grow by what the usage and the rows grow by, to the nano-dollar", async () => {
      const usage = async () => (await home.admin("GET", "/admin/usage")).json.usage;
      const before = { usage: await usage(), ...(await scrape()) };
      const { token, id, marker } = await home.begin({ scope: ["*"] });
      for (const dialect of NAMES) for (const stream of [true, false]) await home.ask(dialect, { token, marker, stream });
      await home.ask("messages", { token, path: "/nosuch/v1/messages" });
      const rows = await home.settled(id, 6);
      const after = { usage: await usage(), ...(await scrape()) };
      const grown = (name) => Number(after.samples.get(name)) - Number(before.samples.get(name) ?? 0);
      const cost = ({ samples }) =>
        [...samples].filter(([name]) => name.startsWith("proxyagent_cost_usd_total{")).reduce((sum, [, value]) => sum + nanos(value), 0n);
      const paid = rows.reduce((sum, row) => sum + BigInt(row.cost_nano), 0n);
      assert.ok(paid > 0n);
      assert.equal(cost(after) - cost(before), paid);
      assert.equal(BigInt(after.usage.cost_nano) - BigInt(before.usage.cost_nano), paid);
      assert.equal(cost(after), BigInt(after.usage.cost_nano));
      assert.equal(Number(after.samples.get("proxyagent_requests_total")), after.usage.requests);
      assert.equal(grown("proxyagent_requests_total"), 6);
      assert.equal(grown('proxyagent_responses_total{status="200"}'), 6);
      assert.equal(grown('proxyagent_tokens_total{direction="input"}'), rows.reduce((sum, row) => sum + row.prompt_tokens, 0));
      for (const row of rows) assert.ok(Number.isInteger(row.overhead_us) && row.overhead_us >= 0);
    });
  });
}
