// A store with a life behind it: machines, a month of counters, a day of calls. Written past the proxy, because nobody
// wants to wait for a month. The same numbers each time.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const MODELS = [
  ["anthropic", "claude-opus-5-5", 5_000, 25_000, 9], ["anthropic", "claude-haiku-4-5", 1_000, 5_000, 14], ["openai", "gpt-6.1-terra", 2_500, 10_000, 7],
  ["openai", "gpt-5-mini", 250, 2_000, 5], ["anthropic", "claude-sonnet-5", 3_000, 15_000, 6], ["openai", "o5-pro", 20_000, 80_000, 1], ["mock", "mock", 0, 0, 3],
];
const MACHINES = [
  ["macbook-01", ["anthropic:claude-*"], 25, 60, 21 * DAY], ["ci-runner", ["openai:gpt-*", "anthropic:claude-haiku-*"], 20, 120, 2 * DAY], ["build-farm-3", ["openai:*"], 150, null, 60 * DAY],
  ["research-box", ["*"], null, null, null], ["old-laptop", ["anthropic"], 5, 30, -DAY], ["first-try", ["mock"], null, 60, HOUR],
];
const ERRORS = [["scope_denied", 403, "refused"], ["rate_limited", 429, "refused"], ["budget_exhausted", 402, "refused"], ["upstream_error", 529, "settled"], ["upstream_cut", 200, "settled"]];

/** Numbers that look random and are not. */
export function dice(seed = 7) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** @returns {string[]} SQL for `count` calls within the last `span` milliseconds, and everything around them. With `words`, those stand wherever somebody else chooses the text. */
export function life({ now = Date.now(), count = 900, span = DAY, words } = {}) {
  const random = dice();
  const pick = (list) => list[Math.floor(random() * list.length)];
  const weighted = MODELS.flatMap((model) => Array(model[4]).fill(model));
  const sql = [];
  const spent = new Map();
  const calls = [];
  const word = (i) => words[i % words.length];
  for (let i = 0; i < count; i += 1) {
    const at = Math.floor(now - random() ** 1.3 * span);
    const machine = Math.floor(random() * 4);
    const [provider, model, inRate, outRate] = pick(weighted);
    const bad = random() < 0.06 ? pick(ERRORS) : null;
    const refused = bad?.[2] === "refused";
    const [input, cached, output] = refused ? [0, 0, 0] : [Math.floor(random() ** 3 * 20_000) + 40, Math.floor(random() ** 2 * 60_000), Math.floor(random() ** 3 * 3_000) + 8];
    const cost = input * inRate + Math.floor((cached * inRate) / 10) + output * outRate;
    const first = refused ? null : Math.floor(120 + random() ** 4 * 4_000);
    const id = `req_${at.toString(16).padStart(12, "0")}${i.toString(16).padStart(20, "0")}`;
    spent.set(machine, (spent.get(machine) ?? 0) + cost);
    calls.push([id, `seed-${i}`, `tok_seed${machine}`, bad?.[2] ?? "settled", at, "messages", "generate", provider, words ? word(i) : model, provider, words ? word(i + 1) : model,
      words ? word(i + 2) : random() < 0.1 ? "gpt-4o*" : null, `env:${provider}`, random() < 0.8 ? 1 : 0, refused ? 0 : random() < 0.05 ? 2 : 1, bad?.[1] ?? 200, Math.floor(cost * 1.8), cost,
      refused ? null : "metered", input, cached, output, refused ? "refused" : bad ? "truncated" : "complete", words ? word(i + 3) : bad?.[0] ?? null, first, first === null ? 1 : first + Math.floor(random() ** 3 * 20_000) + 90]);
  }
  const columns = "id, request_id, token_id, state, started_ms, dialect, operation, asked_provider, asked_model, provider, model, rule, credential_id, streamed, attempts, status, held_nano, cost_nano, pricing, input, cache_read, output, ended, error, first_byte_ms, duration_ms";
  for (let i = 0; i < calls.length; i += 100) {
    sql.push(`INSERT INTO proxy_agent_calls (${columns}) VALUES ${calls.slice(i, i + 100).map((row) => `(${row.map(literal).join()})`).join()}`);
  }
  for (const [i, [label, scope, budget, rate, expires]] of MACHINES.entries()) {
    const paid = Math.min(spent.get(i) ?? 0, budget === null ? Infinity : budget * 0.93e9);
    sql.push(`INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms, expires_ms, last_used_ms, rate_limit, budget_nano, spent_nano, revoked_ms) VALUES (${[
      `tok_seed${i}`, `seed${i}`, `pa_${"uDR"}…${"x4Kq"}`, words ? word(i) : label, JSON.stringify(words ? [...scope, `anthropic:${word(i + 4)}`] : scope), now - 30 * DAY, expires === null ? null : now + expires,
      i < 4 ? now - Math.floor(random() * 600_000) : null, rate, budget === null ? null : budget * 1e9, Math.floor(paid), null].map(literal).join()})`);
  }
  const today = Math.floor(now / DAY);
  const days = [];
  for (let day = today - 29; day <= today; day += 1) {
    for (const [provider, model, inRate, outRate, weight] of MODELS) {
      const calls = Math.floor((0.4 + random()) * weight * 9 * ((day % 7) > 1 ? 1 : 0.35));
      days.push([day, `tok_seed${day % 4}`, provider, words ? word(day + weight) : model, calls, Math.floor(calls * 0.04), calls * 5_200, calls * 430, calls * (5_200 * inRate + 430 * outRate)]);
    }
  }
  sql.push(`INSERT INTO proxy_agent_usage (day, token_id, provider, model, requests, refused, prompt_tokens, completion_tokens, cost_nano) VALUES ${days.map((row) => `(${row.map(literal).join()})`).join()} ON CONFLICT DO NOTHING`);
  return sql;
}

const literal = (value) => (value === null || value === undefined ? "NULL" : typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`);
