// Charts as plain SVG: a few dozen points need no canvas, and so colours, zoom, contrast and text are the page's own.
import { html, useEffect, useRef, useState } from "./vendor.js";

/**
 * Bars on one another, or lines, over slots of time.
 * @param {{label: string, kind: "bars"|"lines", names: string[], series: Array<{name: string, values: Array<number|null>, color: number}>,
 *   show: (value: number) => string, height?: number, total?: boolean, onPick?: (slot: number) => void}} props
 */
export function Chart({ label, kind, names, series, show, height = 190, total = false, onPick }) {
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
export const Legend = ({ series }) =>
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
