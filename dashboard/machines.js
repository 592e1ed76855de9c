// Machine tokens: who may call, what they spent, until when.
import { html, useState } from "./vendor.js";
import { useAnswer } from "./api.js";
import { ago, money, per, tokenState } from "./format.js";
import { Empty, Icon, Link, Meter, Screen, Segments, Status, Table, Trouble, When, go, place, to } from "./ui.js";
import { Machine } from "./machine.js";
import { Mint } from "./mint.js";

/** @param {{rest: string}} props */
export default function Machines({ rest }) {
  const { data, error } = useAnswer("tokens", 5000);
  const [text, setText] = useState("");
  const shown = place.value.query.get("show") ?? "usable";
  if (rest && rest !== "new") return html`<${Machine} id=${decodeURIComponent(rest)} tokens=${data?.tokens} error=${error} />`;
  const usable = (/** @type {any} */ t) => t.status === "active" || t.status === "exhausted";
  const rows = data?.tokens
    .filter((/** @type {any} */ t) => (shown === "all" ? true : usable(t)))
    .filter((/** @type {any} */ t) => `${t.label} ${t.id} ${t.scope.join(" ")} ${t.masked}`.toLowerCase().includes(text.toLowerCase()));
  const gone = data ? data.tokens.length - data.tokens.filter(usable).length : 0;
  const empty = text || data?.tokens.length
    ? html`<${Empty} title="No token like that">Nothing matches.${gone > 0 && shown !== "all" ? ` ${gone} revoked or expired ones are hidden.` : ""}<//>`
    : html`<${Empty} title="No machine may call yet" action=${html`<${Link} class="button primary" to="/machines/new">Mint the first token<//>`}>
        A machine token stands in for your provider keys: scoped to models, limited in money and time, revoked with one click. The real key never leaves this proxy.<//>`;
  return html`<${Screen} title="Machine tokens" actions=${html`<${Link} class="button primary" data-new to="/machines/new"><${Icon} name="plus" />New machine token <kbd>n</kbd><//>`}>
    <${Trouble} error=${error} />
    <div class="row" style=${{ marginBottom: "12px" }}><div class="search"><${Icon} name="search" /><input data-search aria-label="Search machine tokens" placeholder="Search by name, scope or id" value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} /></div>
      <${Segments} label="Which tokens" value=${shown} options=${[["usable", "Usable"], ["all", `All${gone ? ` (+${gone})` : ""}`]]} onChange=${(/** @type {string} */ s) => go(s === "all" ? "/machines?show=all" : "/machines", true)} /></div>
    <div class="card flush"><${Table} label="Machine tokens" rows=${rows?.slice(0, MOST)} id=${(/** @type {any} */ t) => t.id} href=${(/** @type {any} */ t) => to`/machines/${t.id}`} empty=${empty} columns=${COLUMNS} /></div>
    ${rows && rows.length > MOST && html`<p class="muted" style=${{ marginTop: "10px" }}>${MOST} of ${rows.length} are shown. Search for the others.</p>`}
    ${rest === "new" && html`<${Mint} onClose=${() => go("/machines")} />`}<//>`;
}

/** @param {{scope: string[]}} props */
export const Scope = ({ scope }) => html`<span class="row tight" style=${{ flexWrap: "wrap" }}>${scope.slice(0, 2).map((one) =>
  html`<span class=${`tag ${one === "*" ? "warn" : ""}`} title=${one === "*" ? "Every provider and model" : undefined}>${one === "*" ? "* everything" : one}</span>`)}${scope.length > 2 && html`<span class="muted small">+${scope.length - 2}</span>`}</span>`;

/** @param {{token: any}} props */
export const Spent = ({ token }) => html`<div style=${{ minWidth: "120px" }}><span class="num">${money(token.spent_nano)} <span class="muted">${token.budget_nano === null ? "no cap" : `of ${money(token.budget_nano)}${per(token)}`}</span></span>
  ${token.budget_nano !== null && html`<${Meter} part=${token.spent_nano + token.held_nano} whole=${token.budget_nano} label=${`Budget of ${token.label}`} />`}</div>`;

const COLUMNS = [
  { head: "Machine", cell: (/** @type {any} */ t) => html`<${Link} to=${to`/machines/${t.id}`}><strong>${t.label}</strong><//><div class="muted small mono">${t.masked}</div>` },
  { head: "May use", cell: (/** @type {any} */ t) => html`<${Scope} scope=${t.scope} />` },
  { head: "Spent", cell: (/** @type {any} */ t) => html`<${Spent} token=${t} />` },
  { head: "Rate", class: "wide", cell: (/** @type {any} */ t) => (t.rate_limit ? html`<span class="num">${t.rate_limit}/min</span>` : html`<span class="muted">no limit</span>`) },
  { head: "Expires", cell: (/** @type {any} */ t) => (t.expires_ms ? html`<span class="nowrap">${ago(t.expires_ms)}</span>` : html`<span class="muted">never</span>`) },
  { head: "Last seen", cell: (/** @type {any} */ t) => html`<${When} at=${t.last_used_ms} />` },
  { head: "Status", cell: (/** @type {any} */ t) => html`<${Status} tone=${tokenState(t).tone}>${tokenState(t).word}<//>` },
];

const MOST = 300;
