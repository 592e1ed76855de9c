// A provider whose model calls tools: one answer after the other, in the three dialects, streamed or whole as asked.

/** A behaviour: answers its n-th request with `turns[n]`, each a list of `{text}` and `{id, name, args}`. */
export function toolTurns(dialect, turns) {
  let n = 0;
  return async (exchange) => {
    const says = turns[Math.min(n, turns.length - 1)];
    n += 1;
    const stream = JSON.parse(exchange.request.body).stream === true;
    exchange.head(200, { "content-type": stream ? "text/event-stream" : "application/json" });
    exchange.end(stream ? STREAMED[dialect](n, says) : JSON.stringify(WHOLE[dialect](n, says)));
  };
}

const calls = (says) => says.filter((say) => say.name);
const named = (events) => events.map((e) => `event: ${e.type}\ndata: ${JSON.stringify(e)}\n\n`).join("");
const halves = (text) => [text.slice(0, text.length / 2), text.slice(text.length / 2)];

const block = (say) => say.name ? { type: "tool_use", id: say.id, name: say.name, input: say.args } : { type: "text", text: say.text };
const message = (n, content, stop) => ({
  id: `msg_${n}`, type: "message", role: "assistant", model: "m", content, stop_reason: stop, stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
});
const chatCall = (say) => ({ id: say.id, type: "function", function: { name: say.name, arguments: JSON.stringify(say.args) } });
const chatUsage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const item = (n) => (say, i) => say.name
  ? { id: `fc_${n}_${i}`, type: "function_call", status: "completed", call_id: say.id, name: say.name, arguments: JSON.stringify(say.args) }
  : { id: `msg_${n}_${i}`, type: "message", status: "completed", role: "assistant", content: [{ type: "output_text", text: say.text, annotations: [], logprobs: [] }] };
const response = (n, status, output) => ({
  id: `resp_${n}`, object: "response", created_at: 1795450000, status, error: null, incomplete_details: null, model: "m", output,
  parallel_tool_calls: true, tool_choice: "auto", tools: [], metadata: {},
  usage: status === "completed"
    ? { input_tokens: 12, input_tokens_details: { cached_tokens: 0 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 17 }
    : null,
});

const WHOLE = {
  messages: (n, says) => message(n, says.map(block), calls(says).length ? "tool_use" : "end_turn"),
  chat: (n, says) => ({
    id: `chatcmpl-${n}`, object: "chat.completion", created: 1795450000, model: "m", usage: chatUsage,
    choices: [{
      index: 0, logprobs: null, finish_reason: calls(says).length ? "tool_calls" : "stop",
      message: {
        role: "assistant", refusal: null, content: says.map((say) => say.text ?? "").join("") || null,
        ...(calls(says).length ? { tool_calls: calls(says).map(chatCall) } : {}),
      },
    }],
  }),
  responses: (n, says) => response(n, "completed", says.map(item(n))),
};

const STREAMED = {
  messages: (n, says) => named([
    { type: "message_start", message: { ...message(n, [], null), usage: { ...message(n).usage, output_tokens: 1 } } },
    ...says.flatMap((say, index) => {
      const empty = say.name ? { ...block(say), input: {} } : { type: "text", text: "" };
      const delta = say.name
        ? (half) => ({ type: "input_json_delta", partial_json: half })
        : (half) => ({ type: "text_delta", text: half });
      return [
        { type: "content_block_start", index, content_block: empty },
        ...halves(say.name ? JSON.stringify(say.args) : say.text).map((half) => ({ type: "content_block_delta", index, delta: delta(half) })),
        { type: "content_block_stop", index },
      ];
    }),
    { type: "message_delta", delta: { stop_reason: calls(says).length ? "tool_use" : "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: "message_stop" },
  ]),
  chat: (n, says) => {
    const chunk = (choices, usage = null) => ({ id: `chatcmpl-${n}`, object: "chat.completion.chunk", created: 1795450000, model: "m", choices, usage });
    const choice = (delta, finish = null) => chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
    let index = -1;
    const chunks = [choice({ role: "assistant", content: "" }), ...says.flatMap((say) => {
      if (!say.name) return halves(say.text).map((half) => choice({ content: half }));
      index += 1;
      const call = chatCall(say);
      const first = { index, id: call.id, type: "function", function: { name: call.function.name, arguments: "" } };
      return [choice({ tool_calls: [first] }), ...halves(call.function.arguments).map((half) => choice({ tool_calls: [{ index, function: { arguments: half } }] }))];
    }), choice({}, calls(says).length ? "tool_calls" : "stop"), chunk([], chatUsage)];
    return `${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`;
  },
  responses: (n, says) => {
    const items = says.map(item(n));
    const events = [
      { type: "response.created", response: response(n, "in_progress", []) },
      { type: "response.in_progress", response: response(n, "in_progress", []) },
      ...items.flatMap((one, output_index) => {
        const at = { item_id: one.id, output_index };
        if (one.type === "function_call") {
          return [
            { type: "response.output_item.added", output_index, item: { ...one, status: "in_progress", arguments: "" } },
            { type: "response.function_call_arguments.delta", ...at, delta: one.arguments },
            { type: "response.function_call_arguments.done", ...at, arguments: one.arguments, name: one.name },
            { type: "response.output_item.done", output_index, item: one },
          ];
        }
        const [part] = one.content;
        const place = { ...at, content_index: 0 };
        return [
          { type: "response.output_item.added", output_index, item: { ...one, status: "in_progress", content: [] } },
          { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
          ...halves(part.text).map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
          { type: "response.output_text.done", ...place, text: part.text, logprobs: [] },
          { type: "response.content_part.done", ...place, part },
          { type: "response.output_item.done", output_index, item: one },
        ];
      }),
      { type: "response.completed", response: response(n, "completed", items) },
    ];
    return named(events.map((event, sequence_number) => ({ ...event, sequence_number })));
  },
};
