// One machine token: what it did, what it may do, and an end to it.
import { html, useState } from "./vendor.js";
import { ask, calls, reload, useAnswer } from "./api.js";
import { ago, count, exact, money, per, rough, tokenState } from "./format.js";
import { Bones, Confirm, Dialog, Empty, Field, Link, Meter, Screen, Status, Table, Trouble, When, go, to, toast } from "./ui.js";
import { COLUMNS } from "./calls.js";
import { EXPIRIES, Made, WINDOWS } from "./mint.js";

/** @param {{id: string, tokens: any[]|undefined, error: any}} props */
export function Machine({ id, tokens, error }) {
  const { data: usage } = useAnswer("usage", 30_000);
  const [open, setOpen] = useState(/** @type {string|null} */ (null));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const token = tokens?.find((t) => t.id === id);
  if (tokens && !token) return html`<${Screen} title="No such token"><div class="card"><${Empty} title="There is no such token" action=${html`<${Link} class="button" to="/machines">All machine tokens<//>`}>It may belong to another proxy.<//></div><//>`;
  const own = calls.value.filter((c) => c.token_id === id);
  const used = usage?.tokens.find((/** @type {any} */ t) => t.token_id === id);
  const recent = own.filter((c) => Date.now() - c.ts_ms < 60_000).length;
  const live = token && token.status !== "revoked";
  const change = async (/** @type {Record<string, unknown>} */ what, /** @type {string} */ said) => {
    await ask("PATCH", `tokens/${encodeURIComponent(id)}`, what);
    await reload("tokens");
    toast(said);
  };
  const rotate = async () => {
    const wish = { label: token.label, scope: token.scope, ...(token.rate_limit ? { rate_limit: token.rate_limit } : {}), ...(token.budget_nano !== null ? { budget_usd: (token.budget_window ? token.budget_nano : Math.max(0, token.budget_nano - token.spent_nano)) / 1e9 } : {}), ...Object.fromEntries(["budget_window", "budget_group", "tokens_per_minute", "concurrency"].filter((name) => token[name]).map((name) => [name, token[name]])), ...(token.expires_ms ? { ttl_seconds: Math.max(3600, Math.round((token.expires_ms - Date.now()) / 1000)) } : {}) };
    const fresh = await ask("POST", "tokens", wish);
    await ask("PATCH", `tokens/${encodeURIComponent(id)}`, { ttl_seconds: OVERLAP, label: `${token.label} (old)`.slice(0, 200) });
    await reload("tokens");
    setMade(fresh);
  };
  return html`<${Screen} title=${token?.label ?? "Machine token"} actions=${live && html`<button type="button" onClick=${() => setOpen("edit")}>Edit</button><button type="button" onClick=${() => setOpen("rotate")}>Rotate</button><button type="button" class="danger" onClick=${() => setOpen("revoke")}>Revoke</button>`}>
    <p style=${{ margin: "-12px 0 14px" }}><${Link} class="text small" to="/machines">Machine tokens<//></p>
    <${Trouble} error=${error} />
    ${!token ? html`<${Bones} height=${120} count=${2} />` : html`<div class="grid">
      <section class="card h"><header><h2>Limits</h2><${Status} tone=${tokenState(token).tone}>${tokenState(token).word}<//></header>
        <dl class="facts"><dt>May use</dt><dd class="row tight" style=${{ flexWrap: "wrap" }}>${token.scope.map((/** @type {string} */ s) => html`<span class=${`tag ${s === "*" ? "warn" : ""}`}>${s}</span>`)}</dd>
          <dt>Budget</dt><dd>${token.budget_nano === null ? "none" : html`${money(token.spent_nano)} of ${money(token.budget_nano)}${per(token)}${token.window_end_ms ? `, begins anew in ${rough(token.window_end_ms - Date.now())}` : ""}${token.held_nano ? `, ${money(token.held_nano)} held by running calls` : ""}<${Meter} part=${token.spent_nano + token.held_nano} whole=${token.budget_nano} label="Budget" />`}</dd>
          <dt>Rate</dt><dd>${token.rate_limit ? `${count(token.rate_limit)} calls per minute` : "no limit"}${token.tokens_per_minute ? `, ${count(token.tokens_per_minute)} model tokens per minute` : ""}${token.concurrency ? `, ${count(token.concurrency)} at once` : ""}</dd>
          ${token.budget_group && html`<dt>Shared budget</dt><dd>${token.budget_group}</dd>`}
          <dt>Expires</dt><dd>${token.expires_ms ? html`${ago(token.expires_ms)} <span class="muted">(${exact(token.expires_ms)})</span>` : "never"}</dd></dl></section>
      <section class="card h"><header><h2>Use</h2></header>
        <dl class="facts"><dt>Last seen</dt><dd><${When} at=${token.last_used_ms} /></dd><dt>Calls</dt><dd>${used ? `${count(used.requests)}, ${count(used.refused)} of them refused` : "none"}</dd>
          <dt>Spent</dt><dd>${money(token.spent_nano)}</dd><dt>Tokens</dt><dd>${used ? `${count(used.prompt_tokens)} in, ${count(used.completion_tokens)} out` : "none"}</dd>
          <dt>Made</dt><dd>${exact(token.created_ms)}</dd><dt>Known as</dt><dd><code>${token.masked}</code>, <code>${token.id}</code></dd></dl></section>
      <section class="card flush"><header class="row"><h2>Latest calls</h2><${Link} class="text small" to=${to`/activity?q=${`machine:${token.id}`}`}>All of them<//></header>
        <${Table} kind="compact" label="Latest calls" rows=${own.slice(0, 12)} id=${(/** @type {any} */ c) => c.id} href=${(/** @type {any} */ c) => to`/activity/${c.id}`} columns=${COLUMNS.filter((c) => c.head !== "Machine")}
          empty=${html`<${Empty} title="No recent call">When this machine calls, it appears here at once.<//>`} /></section></div>`}
    ${open === "edit" && html`<${Edit} token=${token} onClose=${() => setOpen(null)} onChange=${change} />`}
    ${open === "rotate" && html`<${Confirm} title=${`Rotate ${token.label}?`} action="Make a new token" onDo=${rotate} onClose=${() => setOpen(null)}>A new token with the same scope, rate and what is left of its budget is made. The old one works for another hour, so that the machine can change over without a failed call.<//>`}
    ${open === "revoke" && html`<${Confirm} title=${`Revoke ${token.label}?`} action="Revoke for ever" onClose=${() => setOpen(null)} onDo=${async () => { await ask("DELETE", `tokens/${encodeURIComponent(id)}`); await reload("tokens"); toast(`${token.label} is revoked.`); }}>
      ${recent ? `${recent} calls came in the last minute; the next one will be refused with 401.` : "Its next call will be refused with 401."} This cannot be undone.<//>`}
    ${made && html`<${Made} made=${made} onClose=${() => { setMade(null); go(to`/machines/${made.id}`); }} />`}<//>`;
}

/** @param {any} props */
function Edit({ token, onClose, onChange }) {
  const [form, setForm] = useState({ label: token.label, scope: token.scope.join(" "), budget: token.budget_nano === null ? "" : String(token.budget_nano / 1e9), window: token.budget_window ?? "", rate: String(token.rate_limit ?? ""), flow: String(token.tokens_per_minute ?? ""), many: String(token.concurrency ?? ""), ttl: "keep" });
  const [error, setError] = useState(/** @type {any} */ (null));
  const set = (/** @type {string} */ name) => (/** @type {any} */ e) => setForm((f) => ({ ...f, [name]: e.target.value }));
  const windows = WINDOWS.some(([w]) => w === (token.budget_window ?? "")) ? WINDOWS : [.../** @type {Array<[string, string]>} */ ([[token.budget_window, `each ${token.budget_window}`]]), ...WINDOWS];
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await onChange({ label: form.label.trim(), scope: form.scope.split(/[\s,]+/).filter(Boolean), budget_usd: number(form.budget), budget_window: form.budget === "" || form.window === "" ? null : form.window, rate_limit: number(form.rate), tokens_per_minute: number(form.flow), concurrency: number(form.many), ...(form.ttl === "keep" ? {} : { ttl_seconds: form.ttl === "" ? null : Number(form.ttl) }) }, "Saved. It counts from the next call on.");
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title=${`Edit ${token.label}`} onClose=${onClose}><form class="stack wide" onSubmit=${submit}>
    <${Field} label="Name" required maxlength="200" value=${form.label} onInput=${set("label")} />
    <${Field} label="May use" hint="Entries such as anthropic:claude-*, separated by spaces." class="mono" spellcheck="false" value=${form.scope} onInput=${set("scope")} />
    <div class="fields"><${Field} label="Budget in dollars" hint="Spent or not. Empty for none." inputmode="decimal" value=${form.budget} onInput=${set("budget")} />
      <${Field} label="For">${(/** @type {any} */ c) => html`<select ...${c} onChange=${set("window")}>${windows.map(([w, name]) => html`<option value=${w} selected=${w === form.window}>${name}</option>`)}</select>`}<//>
      <${Field} label="Calls per minute" hint="Empty for no limit." inputmode="numeric" value=${form.rate} onInput=${set("rate")} />
      <${Field} label="Model tokens per minute" hint="Empty for no limit." inputmode="numeric" value=${form.flow} onInput=${set("flow")} />
      <${Field} label="Calls at once" hint="Empty for no limit." inputmode="numeric" value=${form.many} onInput=${set("many")} />
      <${Field} label="Expires">${(/** @type {any} */ c) => html`<select ...${c} onChange=${set("ttl")}><option value="keep">${token.expires_ms ? `as now, ${ago(token.expires_ms)}` : "as now, never"}</option>${EXPIRIES.map(([s, name]) => html`<option value=${s}>${name}</option>`)}</select>`}<//></div>
    <${Trouble} error=${error} /><footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save</button></footer></form><//>`;
}

/** @param {string} text */
const number = (text) => (text === "" ? null : Number(text));

/** Seconds that a rotated token still works. */
const OVERLAP = 3600;
