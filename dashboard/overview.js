// Is it working, what does it cost, who is doing it, what to do next.
import { html } from "./vendor.js";
import { calls, useAnswer } from "./api.js";
import { ago, compact, count, money, outcome, rough, slotName, span, tokenState } from "./format.js";
import { Bones, Link, Meter, Screen, Segments, Status, Trouble, go, place, to } from "./ui.js";
import { Chart, Legend } from "./chart.js";

const RANGES = /** @type {Array<[string, string]>} */ ([["1h", "1 h"], ["24h", "24 h"], ["7d", "7 d"], ["30d", "30 d"]]);

export default function Overview() {
  const range = RANGES.some(([one]) => one === place.value.query.get("range")) ? String(place.value.query.get("range")) : "24h";
  const { data: series, error } = useAnswer(`series?range=${range}`, 30_000);
  const { data: tokens } = useAnswer("tokens", 15_000);
  const { data: keys } = useAnswer("providers", 60_000);
  const known = tokens && keys && series;
  const called = tokens?.tokens.some((/** @type {any} */ t) => t.last_used_ms) || calls.value.length > 0;
  const first = known && !called;
  const actions = html`<${Segments} label="Range" value=${range} options=${RANGES} onChange=${(/** @type {string} */ r) => go(`/?range=${r}`, true)} />`;
  return html`<${Screen} title="Overview" actions=${first ? null : actions}><${Trouble} error=${error} />
    ${first ? html`<${FirstRun} tokens=${tokens.tokens} keys=${keys} />` : html`<${Numbers} series=${series} range=${range} tokens=${tokens?.tokens} keys=${keys} />`}<//>`;
}

/** Four steps that tick themselves. @param {any} props */
function FirstRun({ tokens, keys }) {
  const paid = keys.credentials.length > 0;
  const minted = tokens.filter((/** @type {any} */ t) => t.status === "active");
  const steps = [
    { done: true, title: "The proxy is running", text: "You are looking at it.", act: null },
    { done: paid, title: "Give it an access key", text: paid ? `${keys.configured.join(", ")} can be called.` : "Or start without one: the offline model “mock” answers in every dialect, for nothing.", act: html`<${Link} class="button" to="/keys/new">Add access key<//>` },
    { done: minted.length > 0, title: "Mint a token for a machine", text: minted.length ? `${minted[0].label} may call ${minted[0].scope.join(", ")}.` : "The machine gets a scoped token instead of your key.", act: html`<${Link} class="button" to="/machines/new">New machine token<//>` },
    { done: false, title: "Make the first call", text: "It appears here by itself the moment it is made.", act: html`<${Link} class="button" to="/harnesses">Show me how<//>` },
  ];
  return html`<section class="card" aria-label="First steps"><header><h2>Four steps to the first call</h2></header>
    <ol class="steps">${steps.map((s, i) => html`<li class=${s.done ? "done" : ""}><span class="tick" aria-hidden="true">${s.done ? "✓" : i + 1}</span>
      <div><strong>${s.title}</strong><span class="hidden">${s.done ? " (done)" : ""}</span><div class="muted small">${s.text}</div></div>${s.done ? null : s.act}</li>`)}</ol></section>`;
}

/** @param {any} props */
function Numbers({ series, range, tokens, keys }) {
  const names = series?.slots.map((/** @type {any} */ s) => slotName(s.at_ms, series.slot_ms)) ?? [];
  const within = `since:${range}`;
  return html`<div class="grid">
    <${Stat} label="Spend" value=${series && money(series.totals.cost_nano)} change=${series && change(series.totals.cost_nano, series.before.cost_nano, range)} to=${to`/activity?q=${`${within} cost:>0`}`} />
    <${Stat} label="Requests" value=${series && count(series.totals.requests)} change=${series && change(series.totals.requests, series.before.requests, range)} to=${to`/activity?q=${within}`} />
    <${Stat} label="Refused or failed" value=${series && percent(series.totals.refused + series.totals.failed, series.totals.requests)} change=${series && `${count(series.totals.refused)} refused, ${count(series.totals.failed)} failed`} to=${to`/activity?q=${`${within} status:>=400`}`} />
    <${Stat} label="To the first byte" value=${series && span(series.totals.first_byte_p50_ms)} change=${series && (series.totals.first_byte_p95_ms === null ? "kept for spans of up to a day" : `95 of 100 within ${span(series.totals.first_byte_p95_ms)}`)} to=${to`/activity?q=${within}`} />
    <section class="card b"><header><h2>Spend by model</h2>${series && html`<${Legend} series=${models(series)} />`}</header>
      ${series ? html`<${Chart} label="Spend by model" kind="bars" total names=${names} series=${models(series)} show=${money} height=${300} onPick=${() => go(to`/activity?q=${within}`)} />` : html`<${Bones} height=${300} />`}</section>
    <div class="t stack"><${Attention} tokens=${tokens} keys=${keys} /><${Burn} tokens=${tokens} /></div>
    <section class="card h"><header><h2>Requests by outcome</h2><${Legend} series=${OUTCOMES} /></header>
      ${series ? html`<${Chart} label="Requests by outcome" kind="bars" total names=${names} series=${outcomes(series)} show=${compact} />` : html`<${Bones} height=${190} />`}</section>
    <section class="card h"><header><h2>Time to the first byte</h2><${Legend} series=${LATENCY} /></header>
      ${series ? html`<${Chart} label="Time to the first byte" kind="lines" names=${names} series=${latency(series)} show=${span} />` : html`<${Bones} height=${190} />`}</section>
    <${Top} title="Top machines" rows=${series?.machines.map((/** @type {any} */ m) => [m.token_label ?? m.token_id, to`/machines/${m.token_id}`, m])} />
    <${Top} title="Top models" rows=${series?.models.map((/** @type {any} */ m) => [`${m.provider}:${m.model}`, to`/activity?q=${`model:${m.model} ${within}`}`, m])} />
    <${Latest} />
  </div>`;
}

/** @param {any} props */
const Stat = ({ label, value, change, to }) =>
  html`<${Link} class="card stat q" to=${to}><div class="label">${label}</div><div class="value">${value ?? html`<div class="bones" style=${{ height: "30px", width: "60%" }}></div>`}</div><div class="muted small">${change ?? html`\u00a0`}</div><//>`;

/** @param {number} now @param {number} before @param {string} range */
function change(now, before, range) {
  if (!before) return now ? `nothing in the ${RANGES.find(([r]) => r === range)?.[1]} before` : "nothing yet";
  const share = Math.round(((now - before) / before) * 100);
  if (share > 900) return `${Math.round(now / before).toLocaleString("en-US")} times the ${RANGES.find(([r]) => r === range)?.[1]} before`;
  return `${share > 0 ? "▲" : share < 0 ? "▼" : "="} ${Math.abs(share)} % against the ${RANGES.find(([r]) => r === range)?.[1]} before`;
}

/** @param {number} part @param {number} whole */
const percent = (part, whole) => (whole ? `${((part / whole) * 100).toFixed(part && part / whole < 0.1 ? 1 : 0)} %` : "0 %");

/** @param {any} series */
function models(series) {
  const shown = series.models.map((/** @type {any} */ m, /** @type {number} */ i) => ({ name: `${m.provider}:${m.model}`, values: m.costs_nano, color: i + 1 }));
  const rest = series.slots.map((/** @type {any} */ s, /** @type {number} */ i) => Math.max(0, s.cost_nano - series.models.reduce((/** @type {number} */ sum, /** @type {any} */ m) => sum + m.costs_nano[i], 0)));
  return rest.some((/** @type {number} */ n) => n > 0) ? [...shown, { name: "others", values: rest, color: 7 }] : shown;
}

const OUTCOMES = [{ name: "answered", color: 1 }, { name: "refused here", color: 3 }, { name: "failed", color: 5 }];
/** @param {any} series */
const outcomes = (series) => OUTCOMES.map((one, i) => ({ ...one, values: series.slots.map((/** @type {any} */ s) => [s.requests - s.refused - s.failed, s.refused, s.failed][i]) }));
const LATENCY = [{ name: "95 of 100", color: 2 }, { name: "half", color: 1 }];
/** @param {any} series */
const latency = (series) => LATENCY.map((one, i) => ({ ...one, values: series.slots.map((/** @type {any} */ s) => [s.first_byte_p95_ms, s.first_byte_p50_ms][i]) }));

/** @param {any} props */
function Burn({ tokens }) {
  const budgeted = tokens?.filter((/** @type {any} */ t) => t.budget_nano && t.status !== "revoked")
    .sort((/** @type {any} */ a, /** @type {any} */ b) => b.spent_nano / b.budget_nano - a.spent_nano / a.budget_nano).slice(0, 5);
  return html`<section class="card"><header><h2>Budgets</h2></header>${!tokens ? html`<${Bones} height=${34} count=${2} />` : budgeted.length
    ? html`<ul class="stack">${budgeted.map((/** @type {any} */ t) => html`<li><div class="row"><${Link} class="grow" to=${to`/machines/${t.id}`}>${t.label}<//><span class="num small">${money(t.spent_nano)} <span class="muted">of ${money(t.budget_nano)}</span></span></div><${Meter} part=${t.spent_nano + t.held_nano} whole=${t.budget_nano} label=${`Budget of ${t.label}`} /></li>`)}</ul>`
    : html`<p class="muted">No machine token has a budget. One is suggested whenever you mint a token.</p>`}</section>`;
}

/** What will stop working, or has. @param {any} props */
function Attention({ tokens, keys }) {
  const now = Date.now();
  /** @type {Array<{tone: string, text: any, to: string}>} */
  const items = [];
  for (const t of tokens ?? []) {
    const { word, tone } = tokenState(t, now);
    if (word === "expires soon") items.push({ tone, text: `${t.label} expires ${ago(t.expires_ms, now)}`, to: to`/machines/${t.id}` });
    else if (word === "near cap") items.push({ tone, text: `${t.label} has ${money(t.budget_nano - t.spent_nano - t.held_nano)} left`, to: to`/machines/${t.id}` });
    else if (word === "exhausted") items.push({ tone, text: `${t.label} has used its budget up`, to: to`/machines/${t.id}` });
    else if (word === "expired" && now - t.expires_ms < 3 * 86_400_000) items.push({ tone: "off", text: `${t.label} expired ${ago(t.expires_ms, now)}`, to: to`/machines/${t.id}` });
  }
  for (const k of keys?.credentials ?? []) {
    const until = k.cooling_until_ms ?? k.cooldown_until_ms;
    if (until > now) items.push({ tone: "warn", text: `${k.label} of ${k.provider} is cooling for ${rough(until - now)}`, to: "/keys" });
    else if (k.health === "failed" || k.state === "failed") items.push({ tone: "bad", text: `${k.label} of ${k.provider} is refused by the provider`, to: "/keys" });
  }
  const failing = calls.value.filter((c) => c.error === "credential_refused" && now - c.ts_ms < 3_600_000);
  for (const provider of new Set(failing.map((c) => c.provider))) items.push({ tone: "bad", text: `${provider} refuses the proxy’s key`, to: "/keys" });
  const unpriced = new Set(calls.value.filter((c) => c.pricing === "unpriced" || c.error === "price_unknown").map((c) => `${c.provider}:${c.model}`));
  for (const model of unpriced) items.push({ tone: "warn", text: `${model} has no known price`, to: to`/routing?try=${model}` });
  return html`<section class="card"><header><h2>Needs attention</h2></header>${!tokens || !keys ? html`<${Bones} height=${24} count=${2} />` : items.length
    ? html`<ul class="list">${items.slice(0, 7).map((item) => html`<li><${Status} tone=${item.tone}><span class="hidden">${item.tone === "bad" ? "Problem: " : "Notice: "}</span><//><${Link} class="grow" to=${item.to}>${item.text}<//></li>`)}</ul>`
    : html`<p class="row"><${Status} tone="ok">Nothing. All is well.<//></p>`}</section>`;
}

/** @param {any} props */
const Top = ({ title, rows }) => html`<section class="card t"><header><h2>${title}</h2></header>${!rows ? html`<${Bones} height=${26} count=${4} />` : rows.length
  ? html`<ul class="list">${rows.slice(0, 6).map(([name, href, r]) => html`<li><${Link} class="grow" to=${href}>${name}<//><span class="num muted small">${count(r.requests)} calls</span><span class="num">${money(r.cost_nano)}</span></li>`)}</ul>`
  : html`<p class="muted">Nothing in this span.</p>`}</section>`;

const Latest = () => html`<section class="card t"><header><h2>Latest calls</h2><${Link} class="text small" to="/activity">All<//></header>
  <ul class="list">${calls.value.slice(0, 6).map((c) => html`<li key=${c.id}><${Status} tone=${outcome(c).tone}><span class="hidden">${outcome(c).word}</span><//><${Link} class="grow" to=${to`/activity/${c.id}`}>${c.model ?? c.asked ?? c.dialect}<//><span class="muted small num">${ago(c.ts_ms)}</span></li>`)}</ul>
  ${!calls.value.length && html`<p class="muted">None yet.</p>`}</section>`;
