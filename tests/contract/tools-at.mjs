// The operator's own tools of every home, at the fake provider.

/** The setting: `lookup` takes a query in a body, `page` one in its URL; `poor` costs a cent. */
export function toolsAt(url, key) {
  const tool = (name, rest) => ({
    name,
    description: `The test's ${name}`,
    input_schema: { type: "object", properties: { query: { type: "string", minLength: 1 } }, required: ["query"], additionalProperties: false },
    url: `${url}/tools/${name}`,
    headers: { "x-tool-key": key },
    allowed_hosts: ["127.0.0.1"],
    max_bytes: 1000,
    ...rest,
  });
  return JSON.stringify([tool("lookup"), tool("page", { method: "GET" }), tool("poor", { price_usd: 0.01 })]);
}
