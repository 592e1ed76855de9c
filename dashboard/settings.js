// Settings: who is signed in, what this proxy is, and where what cannot be changed here is changed.
import { html, useState } from "./vendor.js";
import { ask, reload, session, signOut, useAnswer } from "./api.js";
import { exact, money, per } from "./format.js";
import { Bones, Confirm, Dialog, Empty, Field, Meter, Screen, Segments, Status, Table, Trouble, When, go, toast } from "./ui.js";
import { WINDOWS } from "./mint.js";
import { Audit } from "./audit.js";
import { Prices } from "./prices.js";

const PARTS = /** @type {Array<[string, string]>} */ ([["about", "About"], ["limits", "Shared budgets"], ["prices", "Prices"], ["sessions", "Sessions"], ["audit", "Audit"]]);

/** @param {{rest: string}} props */
export default function Settings({ rest }) {
  const part = PARTS.some(([one]) => one === rest) ? rest : "about";
  return html`<${Screen} title="Settings"><div style=${{ marginBottom: "14px" }}><${Segments} label="Part" value=${part} options=${PARTS} onChange=${(/** @type {string} */ p) => go(p === "about" ? "/settings" : `/settings/${p}`)} /></div>
    ${part === "sessions" ? html`<${Sessions} />` : part === "limits" ? html`<${Groups} />` : part === "prices" ? html`<${Prices} />` : part === "audit" ? html`<${Audit} />` : html`<${About} />`}<//>`;
}

function About() {
  const { data: usage, error } = useAnswer("usage");
  const { data: keys } = useAnswer("providers");
  const who = session.value;
  if (!usage || !keys || !who) return error ? html`<${Trouble} error=${error} />` : html`<${Bones} height=${140} count=${2} />`;
  return html`<div class="grid"><section class="card h"><header><h2>This proxy</h2></header><dl class="facts"><dt>Version</dt><dd>${who.version}</dd><dt>Address</dt><dd><code>${location.origin}</code></dd>
      <dt>Store</dt><dd>${who.backend}</dd><dt>Secrets</dt><dd>${keys.encryption ? html`<${Status} tone="ok">none lies in clear<//>` : html`<${Status} tone="warn">no master key, so none can be stored<//>`}</dd><dt>Your session</dt><dd>until ${who.expires_ms ? exact(who.expires_ms) : "–"}</dd></dl></section>
    <section class="card h"><header><h2>Privacy</h2></header><p>Prompts and answers pass through and are not kept. A call’s row says who asked which model, when, with how many tokens and at what cost, and is removed after its retention; the counters per day stay.</p></section>
    <section class="card h"><header><h2>Limits and retention</h2></header><p>Each machine token has its own budget, rate and expiry. Retention and the time that providers are given come from the proxy’s environment:</p>
      <p><code>PROXYAGENT_RETENTION_DAYS</code>, <code>PROXYAGENT_FIRST_BYTE_TIMEOUT</code>, <code>PROXYAGENT_IDLE_TIMEOUT</code></p></section>
    <section class="card h"><header><h2>Admin token</h2></header><p>It stands in <code>PROXYAGENT_ADMIN_TOKEN</code>, or in the file <code>admin-token</code> of the proxy’s home. With another one, every session and every login link is void at once.</p></section></div>`;
}

/** Budgets that several machine tokens draw on together. */
function Groups() {
  const { data, error } = useAnswer("groups", 15_000);
  const [editing, setEditing] = useState(/** @type {any} */ (null));
  const [removing, setRemoving] = useState(/** @type {any} */ (null));
  const columns = [
    { head: "Group", cell: (/** @type {any} */ g) => html`<strong>${g.name}</strong>` },
    { head: "Spent", cell: (/** @type {any} */ g) => html`<span class="num">${money(g.spent_nano)} <span class="muted">of ${money(g.budget_nano)}${per(g)}</span></span><${Meter} part=${g.spent_nano + g.held_nano} whole=${g.budget_nano} label=${`Budget of ${g.name}`} />` },
    { head: "Begins anew", cell: (/** @type {any} */ g) => (g.window_end_ms ? html`<${When} at=${g.window_end_ms} />` : html`<span class="muted">never</span>`) },
    { head: "Machines", class: "end", cell: (/** @type {any} */ g) => html`<span class="num">${g.tokens}</span>` },
    { head: "", class: "end", cell: (/** @type {any} */ g) => html`<span class="row tight"><button type="button" onClick=${() => setEditing(g)}>Edit</button><button type="button" class="danger" onClick=${() => setRemoving(g)}>Remove</button></span>` },
  ];
  return html`<div class="stack"><${Trouble} error=${error} /><div class="card flush"><${Table} label="Shared budgets" rows=${data?.groups} id=${(/** @type {any} */ g) => g.name} columns=${columns} bones=${2}
      empty=${html`<${Empty} title="No shared budget">A shared budget caps several machines together: a team, a project, a fleet. A token that belongs to one must fit into both, its own budget and the shared one.<//>`} /></div>
    <div><button type="button" class="primary" data-new onClick=${() => setEditing({})}>New shared budget</button></div>
    ${editing && html`<${Group} of=${editing} onClose=${() => setEditing(null)} />`}
    ${removing && html`<${Confirm} title=${`Remove the shared budget ${removing.name}?`} action="Remove" onClose=${() => setRemoving(null)} onDo=${async () => { await ask("DELETE", `groups/${encodeURIComponent(removing.name)}`); await reload("groups"); toast(`${removing.name} is gone.`); }}>Its machines keep their own budgets.<//>`}</div>`;
}

/** @param {any} props */
function Group({ of: group, onClose }) {
  const [form, setForm] = useState({ name: group.name ?? "", budget: group.budget_nano === undefined ? "" : String(group.budget_nano / 1e9), window: group.name ? group.budget_window ?? "" : "month" });
  const [error, setError] = useState(/** @type {any} */ (null));
  const set = (/** @type {string} */ name) => (/** @type {any} */ e) => setForm((f) => ({ ...f, [name]: e.target.value }));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("PUT", `groups/${encodeURIComponent(form.name.trim())}`, { budget_usd: Number(form.budget), ...(form.window ? { budget_window: form.window } : {}) });
      await reload("groups");
      toast("Saved. It counts from the next call on.");
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title=${group.name ? `Edit ${group.name}` : "New shared budget"} onClose=${onClose}><form class="stack wide" onSubmit=${submit}>
    <${Field} label="Name" required readonly=${Boolean(group.name)} value=${form.name} onInput=${set("name")} placeholder="team-a" />
    <div class="fields"><${Field} label="Budget in dollars" required inputmode="decimal" value=${form.budget} onInput=${set("budget")} />
      <${Field} label="For">${(/** @type {any} */ c) => html`<select ...${c} onChange=${set("window")}>${WINDOWS.map(([w, name]) => html`<option value=${w} selected=${w === form.window}>${name}</option>`)}</select>`}<//></div>
    <${Trouble} error=${error} /><footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save</button></footer></form><//>`;
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
