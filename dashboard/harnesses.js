// Harnesses: how each agent is pointed here, whether it can work, and when it was last seen.
import { html, useState } from "./vendor.js";
import { calls, useAnswer } from "./api.js";
import { Code, Link, Screen, Segments, Status, When } from "./ui.js";
import { HARNESSES, PLACEHOLDER, here } from "./snippets.js";

export default function Harnesses() {
  const { data: keys } = useAnswer("providers");
  const { data: catalog } = useAnswer("catalog");
  return html`<${Screen} title="Harnesses"><p class="muted" style=${{ margin: "-8px 0 16px" }}>Point an agent at <code>${here()}</code> and give it a machine token as its key. <${Link} class="text" to="/machines/new">Mint one<//> and these lines come filled in.</p>
    <div class="grid">${HARNESSES.map((h) => html`<${Card} key=${h.id} harness=${h} keys=${keys} catalog=${catalog} />`)}</div><//>`;
}

/** @param {{harness: import("./snippets.js").Harness, keys: any, catalog: any}} props */
function Card({ harness, keys, catalog }) {
  const [which, setWhich] = useState(0);
  const snippets = harness.snippets(here(), PLACEHOLDER);
  const own = catalog?.providers.find((/** @type {any} */ p) => !p.offline && p.dialects[0] === harness.dialect) ?? catalog?.providers.find((/** @type {any} */ p) => !p.offline && p.dialects.includes(harness.dialect));
  const paid = own && keys?.configured.includes(own.name);
  const seen = calls.value.find((c) => (c.user_agent ?? c.harness ? harness.agent.test(`${c.harness ?? ""} ${c.user_agent ?? ""}`) && harness.dialect : harness.dialect && c.dialect === harness.dialect));
  return html`<section class="card h stack" aria-label=${harness.name}><header style=${{ margin: 0 }}><h2>${harness.name}</h2><span class="muted small">speaks ${harness.what}</span></header>
    <div class="row small">${harness.dialect && keys && catalog && html`<${Status} tone=${paid ? "ok" : "warn"}>${paid ? `${own.label} has a key` : html`${own?.label ?? "its provider"} has no key <${Link} class="text" to="/keys/new">add one<//>`}<//>`}
      ${harness.dialect && html`<span class="muted">last call in its dialect: ${seen ? html`<${When} at=${seen.ts_ms} />` : "none lately"}</span>`}</div>
    <${Segments} label=${`How, for ${harness.name}`} value=${which} options=${snippets.map(([name], i) => /** @type {[number, string]} */ ([i, name]))} onChange=${setWhich} />
    <${Code} text=${snippets[which][1]} label=${`Commands for ${harness.name}`} />
    ${harness.dialect && html`<p class="muted small">Check a machine with <code>proxyagent doctor --harness ${harness.id}</code></p>`}</section>`;
}
