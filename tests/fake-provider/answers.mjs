// The shortest complete answer of each dialect, streamed or whole, with the usage a test asks for.

/** The text every plain answer carries. */
export const TEXT = "Hello from upstream";

/** A behaviour: the plain answer to whatever was asked. */
export async function plain(exchange) {
  const { request } = exchange;
  const asked = parse(request.body);
  const dialect = dialectOf(request.url);
  if (!dialect) {
    exchange.head(404, { "content-type": "application/json" });
    return exchange.end('{"error":{"message":"the fake provider has no such path","type":"not_found","param":null,"code":null}}');
  }
  if (/count_tokens|input_tokens/.test(request.url)) {
    exchange.head(200, { "content-type": "application/json" });
    return exchange.end('{"input_tokens":11}');
  }
  const { type, body } = answerOf(dialect, { stream: asked.stream === true, model: asked.model });
  exchange.head(200, { "content-type": type });
  exchange.end(body);
}

/** `{type, body}` of a complete answer. */
export function answerOf(dialect, { stream, model = "m", input = 12, output = 5, text = TEXT }) {
  const make = stream ? STREAMED[dialect] : WHOLE[dialect];
  return {
    type: stream ? "text/event-stream; charset=utf-8" : "application/json",
    body: Buffer.from(make({ model, input, output, text })),
  };
}

export function dialectOf(url) {
  if (url.includes("/messages")) return "messages";
  if (url.includes("/chat/completions")) return "chat";
  if (url.includes("/responses")) return "responses";
  return null;
}

function parse(body) {
  try {
    return JSON.parse(body.toString("utf8")) ?? {};
  } catch {
    return {};
  }
}

const named = (events) => events.map((e) => `event: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`).join("");

const message = ({ model, content, stop, input, output }) => ({
  id: "msg_fake", type: "message", role: "assistant", model, content, stop_reason: stop, stop_sequence: null,
  usage: { input_tokens: input, output_tokens: output, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
});
const chatUsage = ({ input, output }) => ({ prompt_tokens: input, completion_tokens: output, total_tokens: input + output });
const responseItem = (text) => ({
  id: "msg_fake", type: "message", status: "completed", role: "assistant",
  content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
});
const response = ({ model, status, output = [], usage = null }) => ({
  id: "resp_fake", object: "response", created_at: 1795450000, status, error: null, incomplete_details: null, model, output,
  parallel_tool_calls: true, tool_choice: "auto", tools: [], usage, metadata: {},
});
const responseUsage = ({ input, output }) => ({
  input_tokens: input, input_tokens_details: { cached_tokens: 0 }, output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 }, total_tokens: input + output,
});

const WHOLE = {
  messages: (a) => JSON.stringify(message({ ...a, content: [{ type: "text", text: a.text }], stop: "end_turn" })),
  chat: (a) => JSON.stringify({
    id: "chatcmpl-fake", object: "chat.completion", created: 1795450000, model: a.model,
    choices: [{ index: 0, message: { role: "assistant", content: a.text, refusal: null }, logprobs: null, finish_reason: "stop" }],
    usage: chatUsage(a),
  }),
  responses: (a) => JSON.stringify(response({
    model: a.model, status: "completed", output: [responseItem(a.text)], usage: responseUsage(a),
  })),
};

const STREAMED = {
  messages: (a) => named([
    { type: "message_start", message: message({ ...a, content: [], stop: null, output: 1 }) },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: a.text } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: a.output } },
    { type: "message_stop" },
  ]),
  chat: (a) => {
    const chunk = (choices, usage = null) => `data: ${JSON.stringify({
      id: "chatcmpl-fake", object: "chat.completion.chunk", created: 1795450000, model: a.model, choices, usage,
    })}\n\n`;
    return chunk([{ index: 0, delta: { role: "assistant", content: a.text }, logprobs: null, finish_reason: null }])
      + chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }])
      + chunk([], chatUsage(a)) + "data: [DONE]\n\n";
  },
  responses: (a) => named([
    { type: "response.created", response: response({ model: a.model, status: "in_progress" }) },
    { type: "response.output_item.added", output_index: 0, item: { ...responseItem(""), status: "in_progress", content: [] } },
    { type: "response.content_part.added", item_id: "msg_fake", output_index: 0, content_index: 0,
      part: { type: "output_text", text: "", annotations: [], logprobs: [] } },
    { type: "response.output_text.delta", item_id: "msg_fake", output_index: 0, content_index: 0, delta: a.text, logprobs: [] },
    { type: "response.output_text.done", item_id: "msg_fake", output_index: 0, content_index: 0, text: a.text, logprobs: [] },
    { type: "response.output_item.done", output_index: 0, item: responseItem(a.text) },
    { type: "response.completed", response: response({
      model: a.model, status: "completed", output: [responseItem(a.text)], usage: responseUsage(a) }) },
  ].map((event, sequence_number) => ({ ...event, sequence_number }))),
};
