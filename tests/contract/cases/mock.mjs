// The offline model and the fake provider's streams, read by the vendors' own SDKs: what they accept is right.
import test, { describe } from "node:test";
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { TEXT } from "../../fake-provider/answers.mjs";

const COMMAND = { command: "echo hi" };
const SCHEMA = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const CALL = `please [[mock:tool Bash ${JSON.stringify(COMMAND)}]]`;

export function mock(home) {
  const anthropic = (token) => new Anthropic({ apiKey: token, baseURL: `${home.url}/anthropic`, maxRetries: 0, fetch: home.fetch });
  const openai = (token) => new OpenAI({ apiKey: token, baseURL: `${home.url}/openai/v1`, maxRetries: 0, fetch: home.fetch });

  describe("SDKs: text", () => {
    for (const model of ["mock", "real"]) {
      const said = model === "mock" ? /mock: hi there/ : new RegExp(TEXT);

      test(`Messages, ${model}: streamed and whole`, async () => {
        const { token, id, marker } = await home.begin();
        const ask = {
          model: model === "mock" ? "mock" : "claude-opus-5-5", max_tokens: 64,
          messages: [{ role: "user", content: `hi there [[case:${marker}]]` }],
        };
        const streamed = await anthropic(token).messages.stream(ask).finalMessage();
        const whole = await anthropic(token).messages.create(ask);
        for (const message of [streamed, whole]) {
          assert.equal(message.stop_reason, "end_turn");
          assert.match(message.content[0].text, said);
          assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
        }
        await agree(id, streamed.usage.input_tokens + whole.usage.input_tokens, streamed.usage.output_tokens + whole.usage.output_tokens);
      });

      test(`Chat, ${model}: streamed and whole`, async () => {
        const { token, id, marker } = await home.begin();
        const ask = {
          model: model === "mock" ? "mock" : "gpt-6.1-terra", messages: [{ role: "user", content: `hi there [[case:${marker}]]` }],
        };
        const stream = await openai(token).chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } });
        let [text, finish, usage] = ["", null, null];
        for await (const chunk of stream) {
          text += chunk.choices[0]?.delta?.content ?? "";
          finish = chunk.choices[0]?.finish_reason ?? finish;
          usage = chunk.usage ?? usage;
        }
        assert.match(text, said);
        assert.equal(finish, "stop");
        const whole = await openai(token).chat.completions.create(ask);
        assert.match(whole.choices[0].message.content, said);
        assert.equal(whole.choices[0].finish_reason, "stop");
        await agree(id, usage.prompt_tokens + whole.usage.prompt_tokens, usage.completion_tokens + whole.usage.completion_tokens);
      });

      test(`Responses, ${model}: streamed and whole`, async () => {
        const { token, id, marker } = await home.begin();
        const ask = { model: model === "mock" ? "mock" : "gpt-6.1-sol", input: `hi there [[case:${marker}]]` };
        const events = [];
        for await (const event of await openai(token).responses.create({ ...ask, stream: true })) events.push(event);
        assert.equal(events[0].type, "response.created");
        assert.ok(events.some((event) => event.type === "response.output_item.done"), "Codex needs every item's end");
        const completed = events.at(-1);
        assert.equal(completed.type, "response.completed");
        assert.match(events.filter((e) => e.type === "response.output_text.delta").map((e) => e.delta).join(""), said);
        assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, n) => n));
        const whole = await openai(token).responses.create(ask);
        assert.match(whole.output_text, said);
        const usage = completed.response.usage;
        await agree(id, usage.input_tokens + whole.usage.input_tokens, usage.output_tokens + whole.usage.output_tokens);
      });
    }
  });

  describe("SDKs: a tool turn with the mock", () => {
    test("Messages", async () => {
      const { token } = await home.mint();
      const ask = { model: "mock", max_tokens: 64, tools: [{ name: "Bash", input_schema: SCHEMA }] };
      const turn = [{ role: "user", content: CALL }];
      const called = await anthropic(token).messages.stream({ ...ask, messages: turn }).finalMessage();
      assert.equal(called.stop_reason, "tool_use");
      const use = called.content.find((block) => block.type === "tool_use");
      assert.deepEqual([use.name, use.input], ["Bash", COMMAND]);
      const result = { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "it said 42" }] };
      const last = await anthropic(token).messages.stream({ ...ask, messages: [...turn, { role: "assistant", content: called.content }, result] }).finalMessage();
      assert.equal(last.stop_reason, "end_turn");
      assert.match(last.content[0].text, /it said 42/);
    });

    test("Chat", async () => {
      const { token } = await home.mint();
      const ask = { model: "mock", tools: [{ type: "function", function: { name: "Bash", parameters: SCHEMA } }] };
      const turn = [{ role: "user", content: CALL }];
      const called = (await openai(token).chat.completions.stream({ ...ask, messages: turn }).finalChatCompletion()).choices[0];
      assert.equal(called.finish_reason, "tool_calls");
      const [call] = called.message.tool_calls;
      assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ["Bash", COMMAND]);
      const result = { role: "tool", tool_call_id: call.id, content: "it said 42" };
      const last = await openai(token).chat.completions.create({ ...ask, messages: [...turn, called.message, result] });
      assert.equal(last.choices[0].finish_reason, "stop");
      assert.match(last.choices[0].message.content, /it said 42/);
    });

    test("Responses", async () => {
      const { token } = await home.mint();
      const ask = { model: "mock", tools: [{ type: "function", name: "Bash", parameters: SCHEMA, strict: false }] };
      const turn = [{ role: "user", content: CALL }];
      const called = await openai(token).responses.stream({ ...ask, input: turn }).finalResponse();
      const call = called.output.find((item) => item.type === "function_call");
      assert.deepEqual([call.name, JSON.parse(call.arguments)], ["Bash", COMMAND]);
      const result = { type: "function_call_output", call_id: call.call_id, output: "it said 42" };
      const last = await openai(token).responses.create({ ...ask, input: [...turn, call, result] });
      assert.match(last.output_text, /it said 42/);
    });
  });

  describe("SDKs: failures are raised as the vendors' own errors", () => {
    test("a revoked token, a scope, a budget", async () => {
      const gone = await home.mint();
      await home.admin("DELETE", `/admin/tokens/${gone.id}`);
      const narrow = await home.mint({ scope: ["openai:nothing"] });
      const poor = await home.mint({ budget_usd: 0.000001 });
      for (const [{ token }, status] of [[gone, 401], [narrow, 403], [poor, 402]]) {
        const is = (kind) => (error) => error instanceof kind && error.status === status && /proxyagent/.test(error.message);
        const text = [{ role: "user", content: "hi" }];
        await assert.rejects(anthropic(token).messages.create({ model: "claude-opus-5-5", max_tokens: 64, messages: text }), is(Anthropic.APIError));
        await assert.rejects(openai(token).chat.completions.create({ model: "gpt-6.1-terra", messages: text }), is(OpenAI.APIError));
        await assert.rejects(openai(token).responses.create({ model: "gpt-6.1-sol", input: "hi" }), is(OpenAI.APIError));
      }
    });
  });

  test("the mock costs nothing, asks nobody, and is counted", async () => {
    const { token, id, marker } = await home.begin({ budget_usd: 0 });
    for (const dialect of ["messages", "chat", "responses"]) {
      assert.equal((await home.ask(dialect, { token, marker, model: "mock" })).status, 200);
    }
    assert.equal(home.upstream.seen(marker).length, 0);
    for (const row of await home.settled(id, 3)) assert.deepEqual([row.model, row.cost_usd, row.prompt_tokens > 0], ["mock", 0, true]);
  });

  /** The rows of both calls of a token say what the SDK was told. */
  async function agree(id, input, output) {
    const rows = await home.settled(id, 2);
    const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
    assert.deepEqual([sum("prompt_tokens"), sum("completion_tokens")], [input, output]);
  }
}
