// One call: how it went, why it cost what it did, and which rules it met.
import { html, useEffect, useState } from "./vendor.js";
import { ask } from "./api.js";
import { count, exact, money, outcome, span } from "./format.js";
import { Bones, Copy, Dialog, Link, Status, to } from "./ui.js";

/** @param {{id: string, call: any, ready: boolean, onClose: () => void}} props */
export function Call({ id, call, ready, onClose }) {
  const [found, setFound] = useState(/** @type {any} */ (undefined));
  useEffect(() => {
    if (call || !ready) return;
    // An address may name a call that is older than those shown. Ids sort by time, so the next page begins with it.
    ask("GET", `logs?limit=1&before=${encodeURIComponent(`${id}~`.replace("~", ":"))}`).then(
      ({ logs }) => setFound(logs.find((/** @type {any} */ one) => one.id === id) ?? null), () => setFound(null));
  }, [id, Boolean(call), ready]);
  const c = call ?? found;
  return html`<${Dialog} title=${c ? c.model ?? c.asked ?? "Call" : "Call"} kind="drawer" onClose=${onClose} actions=${html`<${Copy} text=${location.href} label="Copy link" />`}>
    ${c ? html`<${Details} call=${c} />` : c === null ? html`<p class="note">There is no such call. It may be past its retention.</p>` : html`<${Bones} height=${70} count=${4} />`}<//>`;
}

/** @param {{call: any}} props */
function Details({ call }) {
  const state = outcome(call);
  const [price, setPrice] = useState(/** @type {any} */ (null));
  const served = call.provider && call.model ? `${call.provider}:${call.model}` : null;
  useEffect(() => {
    if (served && call.pricing) ask("GET", `explain?model=${encodeURIComponent(served)}`).then((answer) => setPrice(answer.price), () => {});
  }, [served]);
  return html`<div class="stack wide">
    <div class="row"><${Status} tone=${state.tone}>${state.word}<//><strong>${call.state === "open" ? `${money(call.held_nano)} held` : money(call.cost_nano)}</strong>
      <span class="muted">first byte ${span(call.first_byte_ms)}, in all ${span(call.latency_ms)}${call.overhead_us === null || call.overhead_us === undefined ? "" : `, of it the proxy ${(call.overhead_us / 1000).toFixed(1)} ms`}</span></div>
    ${call.error && html`<p class=${`note ${call.state === "refused" ? "warn" : "bad"}`}><strong>${call.error}</strong><br />${WHY[call.error] ?? "See the answer’s own message on the machine."}</p>`}
    <section class="stack"><h3>Way</h3><dl class="facts">
      <dt>Machine</dt><dd>${call.token_id ? html`<${Link} class="text" to=${to`/machines/${call.token_id}`}>${call.token_label ?? call.token_id}<//>` : "no token that is known here"}</dd>
      <dt>Asked for</dt><dd>${call.asked ?? "–"} <span class="muted">(${call.dialect} ${call.operation}${call.streamed ? ", streamed" : ""})</span></dd>
      <dt>Rule</dt><dd>${call.rule ? html`<code>${call.rule}</code>` : "none; it goes where it was asked to"}</dd>
      <dt>Served by</dt><dd>${served ?? "nobody"}</dd>
      <dt>Paid with</dt><dd>${call.credential_id ?? (call.state === "refused" ? "nothing was sent" : "no key needed")}</dd>
      <dt>Attempts</dt><dd>${call.attempts || "none"}</dd></dl></section>
    ${call.latency_ms !== null && call.state !== "refused" && html`<${Timeline} call=${call} />`}
    <section class="stack"><h3>Why this cost</h3>${call.state === "refused" ? html`<p class="muted">It was refused before anything was sent, so it cost nothing.</p>` : html`<${Cost} call=${call} price=${price} />`}</section>
    <section class="stack"><h3>Identity</h3><dl class="facts"><dt>Began</dt><dd>${exact(call.ts_ms)}</dd><dt>Call</dt><dd><code>${call.id}</code></dd><dt>Request id</dt><dd><code>${call.request_id}</code></dd>
      ${["harness", "user_agent", "session", "ip"].filter((name) => call[name]).map((name) => html`<dt>${name}</dt><dd>${call[name]}</dd>`)}</dl></section>
    <p class="muted small">Prompts and answers are not kept.</p></div>`;
}

/** @param {{call: any}} props */
function Timeline({ call }) {
  const whole = Math.max(1, call.latency_ms);
  const first = Math.min(whole, call.first_byte_ms ?? whole);
  return html`<section class="timeline"><h3>Time</h3><div class="bar" role="img" aria-label=${`First byte after ${span(first)} of ${span(whole)}`}><i class="c2" style=${{ left: 0, width: `${(first / whole) * 100}%` }}></i><i class="c1" style=${{ left: `${(first / whole) * 100}%`, right: 0 }}></i></div>
    <div class="legend"><span><i class="dot c2"></i>until the first byte, ${span(first)}</span><span><i class="dot c1"></i>the answer, ${span(whole - first)}</span></div></section>`;
}

/** @param {{call: any, price: any}} props */
function Cost({ call, price }) {
  const u = call.usage;
  const lines = [["in", u.input, price?.input_nano], ["from the cache", u.cache_read, price?.cache_read_nano], ["into the cache", u.cache_write + u.cache_write_long, price?.cache_write_nano], ["out", u.output, price?.output_nano]]
    .filter(([, tokens]) => tokens);
  return html`<dl class="facts">${lines.map(([name, tokens, rate]) => html`<dt>${name}</dt><dd class="num">${count(tokens)} tokens${rate ? html` × ${money(rate)} per million = ${money((tokens * rate) / 1e6)}` : ""}</dd>`)}
    ${u.reasoning > 0 && html`<dt>thinking</dt><dd class="num">${count(u.reasoning)} of the tokens out</dd>`}
    ${[["web_search", "web searches"], ["web_fetch", "web fetches"]].filter(([name]) => u[name]).map(([name, text]) => html`<dt>${text}</dt><dd class="num">${count(u[name])}</dd>`)}
    <dt>Together</dt><dd class="num"><strong>${money(call.cost_nano)}</strong>${call.pricing ? ` (${PRICING[call.pricing] ?? call.pricing})` : ""}</dd>
    <dt>Was held</dt><dd class="num">${money(call.held_nano)} <span class="muted">the most it could have cost</span></dd></dl>`;
}

/** @type {Record<string, string>} */
const PRICING = { metered: "as the provider counted", estimated: "estimated: the provider did not say", free: "free", unpriced: "no price is known", reported: "as the provider billed" };

/** @type {Record<string, string>} */
const WHY = {
  scope_denied: "The token’s scope does not cover this model. Widen it on the machine’s page if it should.",
  budget_exhausted: "The token’s budget does not cover the most this call could cost. Raise it on the machine’s page.",
  price_unknown: "A token with a budget may not use a model whose price is not known.",
  rate_limited: "The token’s calls per minute were used up.",
  token_expired: "The token is past its time.",
  token_revoked: "The token was revoked.",
  token_unknown: "Nobody here minted this token.",
  credential_missing: "There is no access key for this provider. Add one under Access keys.",
  credential_refused: "The provider refuses the proxy’s key. Replace it under Access keys.",
  upstream_error: "The provider answered with an error, which was passed on.",
  upstream_slow: "The provider did not answer in time.",
  upstream_unreachable: "The provider could not be reached.",
  upstream_cut: "The provider’s answer broke off.",
  upstream_incomplete: "The provider’s answer ended before it was complete.",
  client_gone: "The caller hung up.",
  orphaned: "The proxy’s process ended before the call did. It is charged at its hold.",
  body_invalid: "The request’s body cannot be understood.",
};
