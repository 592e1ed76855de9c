// Kills the native server under load, again and again: no call that reached an upstream is without its row, and what is
// held is what the open rows hold, so that nothing leaks.
//
//   node tests/money/kill.mjs [--cycles 1000] [--calls 40]
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { NAMES } from "../contract/dialects.mjs";
import { startNative } from "../contract/native-home.mjs";

/** One cycle: `calls` calls under way, a kill after `after` milliseconds, a restart, a look. Gives how many reached the upstream. */
export async function cycle(home, { calls, after }) {
  const { token, id, marker } = await home.begin({ budget_usd: 1, label: "kill" });
  const asking = Array.from({ length: calls }, (_, n) =>
    home.ask(NAMES[n % 3], { token, marker, stream: n % 2 === 0, max: 100, remember: false }).catch(() => null));
  await new Promise((resolve) => setTimeout(resolve, after));
  await home.kill();
  await Promise.all(asking);
  await home.restart();

  const sent = home.upstream.seen(marker).length;
  const rows = (await home.rows(id)).filter((row) => row.ended !== "refused");
  assert.ok(rows.length >= sent, `${sent} calls reached the upstream, ${rows.length} have a row`);
  const { held_nano, spent_nano, open_calls } = await home.listed(id);
  const open = rows.filter((row) => row.state === "open");
  const sum = (rows, field) => rows.reduce((sum, row) => sum + row[field], 0);
  assert.equal(open_calls, open.length);
  assert.equal(held_nano, sum(open, "held_nano"), "what is held is what open rows hold");
  assert.equal(spent_nano, sum(rows, "cost_nano"), "what is spent is what closed rows cost");
  home.upstream.requests.length = 0;
  return { sent, open: open.length, settled: rows.length - open.length };
}

async function main() {
  const { values } = parseArgs({ options: { cycles: { type: "string", default: "1000" }, calls: { type: "string", default: "40" } } });
  const cycles = Number(values.cycles);
  const home = await startNative();
  let total = 0;
  try {
    for (let n = 1; n <= cycles; n += 1) {
      const { sent, open, settled } = await cycle(home, { calls: Number(values.calls), after: 20 + ((n * 37) % 400) });
      total += sent;
      console.log(`cycle ${n} of ${cycles}: ${sent} reached the upstream, ${settled} settled, ${open} open`);
    }
    console.log(`${cycles} kills, ${total} calls reached the upstream, none was lost and nothing leaked`);
  } finally {
    await home.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
