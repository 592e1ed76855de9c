// Proxied tools: called by themselves, and by the Model Context Protocol's own client.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { answer, echo, redirect } from "../../fake-provider/behaviours.mjs";
import { nano } from "../home.mjs";

const JSON_TYPE = { "content-type": "application/json" };

export function tools(home) {
  const execute = (token, name, args) => home.send(`/v1/tools/${name}/execute`, {
    method: "POST", headers: { ...JSON_TYPE, "x-api-key": token }, body: JSON.stringify({ arguments: args }),
  });
  const list = async (token) => JSON.parse((await home.send("/v1/tools", { headers: { "x-api-key": token } })).body);

  describe("tools by themselves", () => {
    test("a token sees and runs what its scope names", async () => {
      const { token, id, marker } = await home.begin({ scope: ["tool:lookup"] });
      assert.deepEqual((await list(token)).tools.map((tool) => tool.name), ["lookup"]);
      home.upstream.script(marker, answer({ headers: JSON_TYPE, body: '{"found":42}' }));
      const got = await execute(token, "lookup", { query: `x [[case:${marker}]]` });
      assert.equal(got.status, 200);
      assert.deepEqual(JSON.parse(got.body), { name: "lookup", content: '{"found":42}', is_error: false });
      const [sent] = home.upstream.seen(marker);
      assert.deepEqual([sent.method, sent.url, sent.headers["x-tool-key"]], ["POST", "/tools/lookup", home.keys.tool]);
      assert.ok(!JSON.stringify(sent.headers).includes("pa_"));
      assert.equal((await execute(token, "page", { query: "x" })).status, 404);
      const rows = await home.settled(id, 2);
      assert.deepEqual(rows.map((row) => [row.operation, row.status, row.error]), [["tool", 404, "not_found"], ["tool", 200, null]]);
    });

    test("no redirect is followed, no credential comes back, no limit is passed", async () => {
      for (const [behaviour, says] of [
        [redirect(`${home.url}/healthz`), /redirect/],
        [echo({ status: 401 }), /refused the proxy's credential/],
        [echo(), /redacted/],
        [answer({ body: "x".repeat(1001) }), /larger than 1000 bytes/],
      ]) {
        const { token, marker } = await home.begin();
        home.upstream.script(marker, behaviour);
        const got = JSON.parse((await execute(token, "lookup", { query: `[[case:${marker}]]` })).body);
        assert.match(got.content, says);
        assert.equal(home.upstream.seen(marker).length, 1);
      }
    });

    test("a tool's price counts against the budget", async () => {
      const { token, id } = await home.mint({ budget_usd: 0.025 });
      const statuses = [];
      for (let n = 0; n < 4; n += 1) statuses.push((await execute(token, "poor", { query: "x" })).status);
      assert.deepEqual(statuses, [200, 200, 402, 402]);
      assert.equal(nano((await home.listed(id)).spent_usd), 20_000_000);
      const { json } = await home.admin("GET", "/admin/usage");
      assert.ok(json.tools.some((row) => row.tool === "" || row.tool === "poor"), JSON.stringify(json.tools));
      assert.ok(!json.providers.some((row) => row.provider === "tool"));
    });
  });

  describe("tools by MCP", () => {
    const connected = async (token) => {
      const client = new Client({ name: "contract", version: "1.0.0" });
      const requestInit = { headers: { authorization: `Bearer ${token}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(`${home.url}/mcp`), { requestInit, fetch: home.fetch }));
      return client;
    };

    test("the official client lists and calls with a machine token", async () => {
      const { token, marker } = await home.begin({ scope: ["tool:lookup", "tool:page"] });
      const client = await connected(token);
      assert.equal(client.getServerVersion().name, "proxyagent");
      await client.ping();
      const { tools: listed } = await client.listTools();
      assert.deepEqual(listed.map((tool) => tool.name), ["lookup", "page"]);
      home.upstream.script(marker, answer({ headers: JSON_TYPE, body: '{"found":42}' }));
      const result = await client.callTool({ name: "lookup", arguments: { query: `[[case:${marker}]]` } });
      assert.deepEqual([result.content, result.isError], [[{ type: "text", text: '{"found":42}' }], false]);
      const wrong = await client.callTool({ name: "lookup", arguments: {} });
      assert.equal(wrong.isError, true);
      await assert.rejects(client.callTool({ name: "poor", arguments: { query: "x" } }), (error) => error.code === -32602);
      await client.close();
    });

    test("no token, a revoked one, a foreign page", async () => {
      await assert.rejects(connected("pa_nothing"));
      const { token, id } = await home.mint();
      const ping = (headers) => home.send("/mcp", {
        method: "POST", headers: { ...JSON_TYPE, ...headers }, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      });
      assert.equal((await ping({})).status, 401);
      assert.equal((await ping({ authorization: `Bearer ${token}` })).status, 200);
      assert.equal((await ping({ authorization: `Bearer ${token}`, origin: "https://evil.example" })).status, 403);
      await home.admin("DELETE", `/admin/tokens/${id}`);
      assert.equal((await ping({ authorization: `Bearer ${token}` })).status, 401);
    });
  });
}
