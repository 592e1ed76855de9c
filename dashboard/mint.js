// Minting a machine token: as little as it needs by default, its secret once, and then how to use it and whether it is.
import { html, useEffect, useState } from "./vendor.js";
import { ask, calls, reload, useAnswer } from "./api.js";
import { Code, Copy, Dialog, Field, Link, Segments, Status, Trouble, to } from "./ui.js";
import { HARNESSES, here } from "./snippets.js";

/** @param {{onClose: () => void}} props */
export function Mint({ onClose }) {
  // The secret lives in this component and goes with it.
  const [made, setMade] = useState(/** @type {any} */ (null));
  return made ? html`<${Made} made=${made} onClose=${onClose} />` : html`<${Form} onMade=${setMade} onClose=${onClose} />`;
}

/** What a token may be for. @param {any} catalog @returns {Array<[string, string, string[]]>} */
function choices(catalog) {
  /** @type {Array<[string, string, string[]]>} */
  const all = [["mock", "Only the offline model (free)", ["mock"]]];
  for (const p of catalog?.providers ?? []) if (!p.offline) all.push([p.name, `${p.label}: every model`, [`${p.name}:*`]]);
  return [...all, ["*", "Everything", ["*"]], ["own", "As I write it", []]];
}

/** @param {{onMade: (made: any) => void, onClose: () => void}} props */
function Form({ onMade, onClose }) {
  const { data: catalog } = useAnswer("catalog");
  const { data: keys } = useAnswer("providers");
  const { data: groups } = useAnswer("groups");
  const [form, setForm] = useState({ label: "", kind: "", scope: "", budget: "10", window: "month", rate: "60", ttl: "2592000", flow: "", many: "", group: "" });
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const set = (/** @type {string} */ name) => (/** @type {any} */ e) => setForm((f) => ({ ...f, [name]: e.target.value }));
  // The first provider there is a key for; without any, the model that needs none.
  const usual = catalog && keys ? catalog.providers.find((/** @type {any} */ p) => !p.offline && keys.configured.includes(p.name))?.name ?? "mock" : "";
  const kind = form.kind || usual;
  const all = choices(catalog);
  const scope = kind === "own" ? form.scope.split(/[\s,]+/).filter(Boolean) : all.find(([id]) => id === kind)?.[2] ?? [];
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      /** @type {Record<string, unknown>} */
      const wish = { label: form.label.trim(), scope };
      if (form.budget !== "") wish.budget_usd = Number(form.budget);
      if (form.budget !== "" && form.window) wish.budget_window = form.window;
      if (form.flow !== "") wish.tokens_per_minute = Number(form.flow);
      if (form.many !== "") wish.concurrency = Number(form.many);
      if (form.group) wish.budget_group = form.group;
      if (form.rate !== "") wish.rate_limit = Number(form.rate);
      if (form.ttl !== "") wish.ttl_seconds = Number(form.ttl);
      if (!scope.length) throw { message: "Write what the token may use, or choose it." };
      onMade(await ask("POST", "tokens", wish));
      reload("tokens");
    } catch (why) {
      setError(why);
      setBusy(false);
    }
  };
  const models = matched(catalog, scope);
  return html`<${Dialog} title="New machine token" onClose=${onClose}><form class="stack wide" onSubmit=${submit}>
    <${Field} label="Name" hint="The machine or agent that will hold it." required maxlength="200" autocomplete="off" autofocus value=${form.label} onInput=${set("label")} placeholder="macbook-01" />
    <${Field} label="May use" hint=${hint(scope, models)}>${(/** @type {any} */ c) => html`<select ...${c} value=${kind} onChange=${set("kind")}>${all.map(([id, name]) => html`<option value=${id} selected=${id === kind}>${name}</option>`)}</select>`}<//>
    ${kind === "own" && html`<${Field} label="Scope" hint="Entries such as anthropic:claude-haiku-* or openai; * is any run of characters, ? is one." class="mono" spellcheck="false" value=${form.scope} onInput=${set("scope")} placeholder="anthropic:claude-*" />`}
    <div class="fields">
      <${Field} label="Budget in dollars" hint="A hard stop. Empty for none." inputmode="decimal" pattern="[0-9]*[.]?[0-9]*" value=${form.budget} onInput=${set("budget")} />
      <${Field} label="For">${(/** @type {any} */ c) => html`<select ...${c} onChange=${set("window")}>${WINDOWS.map(([w, name]) => html`<option value=${w} selected=${w === form.window}>${name}</option>`)}</select>`}<//>
      <${Field} label="Calls per minute" hint="Empty for no limit." inputmode="numeric" pattern="[0-9]*" value=${form.rate} onInput=${set("rate")} />
      <${Field} label="Expires" hint="Can be changed at any time.">${(/** @type {any} */ c) => html`<select ...${c} value=${form.ttl} onChange=${set("ttl")}>${EXPIRIES.map(([s, name]) => html`<option value=${s} selected=${s === form.ttl}>${name}</option>`)}</select>`}<//>
    </div>
    <details><summary>More limits</summary><div class="fields" style=${{ marginTop: "12px" }}>
      <${Field} label="Model tokens per minute" hint="Empty for no limit." inputmode="numeric" pattern="[0-9]*" value=${form.flow} onInput=${set("flow")} />
      <${Field} label="Calls at once" hint="Empty for no limit." inputmode="numeric" pattern="[0-9]*" value=${form.many} onInput=${set("many")} />
      ${groups?.groups.length > 0 && html`<${Field} label="Shared budget">${(/** @type {any} */ c) => html`<select ...${c} onChange=${set("group")}><option value="">none</option>${groups.groups.map((/** @type {any} */ g) => html`<option value=${g.name}>${g.name}</option>`)}</select>`}<//>`}</div></details>
    ${scope.includes("*") && html`<p class="note warn">This token may use every provider and model that the proxy has a key for. Choose less if you can.</p>`}
    <${Trouble} error=${error} />
    <footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary" disabled=${busy}>Create token</button></footer></form><//>`;
}

/** @param {string[]} scope @param {string[]} models */
function hint(scope, models) {
  if (!scope.length) return "Nothing yet.";
  return `${scope.join(", ")}${models.length ? ` – for example ${models.slice(0, 4).join(", ")}` : ""}`;
}

/** Models of the catalogue that a scope covers. @param {any} catalog @param {string[]} scope */
export function matched(catalog, scope) {
  const glob = (/** @type {string} */ text) => new RegExp(`^${text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
  return (catalog?.providers ?? []).flatMap((/** @type {any} */ p) => p.example_models
    .filter((/** @type {string} */ model) => scope.some((entry) => {
      const at = entry.indexOf(":");
      return at < 0 ? entry === "*" || entry === p.name : glob(entry.slice(0, at)).test(p.name) && glob(entry.slice(at + 1)).test(model);
    })));
}

/** @param {{made: any, onClose: () => void}} props */
export function Made({ made, onClose }) {
  const offline = made.scope.every((/** @type {string} */ s) => s === "mock" || s.startsWith("mock:"));
  const [harness, setHarness] = useState(() => (offline ? "custom" : HARNESSES.find((h) => made.scope.some((/** @type {string} */ s) => s.includes(h.model) && h.model))?.id ?? (made.scope.some((/** @type {string} */ s) => s.startsWith("anthropic")) ? "claude-code" : made.scope.some((/** @type {string} */ s) => s.startsWith("openai")) ? "codex" : "custom")));
  const [which, setWhich] = useState(0);
  const chosen = HARNESSES.find((h) => h.id === harness) ?? HARNESSES[0];
  const snippets = chosen.snippets(here(), made.token);
  const [, text] = snippets[Math.min(which, snippets.length - 1)];
  return html`<${Dialog} title=${`Token for ${made.label}`} onClose=${onClose}>
    <p class="note warn">It is shown this once. The proxy keeps only a hash of it.</p>
    <div class="row"><code class="tag grow" style=${{ padding: "7px 10px" }} data-secret>${made.token}</code><${Copy} text=${made.token} class="primary" label="Copy token" /></div>
    <div class="stack"><${Segments} label="Harness" value=${harness} options=${HARNESSES.map((h) => /** @type {[string, string]} */ ([h.id, h.name]))} onChange=${(/** @type {string} */ h) => { setHarness(h); setWhich(0); }} />
      <${Segments} label="How" value=${Math.min(which, snippets.length - 1)} options=${snippets.map(([name], i) => /** @type {[number, string]} */ ([i, name]))} onChange=${setWhich} />
      <${Code} text=${text} label=${`Commands for ${chosen.name}`} /></div>
    <${Waiting} id=${made.id} />
    <footer><button type="button" class="primary" onClick=${onClose}>I have saved it</button></footer><//>`;
}

/** Turns green by itself. @param {{id: string}} props */
function Waiting({ id }) {
  const call = calls.value.find((c) => c.token_id === id);
  useEffect(() => {
    if (call) reload("tokens");
  }, [Boolean(call)]);
  return html`<p class=${`note ${call ? "ok" : ""}`} role="status" data-waiting=${call ? "over" : "yes"}>${call
    ? html`<${Status} tone="ok">The first call arrived: ${call.model ?? call.asked}, ${call.status}.<//> <${Link} class="text" to=${to`/activity/${call.id}`}>See it<//>`
    : html`<span class="live on">Waiting for its first call…</span>`}</p>`;
}

/** @type {Array<[string, string]>} */
export const WINDOWS = [["month", "each month"], ["week", "each week"], ["day", "each day"], ["30d", "each 30 days"], ["", "in all"]];
/** @type {Array<[string, string]>} */
export const EXPIRIES = [["3600", "in an hour"], ["43200", "in 12 hours"], ["604800", "in 7 days"], ["2592000", "in 30 days"], ["7776000", "in 90 days"], ["31536000", "in a year"], ["", "never"]];
