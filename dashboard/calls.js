// Calls as rows.
import { html } from "./vendor.js";
import { clock, compact, count, exact, money, outcome, span } from "./format.js";
import { Link, Status, to } from "./ui.js";

export const COLUMNS = [
  { head: "Time", cell: (/** @type {any} */ c) => html`<${Link} class="num" to=${to`/activity/${c.id}`}><time title=${exact(c.ts_ms)}>${clock(c.ts_ms)}</time><//><span class="who">, ${c.token_label ?? c.token_id ?? "unknown"}</span>` },
  { head: "Machine", cell: (/** @type {any} */ c) => (c.token_id ? html`<${Link} to=${to`/machines/${c.token_id}`}>${c.token_label ?? c.token_id}<//>` : html`<span class="muted">unknown</span>`) },
  { head: "Model", class: "model", cell: (/** @type {any} */ c) => html`<${Model} call=${c} />` },
  { head: "Status", class: "state", cell: (/** @type {any} */ c) => html`<${Status} tone=${outcome(c).tone}>${outcome(c).word}<//>${c.attempts > 1 && html` <span class="muted small" title=${`${c.attempts} attempts`}>↻${c.attempts}</span>`}` },
  { head: "In", class: "end wide", cell: (/** @type {any} */ c) => html`<span class="num" title=${`${count(c.prompt_tokens)} tokens, ${count(c.cached_tokens)} from the cache`}>${c.prompt_tokens ? compact(c.prompt_tokens) : "–"}${c.cached_tokens ? html` <span class="muted">(${compact(c.cached_tokens)})</span>` : ""}</span>` },
  { head: "Out", class: "end wide", cell: (/** @type {any} */ c) => html`<span class="num" title=${`${count(c.completion_tokens)} tokens`}>${c.completion_tokens ? compact(c.completion_tokens) : "–"}</span>` },
  { head: "Cost", class: "end cost", cell: (/** @type {any} */ c) => html`<span class="num">${c.state === "open" ? html`<span class="muted" title="Held while it runs">${money(c.held_nano)}</span>` : c.state === "refused" ? "–" : money(c.cost_nano)}</span>` },
  { head: "First byte", class: "end wide", cell: (/** @type {any} */ c) => html`<span class="num">${span(c.first_byte_ms)}</span>` },
  { head: "Total", class: "end", cell: (/** @type {any} */ c) => html`<span class="num">${span(c.latency_ms)}</span>` },
];

/** What was asked for, and where it went if that differs. @param {{call: any}} props */
export function Model({ call }) {
  const served = call.provider && call.model ? `${call.provider}:${call.model}` : null;
  const asked = call.asked ?? served ?? call.dialect;
  return html`<span>${asked}${served && call.asked && served !== call.asked && html`<span class="muted"> → ${served}</span>`}</span>`;
}
