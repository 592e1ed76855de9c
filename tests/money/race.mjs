// Many calls at once on a token of one dollar, round after round: what is spent and held never passes the dollar, and
// at least ninety cents of it can be used; also when callers hang up, upstreams cut, and usage is missing or absurd.
//
//   node tests/money/race.mjs [--home native|edge] [--rounds 100] [--calls 1000] [--fault none|hangup|cut|missing|negative|huge|mixed]
//
// The native home needs target/debug/proxyagent (or PROXYAGENT_BIN), the edge what `npm run check` leaves, and Node 22.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { DIALECTS, NAMES } from "../contract/dialects.mjs";
import { eventually } from "../contract/eventually.mjs";
import { answer, cutAfter } from "../fake-provider/behaviours.mjs";
import { answerOf, dialectOf } from "../fake-provider/answers.mjs";
import { send } from "../contract/wire.mjs";

export const FAULTS = ["none", "hangup", "cut", "missing", "negative", "huge"];
const DOLLAR = 1e9;

/** One round. Gives `{served, refused, unanswered, spent, most}`, money in nano-dollars; `most` is the highest sum of both that was seen. */
export async function round(home, { calls, fault, budget = DOLLAR }) {
  const { token, id, marker } = await home.begin({ budget_usd: budget / 1e9, label: `race ${fault}` });
  const faults = fault === "mixed" ? FAULTS : [fault];
  let asked = 0;
  home.upstream.script(marker, (exchange) => behave(faults[(asked += 1) % faults.length])(exchange));

  const seen = { most: 0, over: false };
  let running = true;
  const watching = (async () => {
    while (running) {
      const { spent_nano, held_nano } = await home.listed(id);
      seen.most = Math.max(seen.most, spent_nano + held_nano);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const statuses = await Promise.all(Array.from({ length: calls }, (_, n) => call(home, { token, marker, n, faults })));
  // What was refused while others held may fit now: the dollar is used up one by one.
  for (let n = 0, last = 0; last !== 402 && n < 5000; n += 1) {
    last = await call(home, { token, marker, n: 3 * n, faults });
    statuses.push(last);
  }
  running = false;
  await watching;
  const listed = await eventually(async () => {
    const now = await home.listed(id);
    return now.held_nano === 0 && now.open_calls === 0 && now;
  }, "nothing is held any more", { within: 60_000 });

  const sent = home.upstream.seen(marker).length;
  const rows = await every(home, id);
  const admitted = rows.filter((row) => row.ended !== "refused");
  assert.ok(seen.most <= budget, `${seen.most} nano-dollars were spent and held of ${budget}`);
  assert.ok(listed.spent_nano <= budget, `${listed.spent_nano} were spent of ${budget}`);
  assert.ok(listed.spent_nano >= 0.9 * budget, `only ${listed.spent_nano} of ${budget} could be used`);
  assert.equal(admitted.length, sent, "a row for every call that was sent, and none besides");
  const sum = admitted.reduce((sum, row) => sum + BigInt(row.cost_nano), 0n);
  assert.equal(sum, BigInt(listed.spent_nano), "spent is the sum over the rows");
  home.upstream.requests.length = 0;
  const unanswered = statuses.filter((status) => status === 0).length;
  return { served: sent, refused: rows.length - sent, unanswered, spent: listed.spent_nano, most: seen.most };
}

/** One call; its status, 0 where there was no answer. */
async function call(home, { token, marker, n, faults, dialect = NAMES[n % 3] }) {
  const shape = DIALECTS[dialect];
  const stream = n % 2 === 0;
  const body = shape.body({ model: shape.model, text: `hi [[case:${marker}]]`, max: 100, stream });
  const hangs = faults.includes("hangup") && n % faults.length === 0;
  const got = await send(home.url + shape.path, {
    method: "POST",
    headers: { "content-type": "application/json", ...shape.auth(token) },
    body: JSON.stringify(body),
    onPiece: hangs ? (_, hangUp) => hangUp() : undefined,
  }).catch(() => ({ status: 0 }));
  return got.status;
}

function behave(fault) {
  return (exchange) => {
    const dialect = dialectOf(exchange.request.url);
    const stream = JSON.parse(exchange.request.body).stream === true;
    const tokens = { negative: [-12, -100], huge: [9e15, 9e15] }[fault] ?? [12, 100];
    const { type, body } = answerOf(dialect, { stream, input: tokens[0], output: tokens[1] });
    const headers = { "content-type": type };
    if (fault === "cut") return cutAfter({ headers, body, at: Math.floor(body.length / 2) })(exchange);
    if (fault === "missing") return answer({ headers, body: body.toString().replace(/"usage":\{[^}]*\}/g, '"usage":null') })(exchange);
    return answer({ headers, body })(exchange);
  };
}

/** All rows of a token. */
async function every(home, id) {
  const rows = [];
  for (let before = ""; ; ) {
    const { json } = await home.admin("GET", `/admin/logs?limit=1000${before}`, undefined, { remember: false });
    rows.push(...json.logs.filter((row) => row.token_id === id));
    if (json.logs.length < 1000) return rows;
    before = `&before=${json.logs.at(-1).id}`;
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      home: { type: "string", default: "native" },
      rounds: { type: "string", default: "100" },
      calls: { type: "string", default: "1000" },
      fault: { type: "string", default: "none" },
    },
  });
  const [rounds, calls] = [Number(values.rounds), Number(values.calls)];
  const home = values.home === "edge"
    ? await (await import("../contract/edge-home.mjs")).startEdgeHome()
    : await (await import("../contract/native-home.mjs")).startNative();
  try {
    for (let n = 1; n <= rounds; n += 1) {
      const { served, refused, unanswered, spent, most } = await round(home, { calls, fault: values.fault });
      const dollars = (nano) => `$${(nano / 1e9).toFixed(6)}`;
      console.log(`round ${n} of ${rounds}: ${served} served, ${refused} refused, ${unanswered} broken, ${dollars(spent)} spent, at most ${dollars(most)} spent and held`);
    }
    console.log(`${rounds} rounds of ${calls} calls (${values.home}, ${values.fault}): never more than $1.00`);
  } finally {
    await home.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
