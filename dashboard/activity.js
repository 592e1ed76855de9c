// Every call, the newest first, live; one of them in a drawer of its own address.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { ask, calls, reload, useAnswer } from "./api.js";
import { Empty, Icon, Link, Screen, Table, Trouble, go, place, to } from "./ui.js";
import { Call } from "./call.js";
import { COLUMNS } from "./calls.js";

/** @param {{rest: string}} props */
export default function Activity({ rest }) {
  const text = place.value.query.get("q") ?? "";
  const query = text ? `&filter=${encodeURIComponent(text)}` : "";
  const path = `logs?limit=200${query}`;
  const { data: first, error } = useAnswer(path);
  const [older, setOlder] = useState(/** @type {{of: string, rows: any[], next: string|null}|null} */ (null));
  const [trouble, setTrouble] = useState(/** @type {any} */ (null));
  const [still, setStill] = useState(/** @type {any[]|null} */ (null));
  const seen = useRef(/** @type {{of: string, ids: Set<string>}|null} */ (null));
  const behind = older?.of === text ? older : null;

  // What a filter means only the proxy knows: when something happened, it is asked again.
  const happened = calls.value.slice(0, 20).map((row) => row.id + row.state).join();
  useEffect(() => {
    if (!text || !first) return undefined;
    const timer = setTimeout(() => reload(path), 300);
    return () => clearTimeout(timer);
  }, [happened]);

  const known = new Map();
  for (const row of [...(behind?.rows ?? []), ...(first?.logs ?? []), ...(text ? [] : calls.value)]) known.set(row.id, row);
  const rows = [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  // Under the pointer nothing moves: what is new waits.
  const shown = still ?? rows;
  const held = still && new Set(still.map((row) => row.id));
  const waiting = held ? rows.filter((row) => !held.has(row.id) && row.id > (still?.[0]?.id ?? "")).length : 0;
  const fresh = new Set(seen.current?.of === text ? shown.filter((row) => !seen.current?.ids.has(row.id)).map((row) => row.id) : []);
  useEffect(() => {
    if (first) seen.current = { of: text, ids: new Set(rows.map((row) => row.id)) };
  });

  const next = behind ? behind.next : first?.next;
  const more = async () => {
    try {
      const page = await ask("GET", `logs?limit=500${query}&before=${encodeURIComponent(next)}`);
      setOlder({ of: text, rows: [...(behind?.rows ?? []), ...page.logs], next: page.next });
      setStill(null);
    } catch (why) {
      setTrouble(why);
    }
  };
  const search = (/** @type {string} */ q) => {
    setStill(null);
    go(q ? to`/activity?q=${q}` : "/activity", true);
  };
  const empty = text
    ? html`<${Empty} title="No call like that" action=${html`<button type="button" onClick=${() => search("")}>Show all</button>`}>${next ? "Not among those looked at so far; there are older ones." : "Nothing matches."}<//>`
    : html`<${Empty} title="No call yet" action=${html`<${Link} class="button primary" to="/harnesses">Connect a harness<//>`}>Every call shows up here the moment it is made, refused ones too: who asked for what, what it cost, and why.<//>`;
  const id = rest ? decodeURIComponent(rest) : null;
  const download = `/admin/logs?format=csv&limit=1000${query}`;
  return html`<${Screen} title="Activity" actions=${html`<a class="button" href=${download} download="proxyagent-calls.csv">Save as CSV</a>`}>
    <${Trouble} error=${trouble ?? (first || text ? null : error)} />
    <div class="row" style=${{ marginBottom: "12px" }}><div class="search"><${Icon} name="search" /><input data-search class="mono" aria-label="Filter calls" aria-describedby="filter-hint" spellcheck="false" placeholder="machine:ci model:claude* status:4xx cost:>0.10 since:2h" value=${text} onInput=${(/** @type {any} */ e) => search(e.target.value)} /></div></div>
    <p class=${`small ${error ? "bad" : "muted"}`} id="filter-hint" role="status" style=${{ margin: "-6px 0 12px" }}>${error && text ? error.message : "Narrow it down, as with proxyagent logs: machine: model: provider: status: error: cost: duration: since:"}</p>
    <div class="card flush" onMouseEnter=${() => setStill(rows)} onMouseLeave=${() => setStill(null)}>
      ${waiting > 0 && html`<div style=${{ padding: "8px 14px" }}><button type="button" class="link" onClick=${() => setStill(rows)}>${waiting} new</button></div>`}
      <${Table} kind="compact" label="Calls" rows=${first || (!text && rows.length) ? shown.slice(0, MOST) : error ? [] : undefined} bones=${8} id=${(/** @type {any} */ c) => c.id} href=${(/** @type {any} */ c) => to`/activity/${c.id}` + (text ? to`?q=${text}` : "")} fresh=${fresh} empty=${empty} columns=${COLUMNS} /></div>
    ${next && html`<p class="row" style=${{ justifyContent: "center", marginTop: "14px" }}><button type="button" onClick=${more}>Look further back</button></p>`}
    ${id && html`<${Call} id=${id} call=${known.get(id)} ready=${Boolean(first)} onClose=${() => go(text ? to`/activity?q=${text}` : "/activity")} />`}<//>`;
}

/** More rows help nobody, and slow the page down. */
const MOST = 1000;
