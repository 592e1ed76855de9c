// What a caller of each dialect sends, and how it must be told about a failure.
import assert from "node:assert/strict";

/** The three dialects, by name. */
export const DIALECTS = {
  messages: {
    path: "/anthropic/v1/messages",
    provider: "anthropic",
    model: "claude-opus-5-5",
    body: ({ model, text, max, stream }) => ({ model, max_tokens: max, messages: [{ role: "user", content: text }], ...streaming(stream) }),
    auth: (token) => ({ "x-api-key": token, "anthropic-version": "2023-06-01" }),
  },
  chat: {
    path: "/openai/v1/chat/completions",
    provider: "openai",
    model: "gpt-6.1-terra",
    body: ({ model, text, max, stream }) => ({
      model, max_completion_tokens: max, messages: [{ role: "user", content: text }], ...streaming(stream),
    }),
    auth: (token) => ({ authorization: `Bearer ${token}` }),
  },
  responses: {
    path: "/openai/v1/responses",
    provider: "openai",
    model: "gpt-6.1-sol",
    body: ({ model, text, max, stream }) => ({ model, max_output_tokens: max, input: text, ...streaming(stream) }),
    auth: (token) => ({ authorization: `Bearer ${token}` }),
  },
};

export const NAMES = Object.keys(DIALECTS);

/** Checks that an answer is a failure of that status in the dialect's own shape, and not worth a retry where none helps. */
export function assertFailure(dialect, answer, status) {
  const told = `${answer.status} ${answer.body.toString().slice(0, 300)}`;
  assert.equal(answer.status, status, told);
  assert.match(answer.headers["content-type"] ?? "", /^application\/json/, told);
  assert.ok(answer.headers["x-proxyagent-request-id"], "a failure names its request id");
  assertErrorShape(dialect, JSON.parse(answer.body.toString()), status);
  if ([400, 401, 402, 403, 404].includes(status)) assert.equal(answer.headers["x-should-retry"], "false", told);
  if (status === 429) assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, "retry-after is whole seconds");
}

/** Checks that a stream's last event is the dialect's own way of saying that it failed. */
export function assertStreamFailure(dialect, body) {
  const event = eventsOf(body).at(-1);
  assert.ok(event, "the stream has events");
  const data = JSON.parse(event.data);
  if (dialect === "messages") {
    assert.equal(event.name, "error");
    assertErrorShape(dialect, data);
  } else if (dialect === "chat") {
    assertErrorShape(dialect, data);
  } else {
    assert.ok(["error", "response.failed"].includes(event.name), `the last event is ${event.name}`);
    assert.equal(data.type, event.name);
    const { code, message } = data.type === "error" ? data : data.response.error;
    assert.ok(typeof code === "string" && typeof message === "string" && message !== "");
  }
}

/** The events of an SSE body, in order. */
export function eventsOf(body) {
  return body.toString("utf8").split(/\r?\n\r?\n/).filter((block) => block.trim() !== "").map((block) => {
    const event = { name: null, data: "" };
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith("event:")) event.name = line.slice(6).trim();
      if (line.startsWith("data:")) event.data += line.slice(5).trim();
    }
    return event;
  });
}

function assertErrorShape(dialect, body, status) {
  assert.equal(typeof body.error?.message, "string", JSON.stringify(body));
  assert.notEqual(body.error.message, "");
  if (dialect === "messages") {
    assert.equal(body.type, "error");
    if (status !== undefined) assert.equal(body.error.type, MESSAGES_TYPE[status], `type for ${status}`);
    assert.equal(typeof body.error.type, "string");
    assert.equal(typeof body.request_id, "string");
  } else {
    assert.deepEqual(Object.keys(body), ["error"]);
    assert.equal(typeof body.error.type, "string");
    assert.ok("param" in body.error && "code" in body.error, JSON.stringify(body));
    assert.ok(body.error.code === null || typeof body.error.code === "string");
  }
}

const streaming = (stream) => (stream ? { stream: true } : {});

// platform.claude.com/docs/en/api/errors
const MESSAGES_TYPE = {
  400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
  404: "not_found_error", 405: "invalid_request_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 502: "api_error",
  503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
};
