// The protocol fixtures that concern this proxy's own routes, ready to be played through it.
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = process.env.PROXYAGENT_FIXTURES ?? fileURLToPath(new URL("../fixtures", import.meta.url));
const ROUTE = /^\/v1\/(messages|chat\/completions|responses)(\?|$)/;
const PREFIX = { A: "/anthropic", B: "/openai" };
const DIALECT = { messages: "messages", "chat/completions": "chat", responses: "responses" };

/**
 * The generations among the Anthropic and OpenAI fixtures that one upstream answer settles:
 * `{id, title, dialect, path, headers(token), body(marker), upstream: {status, headers, body}, client: {status, body},
 *   sent: {path, headers, absent}, identical, usage, costUsd, complete}`.
 */
export function playable() {
  const cases = readdirSync(ROOT).sort().filter((id) => existsSync(join(ROOT, id, "case.json")))
    .map((id) => JSON.parse(readFileSync(join(ROOT, id, "case.json"), "utf8")))
    .filter((c) => PREFIX[c.area] && c.request.method === "POST" && ROUTE.test(c.request.path))
    .filter((c) => c.upstream_request && c.upstream_response && !c.attempts_detail && !c.credential)
    .map(ready);
  if (cases.length < 15) throw new Error(`only ${cases.length} playable fixtures in ${ROOT}`);
  return cases;
}

function ready(c) {
  const bytes = (part) => part.body_file ? readFileSync(join(ROOT, c.id, part.body_file)) : Buffer.from(JSON.stringify(part.body ?? null));
  return {
    id: c.id,
    title: `${c.id} ${c.title}`,
    dialect: DIALECT[ROUTE.exec(c.request.path)[1]],
    path: PREFIX[c.area] + c.request.path,
    headers: (token) => Object.fromEntries(Object.entries(c.request.headers)
      .map(([name, value]) => [name, value.replace("pa_test_machine_token", token)])),
    body: (marker) => marked(JSON.stringify(c.request.body), marker),
    streamed: c.request.body.stream === true,
    upstream: { status: c.upstream_response.status, headers: c.upstream_response.headers, body: bytes(c.upstream_response) },
    client: { status: c.client_response.status, body: bytes(c.client_response) },
    sent: {
      path: c.upstream_request.url.replace(/^https:\/\/[^/]+/, ""),
      headers: c.upstream_request.headers,
      absent: c.upstream_request.headers_absent ?? [],
      body: (marker) => JSON.parse(marked(JSON.stringify(c.upstream_request.body), marker)),
    },
    usage: c.usage,
    costUsd: c.price?.cost_usd,
    complete: c.usage_complete !== false,
  };
}

function marked(text, marker) {
  const out = text.replace(/"(content|input)":"/, `"$1":"[[case:${marker}]] `);
  if (out === text) throw new Error(`no place for a marker in ${text.slice(0, 200)}`);
  return out;
}
