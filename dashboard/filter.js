// The language in which calls are looked for: `machine:ci model:claude* status:4xx cost:>0.10 since:2h words`.

/** @typedef {{tests: Array<(call: any) => boolean>, wrong: string[]}} Filter */

/** @param {string} text @param {number} [now] @returns {Filter} */
export function explainFilter(text, now = Date.now()) {
  /** @type {Filter} */
  const filter = { tests: [], wrong: [] };
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const at = word.indexOf(":");
    const make = at > 0 ? TERMS[word.slice(0, at)] : undefined;
    const test = make ? make(word.slice(at + 1), now) : plain(word);
    if (test) filter.tests.push(test);
    else filter.wrong.push(`“${word}” is not understood.`);
  }
  return filter;
}

/** @param {Filter} filter @param {any} call */
export const matches = (filter, call) => filter.tests.every((test) => test(call));

/** @type {Record<string, (value: string, now: number) => ((call: any) => boolean)|null>} */
const TERMS = {
  machine: (value) => either((call) => [call.token_label, call.token_id], value),
  token: (value) => either((call) => [call.token_label, call.token_id], value),
  model: (value) => either((call) => [call.model, call.asked, call.asked?.slice(call.asked.indexOf(":") + 1), `${call.provider}:${call.model}`], value),
  provider: (value) => either((call) => [call.provider], value),
  error: (value) => either((call) => [call.error], value),
  state: (value) => either((call) => [call.state], value),
  key: (value) => either((call) => [call.credential_id], value),
  status: (value) => (/^\dxx$/.test(value) ? (call) => String(call.status).startsWith(value[0]) : compare((call) => call.status, value)),
  cost: (value) => compare((call) => call.cost_nano / 1e9, value),
  since: (value, now) => {
    const span = /^(\d+)(s|m|min|h|d)$/.exec(value);
    if (!span) return null;
    const from = now - Number(span[1]) * { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5 }[/** @type {"s"|"m"|"min"|"h"|"d"} */ (span[2])];
    return (call) => call.ts_ms >= from;
  },
};

/** @param {(call: any) => Array<string|null|undefined>} of @param {string} value may hold * */
function either(of, value) {
  const pattern = new RegExp(`^${value.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`, "is");
  return (/** @type {any} */ call) => of(call).some((text) => text && pattern.test(text));
}

/** @param {(call: any) => number} of @param {string} value */
function compare(of, value) {
  const found = /^(>=|<=|>|<)?(\d+(?:\.\d+)?)$/.exec(value);
  if (!found) return null;
  const wanted = Number(found[2]);
  return (/** @type {any} */ call) => {
    const is = of(call);
    return { ">": is > wanted, ">=": is >= wanted, "<": is < wanted, "<=": is <= wanted }[found[1] ?? ""] ?? is === wanted;
  };
}

/** @param {string} word */
const plain = (word) => (/** @type {any} */ call) =>
  [call.token_label, call.asked, call.model, call.provider, call.error, call.id, call.request_id, call.rule, call.dialect].some((text) => text?.toLowerCase().includes(word.toLowerCase()));
