// Every call, the newest first, live; one of them in a drawer of its own address.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { ask, calls, useAnswer } from "./api.js";
import { Empty, Icon, Link, Screen, Table, Trouble, go, place, to } from "./ui.js";
import { Call } from "./call.js";
import { COLUMNS } from "./calls.js";
import { explainFilter, matches } from "./filter.js";

/** @param {{rest: string}} props */
export default function Activity({ rest }) {
  const text = place.value.query.get("q") ?? "";
  const [older, setOlder] = useState(/** @type {any[]} */ ([]));
  const [next, setNext] = useState(/** @type {string|null|undefined} */ (undefined));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [still, setStill] = useState(/** @type {any[]|null} */ (null));
  const { data: first, error: broken } = useAnswer("logs?limit=200");
  const seen = useRef(/** @type {Set<string>|null} */ (null));

  const known = new Map();
  for (const row of [...older, ...(first?.logs ?? []), ...calls.value]) known.set(row.id, row);
  const all = [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  const filter = explainFilter(text);
  const rows = all.filter((row) => matches(filter, row));
  // Under the pointer nothing moves: what is new waits.
  const shown = still ?? rows;
  const waiting = still ? rows.filter((row) => !still.some((old) => old.id === row.id)).length : 0;
  const fresh = new Set(seen.current ? shown.filter((row) => !seen.current?.has(row.id)).map((row) => row.id) : []);
  useEffect(() => {
    if (first) seen.current = new Set(all.map((row) => row.id));
  });

  const more = async () => {
    try {
      const before = next === undefined ? first?.next : next;
      const page = await ask("GET", `logs?limit=500&before=${encodeURIComponent(before)}`);
      setOlder([...older, ...page.logs]);
      setNext(page.next);
      setStill(null);
    } catch (why) {
      setError(why);
    }
  };
  const behind = next === undefined ? first?.next : next;
  const search = (/** @type {string} */ q) => {
    setStill(null);
    go(q ? to`/activity?q=${q}` : "/activity", true);
  };
  const empty = text
    ? html`<${Empty} title="No call like that" action=${html`<button type="button" onClick=${() => search("")}>Show all</button>`}>Among the ${all.length} newest calls none matches.${behind ? " There are older ones." : ""}<//>`
    : html`<${Empty} title="No call yet" action=${html`<${Link} class="button primary" to="/harnesses">Connect a harness<//>`}>Every call shows up here the moment it is made, refused ones too: who asked for what, what it cost, and why.<//>`;
  const id = rest ? decodeURIComponent(rest) : null;
  return html`<${Screen} title="Activity" actions=${html`<button type="button" onClick=${() => save(rows)} disabled=${!rows.length}>Save as CSV</button>`}>
    <${Trouble} error=${error ?? broken} />
    <div class="row" style=${{ marginBottom: "12px" }}><div class="search"><${Icon} name="search" /><input data-search class="mono" aria-label="Filter calls" aria-describedby="filter-hint" spellcheck="false" placeholder="machine:ci model:claude* status:4xx cost:>0.10 since:2h" value=${text} onInput=${(/** @type {any} */ e) => search(e.target.value)} /></div></div>
    <p class=${`small ${filter.wrong.length ? "bad" : "muted"}`} id="filter-hint" role="status" style=${{ margin: "-6px 0 12px" }}>${filter.wrong.length ? filter.wrong.join(" ") : text ? `${rows.length} of the ${all.length} newest calls` : "Narrow it down with words or with machine: model: provider: status: error: cost: since:"}</p>
    <div class="card flush" onMouseEnter=${() => setStill(rows)} onMouseLeave=${() => setStill(null)}>
      ${waiting > 0 && html`<div style=${{ padding: "8px 14px" }}><button type="button" class="link" onClick=${() => setStill(rows)}>${waiting} new</button></div>`}
      <${Table} kind="compact" label="Calls" rows=${first || calls.value.length ? shown.slice(0, MOST) : undefined} bones=${8} id=${(/** @type {any} */ c) => c.id} href=${(/** @type {any} */ c) => to`/activity/${c.id}` + (text ? to`?q=${text}` : "")} fresh=${fresh} empty=${empty} columns=${COLUMNS} /></div>
    ${behind && html`<p class="row" style=${{ justifyContent: "center", marginTop: "14px" }}><button type="button" onClick=${more}>Look further back</button></p>`}
    ${id && html`<${Call} id=${id} call=${known.get(id)} ready=${Boolean(first)} onClose=${() => go(text ? to`/activity?q=${text}` : "/activity")} />`}<//>`;
}

/** What is shown, as a file. No cell can begin a formula. @param {any[]} rows */
function save(rows) {
  const columns = ["ts_ms", "id", "token_label", "token_id", "asked", "provider", "model", "status", "error", "prompt_tokens", "completion_tokens", "cost_usd", "first_byte_ms", "latency_ms"];
  const cell = (/** @type {any} */ value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return `"${(/^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? "'" : "") + text.replaceAll('"', '""')}"`;
  };
  const text = [columns.join(), ...rows.map((row) => columns.map((c) => cell(c === "ts_ms" ? new Date(row.ts_ms).toISOString() : row[c])).join())].join("\r\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "proxyagent-calls.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** More rows help nobody, and slow the page down. */
const MOST = 1000;
