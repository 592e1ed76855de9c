// Is it working, what does it cost, who is doing it, what to do next; with charts of plain SVG.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { calls, useAnswer } from "./api.js";
import { ago, compact, count, money, outcome, per, rough, slotName, span, tokenState } from "./format.js";
import { Bones, Link, Meter, Screen, Segments, Status, Trouble, go, place, term, to } from "./ui.js";

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
    <${Top} title="Top models" rows=${series?.models.map((/** @type {any} */ m) => [`${m.provider}:${m.model}`, to`/activity?q=${`${term("model", m.model)} ${within}`}`, m])} />
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
    ? html`<ul class="stack">${budgeted.map((/** @type {any} */ t) => html`<li><div class="row"><${Link} class="grow" to=${to`/machines/${t.id}`}>${t.label}<//><span class="num small">${money(t.spent_nano)} <span class="muted">of ${money(t.budget_nano)}${per(t)}</span></span></div><${Meter} part=${t.spent_nano + t.held_nano} whole=${t.budget_nano} label=${`Budget of ${t.label}`} />${forecast(t)}</li>`)}</ul>`
    : html`<p class="muted">No machine token has a budget. One is suggested whenever you mint a token.</p>`}</section>`;
}

/** When the window begins anew, or until when the money lasts at this pace. @param {any} t */
function forecast(t) {
  const now = Date.now();
  const since = t.window_start_ms ?? t.created_ms;
  const pace = t.spent_nano / Math.max(3_600_000, now - since);
  const lasts = pace > 0 ? (t.budget_nano - t.spent_nano) / pace : Infinity;
  const end = Math.min(t.window_end_ms ?? Infinity, t.expires_ms ?? Infinity) - now;
  const short = lasts < end && lasts < 60 * 86_400_000;
  if (!t.window_end_ms && !short) return null;
  return html`<div class="small muted">${t.window_end_ms ? `begins anew in ${rough(t.window_end_ms - now)}` : ""}${short ? html`${t.window_end_ms ? ", " : ""}<span class="warn">used up in ${rough(lasts)} at this pace</span>` : ""}</div>`;
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
    const name = `${k.label || k.id} of ${k.provider}`;
    if (k.state === "cooling") items.push({ tone: "warn", text: `${name} is cooling for ${rough(k.until_ms - now)}`, to: to`/keys/${k.id}` });
    else if (k.state === "parked") items.push({ tone: "bad", text: `${name} is set aside: ${k.why}`, to: to`/keys/${k.id}` });
    else if (k.state === "unusable") items.push({ tone: "bad", text: `${name} cannot be opened`, to: to`/keys/${k.id}` });
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
  ? html`<ul class="list">${rows.slice(0, 6).map((/** @type {[string, string, any]} */ [name, href, r]) => html`<li><${Link} class="grow" to=${href}>${name}<//><span class="num muted small">${count(r.requests)} calls</span><span class="num">${money(r.cost_nano)}</span></li>`)}</ul>`
  : html`<p class="muted">Nothing in this span.</p>`}</section>`;

const Latest = () => html`<section class="card t"><header><h2>Latest calls</h2><${Link} class="text small" to="/activity">All<//></header>
  <ul class="list">${calls.value.slice(0, 6).map((c) => html`<li key=${c.id}><${Status} tone=${outcome(c).tone}><span class="hidden">${outcome(c).word}</span><//><${Link} class="grow" to=${to`/activity/${c.id}`}>${c.model ?? c.asked ?? c.dialect}<//><span class="muted small num">${ago(c.ts_ms)}</span></li>`)}</ul>
  ${!calls.value.length && html`<p class="muted">None yet.</p>`}</section>`;

// The charts are plain SVG: a few dozen points need no canvas, and so colours, zoom, contrast and text are the page's own.

/**
 * Bars on one another, or lines, over slots of time.
 * @param {{label: string, kind: "bars"|"lines", names: string[], series: Array<{name: string, values: Array<number|null>, color: number}>,
 *   show: (value: number) => string, height?: number, total?: boolean, onPick?: (slot: number) => void}} props
 */
function Chart({ label, kind, names, series, show, height = 190, total = false, onPick }) {
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const [width, setWidth] = useState(600);
  const [at, setAt] = useState(/** @type {number|null} */ (null));
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.max(180, entry.contentRect.width)));
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  const slots = names.length;
  const tops = names.map((_, i) => kind === "bars" ? series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0) : Math.max(0, ...series.map((s) => s.values[i] ?? 0)));
  const { top, steps } = scale(Math.max(0, ...tops));
  const left = Math.max(...steps.map((step) => show(step).length)) * 6.4 + 10;
  const [inner, base] = [width - left, height - 22];
  const slot = inner / slots;
  const x = (/** @type {number} */ i) => left + slot * (i + 0.5);
  const y = (/** @type {number} */ value) => base - (value / top) * (base - 8);
  const every = Math.ceil(slots / Math.max(2, Math.floor(inner / 74)));

  const find = (/** @type {PointerEvent} */ event) => {
    const rect = box.current?.getBoundingClientRect();
    if (rect) setAt(Math.max(0, Math.min(slots - 1, Math.floor((event.clientX - rect.left - left) / slot))));
  };
  const move = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(slots - 1, (at ?? (by > 0 ? -1 : slots)) + by)));
    } else if (event.key === "Enter" && at !== null) onPick?.(at);
  };
  const shown = at === null ? [] : series.map((s) => ({ ...s, value: s.values[at] })).filter((s) => s.value);
  return html`<div class="chart" ref=${box} tabindex="0" role="img" aria-label=${`${label}. ${said(names, tops, show)} Use the arrow keys to read it.`}
      onPointerMove=${find} onPointerLeave=${() => setAt(null)} onBlur=${() => setAt(null)} onKeyDown=${move} onClick=${() => at !== null && onPick?.(at)}>
    <svg viewBox=${`0 0 ${width} ${height}`} height=${height} aria-hidden="true">
      ${steps.map((step) => html`<line class="gridline" x1=${left} x2=${width} y1=${y(step)} y2=${y(step)} /><text x=${left - 8} y=${y(step) + 4} text-anchor="end">${show(step)}</text>`)}
      ${names.map((name, i) => i % every === 0 && html`<text x=${x(i)} y=${height - 4} text-anchor="middle">${name}</text>`)}
      ${at !== null && html`<line class="cursor" x1=${x(at)} x2=${x(at)} y1="4" y2=${base} />`}
      ${kind === "bars" ? bars(series, slots, x, y, Math.max(1, Math.min(26, slot * 0.72)), at) : series.map((s) => line(s, x, y, base))}
    </svg>
    ${at !== null && html`<div class="tip" style=${x(at) > width / 2 ? { right: `${width - x(at) + 12}px` } : { left: `${x(at) + 12}px` }}>
      <strong>${names[at]}</strong>
      ${shown.length ? shown.map((s) => html`<div><span class=${`dot c${s.color}`}></span><span>${s.name}</span><span class="num">${show(/** @type {number} */ (s.value))}</span></div>`) : html`<div class="muted">nothing</div>`}
      ${total && shown.length > 1 && html`<div><span class="dot"></span><span>together</span><strong class="num">${show(tops[at])}</strong></div>`}
    </div>`}
    <span class="hidden" role="status">${at !== null && document.activeElement === box.current ? `${names[at]}: ${shown.map((s) => `${s.name} ${show(/** @type {number} */ (s.value))}`).join(", ") || "nothing"}` : ""}</span>
  </div>`;
}

/** @param {{series: Array<{name: string, color: number}>}} props */
const Legend = ({ series }) =>
  html`<div class="legend">${series.map((s) => html`<span><i class=${`dot c${s.color}`}></i>${s.name}</span>`)}</div>`;

function bars(/** @type {any[]} */ series, /** @type {number} */ slots, /** @type {any} */ x, /** @type {any} */ y, /** @type {number} */ wide, /** @type {number|null} */ at) {
  const drawn = [];
  for (let i = 0; i < slots; i += 1) {
    let below = 0;
    for (const s of series) {
      const value = s.values[i] ?? 0;
      if (value <= 0) continue;
      const high = Math.max(1, y(below) - y(below + value));
      drawn.push(html`<rect class=${`c${s.color}`} x=${x(i) - wide / 2} y=${y(below) - high} width=${wide} height=${high} rx=${Math.min(2, wide / 3)} opacity=${at === null || at === i ? 1 : 0.55} />`);
      below += value;
    }
  }
  return drawn;
}

/** A gap in the values is a gap in the line. */
function line(/** @type {any} */ s, /** @type {any} */ x, /** @type {any} */ y, /** @type {number} */ base) {
  let path = "";
  let pen = false;
  /** @type {any[]} */
  const alone = [];
  s.values.forEach((/** @type {number|null} */ value, /** @type {number} */ i) => {
    if (value === null) {
      pen = false;
      return;
    }
    path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!pen && (s.values[i + 1] ?? null) === null) alone.push(html`<circle class=${`c${s.color}`} cx=${x(i)} cy=${y(value)} r="2.5" />`);
    pen = true;
  });
  const area = path && !path.slice(1).includes("M") ? `${path}L${x(s.values.findLastIndex((/** @type {any} */ v) => v !== null))} ${base}L${x(s.values.findIndex((/** @type {any} */ v) => v !== null))} ${base}Z` : "";
  return html`${area && html`<path class=${`area c${s.color}`} d=${area} />`}<path class=${`line c${s.color}`} d=${path} />${alone}`;
}

/** Round steps up to what is needed. @param {number} most */
function scale(most) {
  if (most <= 0) return { top: 1, steps: [0] };
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const steps = [];
  for (let value = 0; value < most + step * 0.999; value += step) steps.push(value);
  return { top: steps[steps.length - 1], steps };
}

function said(/** @type {string[]} */ names, /** @type {number[]} */ tops, /** @type {(n: number) => string} */ show) {
  const most = Math.max(...tops);
  if (!(most > 0)) return "Nothing happened.";
  return `Highest at ${names[tops.indexOf(most)]}: ${show(most)}.`;
}
