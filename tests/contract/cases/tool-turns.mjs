// Conversations in which the proxy runs its tools, read by the vendors' own SDKs, streamed and whole.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { answer } from "../../fake-provider/behaviours.mjs";
import { toolTurns } from "../../fake-provider/tool-turns.mjs";

const ON = { "x-proxyagent-tools": "on" };
const SCHEMA = { type: "object", properties: { command: { type: "string" } } };

/** One conversation in one dialect by its SDK: what was said, the caller's own calls, and the usage. */
function speakers(home) {
  const anthropic = (token) => new Anthropic({ apiKey: token, baseURL: `${home.url}/anthropic`, maxRetries: 0, fetch: home.fetch });
  const openai = (token) => new OpenAI({ apiKey: token, baseURL: `${home.url}/openai/v1`, maxRetries: 0, fetch: home.fetch });
  const headers = (more) => ({ headers: { ...ON, ...more } });
  return {
    async messages(token, text, stream, more) {
      const ask = {
        model: "claude-opus-5-5", max_tokens: 64, tools: [{ name: "Bash", input_schema: SCHEMA }],
        messages: [{ role: "user", content: text }],
      };
      const { messages } = anthropic(token);
      const got = stream ? await messages.stream(ask, headers(more)).finalMessage() : await messages.create(ask, headers(more));
      return {
        text: got.content.filter((block) => block.type === "text").map((block) => block.text).join("|"),
        calls: got.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]),
        usage: [got.usage.input_tokens, got.usage.output_tokens],
      };
    },
    async chat(token, text, stream, more) {
      const ask = {
        model: "gpt-6.1-terra", messages: [{ role: "user", content: text }],
        tools: [{ type: "function", function: { name: "Bash", parameters: SCHEMA } }],
      };
      const { completions } = openai(token).chat;
      const got = stream
        ? await completions.stream({ ...ask, stream_options: { include_usage: true } }, headers(more)).finalChatCompletion()
        : await completions.create(ask, headers(more));
      const { message } = got.choices[0];
      return {
        text: (message.content ?? "").replaceAll("\n\n", "|"),
        calls: (message.tool_calls ?? []).map((call) => [call.function.name, JSON.parse(call.function.arguments)]),
        usage: [got.usage.prompt_tokens, got.usage.completion_tokens],
      };
    },
    async responses(token, text, stream, more) {
      const ask = { model: "gpt-6.1-sol", input: text, tools: [{ type: "function", name: "Bash", parameters: SCHEMA, strict: false }] };
      const { responses } = openai(token);
      const got = stream ? await responses.stream(ask, headers(more)).finalResponse() : await responses.create(ask, headers(more));
      const texts = got.output.filter((item) => item.type === "message").map((item) => item.content[0].text);
      return {
        text: texts.join("|"),
        calls: got.output.filter((item) => item.type === "function_call").map((call) => [call.name, JSON.parse(call.arguments)]),
        usage: [got.usage.input_tokens, got.usage.output_tokens],
      };
    },
  };
}

export function toolTurnCases(home) {
  const speak = speakers(home);
  const call = (id, query) => ({ id, name: "lookup", args: { query } });

  for (const dialect of ["messages", "chat", "responses"]) {
    for (const stream of [false, true]) {
      describe(`tools in ${dialect}, ${stream ? "streamed" : "whole"}`, () => {
        test("a call, then three at once, then the answer", async () => {
          const { token, id, marker } = await home.begin();
          const tool = `${marker}-tool`;
          const query = `[[case:${tool}]]`;
          home.upstream.script(tool, answer({ headers: { "content-type": "application/json" }, body: '{"found":42}' }));
          home.upstream.script(marker, toolTurns(dialect, [
            [{ text: "Let me look." }, call("c1", query)],
            [call("c2", query), call("c3", query), call("c4", query)],
            [{ text: "It is 42." }],
          ]));
          const got = await speak[dialect](token, `What is it? [[case:${marker}]]`, stream);
          assert.deepEqual(got, { text: "Let me look.|It is 42.", calls: [], usage: [36, 15] });
          const runs = home.upstream.seen(tool);
          assert.equal(runs.length, 4);
          assert.ok(runs.every((request) => request.headers["x-tool-key"] === home.keys.tool));
          const last = home.upstream.seen(marker).at(-1).body.toString();
          assert.ok(["c1", "c2", "c3", "c4"].every((name) => last.includes(`"${name}"`)), "each result has its call");
          const rows = await home.settled(id, 7);
          assert.deepEqual(rows.map((row) => row.operation).sort(), [...Array(3).fill("generate"), ...Array(4).fill("tool")]);
          assert.equal(new Set(rows.map((row) => row.request_id)).size, 1);
        });

        test("the caller's own call comes back alone, and the proxy's is not run", async () => {
          const { token, marker } = await home.begin();
          home.upstream.script(marker, toolTurns(dialect, [[
            { text: "Both." }, call("c1", "x"), { id: "c2", name: "Bash", args: { command: "ls" } },
          ]]));
          const got = await speak[dialect](token, `[[case:${marker}]]`, stream);
          assert.deepEqual([got.text, got.calls], ["Both.", [["Bash", { command: "ls" }]]]);
          assert.equal(home.upstream.seen(marker).length, 1, "one turn");
        });

        test("behind the last step the call is handed back", async () => {
          const { token, marker } = await home.begin();
          home.upstream.script(marker, toolTurns(dialect, [[call("c1", "x")]]));
          const got = await speak[dialect](token, `[[case:${marker}]]`, stream, { "x-proxyagent-tool-steps-max": "2" });
          assert.deepEqual(got.calls, [["lookup", { query: "x" }]]);
          assert.equal(home.upstream.seen(marker).length, 3);
        });
      });
    }
  }

  test("the mock asks for a tool: the whole loop without a key, in Gemini's dialect too", async () => {
    const { token, marker } = await home.begin({ scope: ["mock", "tool:page"] });
    for (const [path, body] of [
      ["/mock/v1/messages", (text) => ({ model: "mock", max_tokens: 64, messages: [{ role: "user", content: text }] })],
      ["/mock/v1beta/models/mock:generateContent", (text) => ({ contents: [{ role: "user", parts: [{ text }] }] })],
      ["/mock/v1beta/models/mock:streamGenerateContent?alt=sse", (text) => ({ contents: [{ role: "user", parts: [{ text }] }] })],
    ]) {
      const got = await home.send(path, {
        method: "POST", headers: { "content-type": "application/json", "x-api-key": token, ...ON },
        body: JSON.stringify(body(`[[mock:tool page {"query":"${marker}"}]]`)),
      });
      assert.equal(got.status, 200, got.body.toString());
      assert.match(got.body.toString(), /tool returned/);
    }
    assert.equal(home.upstream.requests.filter((request) => request.url === `/tools/page?query=${marker}`).length, 3);
  });

  test("a token's setting brings the tools along", async () => {
    const { token, id, marker } = await home.begin({ tools: true });
    home.upstream.script(marker, toolTurns("messages", [[call("c1", "x")], [{ text: "Done." }]]));
    const ask = (headers) => home.ask("messages", { token, marker, headers });
    assert.equal((await ask({})).headers["x-proxyagent-tool-steps"], "1");
    assert.equal((await ask({ "x-proxyagent-tools": "off" })).headers["x-proxyagent-tool-steps"], undefined);
    await home.admin("PATCH", `/admin/tokens/${id}`, { tools: false });
    assert.equal((await ask({})).headers["x-proxyagent-tool-steps"], undefined);
  });
}
