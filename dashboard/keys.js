// Access keys: the real credentials that calls are paid with. A secret goes in and never comes out.
import { html } from "./vendor.js";
import { calls, useAnswer } from "./api.js";
import { compact } from "./format.js";
import { Bones, Code, Dialog, Icon, Link, Screen, Status, Trouble, go, to } from "./ui.js";

/** @param {{rest: string}} props */
export default function Keys({ rest }) {
  const { data: keys, error } = useAnswer("providers", 15_000);
  const { data: catalog } = useAnswer("catalog");
  const { data: usage } = useAnswer("usage", 30_000);
  const ready = keys && catalog;
  const providers = ready ? [...catalog.providers].filter((p) => !p.offline).sort((a, b) => Number(has(keys, b)) - Number(has(keys, a))) : [];
  return html`<${Screen} title="Access keys" actions=${html`<${Link} class="button primary" data-new to="/keys/new"><${Icon} name="plus" />Add access key <kbd>n</kbd><//>`}>
    <${Trouble} error=${error} />
    ${!ready ? html`<${Bones} height=${84} count=${4} />` : html`<div class="stack">${!keys.credentials.length && html`<p class="note">No provider has a key yet. Until then the offline model “mock” answers, on every route.</p>`}
      ${providers.map((p) => html`<${Provider} provider=${p} keys=${keys} usage=${usage} />`)}</div>`}
    ${rest === "new" && html`<${Add} providers=${providers} onClose=${() => go("/keys")} />`}<//>`;
}

/** @param {any} keys @param {any} p */
const has = (keys, p) => keys.configured.includes(p.name);

/** @param {any} props */
function Provider({ provider, keys, usage }) {
  const own = keys.credentials.filter((/** @type {any} */ k) => k.provider === provider.name);
  const used = usage?.providers.find((/** @type {any} */ u) => u.provider === provider.name);
  const recent = calls.value.filter((c) => c.provider === provider.name && c.state !== "refused");
  const failing = recent.length > 0 && recent[0].error === "credential_refused";
  return html`<section class="card" aria-label=${provider.label}><header style=${{ marginBottom: own.length ? "12px" : 0 }}><h2>${provider.label}</h2>
      <span class="muted small">${provider.dialects.join(", ")}</span>
      ${used && html`<${Link} class="muted small num" to=${to`/activity?q=${`provider:${provider.name}`}`}>${compact(used.requests)} calls<//>`}
      ${!own.length && html`<span class="muted small">no key; set <code>${provider.key_variable}</code></span>`}</header>
    ${own.length > 0 && html`<ul class="list">${own.map((/** @type {any} */ k) => html`<li><div class="grow"><strong>${k.label}</strong> <span class="muted small">${k.kind}, ${k.masked === "env" ? "from the environment: change it there" : k.masked}</span></div>
      ${failing ? html`<${Status} tone="bad">refused by the provider<//>` : html`<${Status} tone=${k.active ? "ok" : "off"}>${k.active ? (recent.length ? "working" : "ready") : "disabled"}<//>`}</li>`)}</ul>`}</section>`;
}

/** @param {any} props */
function Add({ providers, onClose }) {
  const lines = providers.filter((/** @type {any} */ p) => p.key_variable).map((/** @type {any} */ p) => `export ${p.key_variable}=…`).join("\n");
  return html`<${Dialog} title="Add access key" onClose=${onClose}>
    <p>Keys come from the environment of the proxy’s process. Set the variable of the provider there and start it again.</p>
    <${Code} text=${lines} label="Variables" /><p class="muted">On Cloudflare: <code>npx wrangler secret put NAME</code>.</p><//>`;
}
