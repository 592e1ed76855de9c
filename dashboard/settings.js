// Settings: who is signed in, what this proxy is, and where what cannot be changed here is changed.
import { html, useState } from "./vendor.js";
import { ask, reload, session, signOut, useAnswer } from "./api.js";
import { exact } from "./format.js";
import { Bones, Confirm, Screen, Segments, Status, Table, Trouble, When, go, toast } from "./ui.js";

const PARTS = /** @type {Array<[string, string]>} */ ([["about", "About"], ["sessions", "Sessions"]]);

/** @param {{rest: string}} props */
export default function Settings({ rest }) {
  const part = PARTS.some(([one]) => one === rest) ? rest : "about";
  return html`<${Screen} title="Settings"><div style=${{ marginBottom: "14px" }}><${Segments} label="Part" value=${part} options=${PARTS} onChange=${(/** @type {string} */ p) => go(p === "about" ? "/settings" : `/settings/${p}`)} /></div>
    ${part === "sessions" ? html`<${Sessions} />` : html`<${About} />`}<//>`;
}

function About() {
  const { data: usage, error } = useAnswer("usage");
  const { data: keys } = useAnswer("providers");
  const who = session.value;
  if (!usage || !keys || !who) return error ? html`<${Trouble} error=${error} />` : html`<${Bones} height=${140} count=${2} />`;
  return html`<div class="grid"><section class="card h"><header><h2>This proxy</h2></header><dl class="facts"><dt>Version</dt><dd>${who.version}</dd><dt>Address</dt><dd><code>${location.origin}</code></dd>
      <dt>Store</dt><dd>${who.backend}</dd><dt>Secrets</dt><dd>${keys.encryption ? html`<${Status} tone="ok">none lies in clear<//>` : html`<${Status} tone="bad">in clear<//>`}</dd><dt>Your session</dt><dd>until ${who.expires_ms ? exact(who.expires_ms) : "–"}</dd></dl></section>
    <section class="card h"><header><h2>Privacy</h2></header><p>Prompts and answers pass through and are not kept. A call’s row says who asked which model, when, with how many tokens and at what cost, and is removed after its retention; the counters per day stay.</p></section>
    <section class="card h"><header><h2>Limits and retention</h2></header><p>Each machine token has its own budget, rate and expiry. Retention and the time that providers are given come from the proxy’s environment:</p>
      <p><code>PROXYAGENT_RETENTION_DAYS</code>, <code>PROXYAGENT_FIRST_BYTE_TIMEOUT</code>, <code>PROXYAGENT_IDLE_TIMEOUT</code></p></section>
    <section class="card h"><header><h2>Admin token</h2></header><p>It stands in <code>PROXYAGENT_ADMIN_TOKEN</code>, or in the file <code>admin-token</code> of the proxy’s home. With another one, every session and every login link is void at once.</p></section></div>`;
}

function Sessions() {
  const { data, error } = useAnswer("sessions", 20_000);
  const [ending, setEnding] = useState(false);
  const end = async (/** @type {any} */ s) => {
    if (s.current) return signOut();
    await ask("DELETE", `sessions/${encodeURIComponent(s.id)}`);
    await reload("sessions");
    return toast("That browser is signed out.");
  };
  const columns = [
    { head: "Browser", cell: (/** @type {any} */ s) => html`<span>${s.agent || "unknown"}</span>${s.current && html` <span class="tag">this one</span>`}` },
    { head: "Signed in", cell: (/** @type {any} */ s) => html`<${When} at=${s.created_ms} />` },
    { head: "Last seen", cell: (/** @type {any} */ s) => html`<${When} at=${s.seen_ms} />` },
    { head: "Until", class: "wide", cell: (/** @type {any} */ s) => html`<${When} at=${s.expires_ms} />` },
    { head: "", class: "end", cell: (/** @type {any} */ s) => html`<button type="button" class="danger" onClick=${() => end(s)}>Sign out</button>` },
  ];
  return html`<div class="stack"><${Trouble} error=${error} /><div class="card flush"><${Table} label="Sessions" rows=${data?.sessions} id=${(/** @type {any} */ s) => s.id} columns=${columns} bones=${2} /></div>
    <div><button type="button" class="danger" onClick=${() => setEnding(true)}>Sign out everywhere</button></div>
    ${ending && html`<${Confirm} title="Sign out everywhere?" action="Sign out everywhere" onClose=${() => setEnding(false)} onDo=${async () => { await ask("DELETE", "sessions"); session.value = null; }}>Every browser, this one too, has to sign in again. Login links that nobody used are void.<//>`}</div>`;
}
