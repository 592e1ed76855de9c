// The parts that every screen is made of. Text reaches the page as text nodes only.
import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "./vendor.js";
import { ago, exact } from "./format.js";

/** Where the page is: path behind /dashboard, query. @type {{value: {path: string, query: URLSearchParams}}} */
export const place = signal(where());

function where() {
  return { path: location.pathname.replace(/^\/dashboard\/?/, "/"), query: new URLSearchParams(location.search) };
}
addEventListener("popstate", () => (place.value = where()));

/** @param {string} to behind /dashboard @param {boolean} [instead] replaces the entry in the history */
export function go(to, instead = false) {
  history[instead ? "replaceState" : "pushState"](null, "", `/dashboard${to === "/" ? "" : to}`);
  place.value = where();
}

/** An address of the dashboard, from parts that may hold anything. @param {TemplateStringsArray} texts @param {unknown[]} parts */
export const to = (texts, ...parts) =>
  texts.reduce((all, text, i) => `${all}${text}${i < parts.length ? encodeURIComponent(String(parts[i])) : ""}`, "");

/** A term of a filter. Only quotes cannot be written in one; any character takes their place. @param {string} name @param {string} value */
export const term = (name, value) => `${name}:${/[\s,"]/.test(value) ? `"${value.replaceAll('"', "*")}"` : value}`;

/** A link within the dashboard. @param {any} props */
export const Link = ({ to, children, ...rest }) =>
  html`<a href=${`/dashboard${to === "/" ? "" : to}`} onClick=${(/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(to);
  }} ...${rest}>${children}</a>`;

const PATHS = {
  overview: "M3 13h4l3-8 4 14 3-6h4", machines: "M4 5h16v10H4zM9 19h6M12 15v4", keys: "M14.5 9.5a4 4 0 1 0-3.6 4L13 15.5h2v2h2v2h3v-3l-6-6z",
  routing: "M5 4v6a4 4 0 0 0 4 4h10M15 10l4 4-4 4M5 14v6", activity: "M4 6h16M4 12h16M4 18h10", harnesses: "M4 5l6 7-6 7M12 19h8",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4.5v5M6 14.5v5", search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM20 20l-4-4", close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14", more: "M5 12h.01M12 12h.01M19 12h.01", theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z", out: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
};

/** @param {{name: keyof typeof PATHS}} props */
export const Icon = ({ name }) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/** A screen's title, what can be done here, and the screen. @param {any} props */
export function Screen({ title, actions, children }) {
  useEffect(() => {
    document.title = `${title} – proxyagent`;
  }, [title]);
  return html`<div class="head"><h1 class="grow" tabindex="-1" id="title">${title}</h1>${actions}</div>${children}`;
}

/** @param {{tone: string, children: any}} props */
export const Status = ({ tone, children }) => html`<span class=${`status ${tone}`}>${children}</span>`;

/** @param {{at: number|null|undefined}} props */
export const When = ({ at }) =>
  at ? html`<time class="nowrap" dateTime=${new Date(at).toISOString()} title=${exact(at)}>${ago(at)}</time>` : html`<span class="muted">never</span>`;

/** How much of a whole; near the end it says so. @param {{part: number, whole: number, label: string}} props */
export function Meter({ part, whole, label }) {
  const share = whole > 0 ? Math.min(1, part / whole) : 1;
  const tone = share >= 1 ? "over" : share >= 0.9 ? "near" : "";
  return html`<span class=${`meter ${tone}`} role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100"
    aria-valuenow=${Math.round(share * 100)}><i style=${{ width: `${share * 100}%` }}></i></span>`;
}

/** The shape of what will come. @param {{height: number, count?: number}} props */
export const Bones = ({ height, count = 1 }) =>
  html`<div class="stack" aria-hidden="true">${Array.from({ length: count }, () => html`<div class="bones" style=${{ height: `${height}px` }}></div>`)}</div>`;

/** @param {{error: {message: string}|null|undefined}} props */
export const Trouble = ({ error }) => (error ? html`<p class="note bad" role="alert">${error.message}</p>` : null);

/** Nothing here yet, and what to do about it. @param {any} props */
export const Empty = ({ title, children, action }) =>
  html`<div class="empty"><h2>${title}</h2><p>${children}</p>${action}</div>`;

/**
 * A table that becomes cards where it does not fit.
 * @param {{label: string, rows: any[]|undefined, columns: Array<{head: string, cell: (row: any) => any, class?: string}>, id: (row: any) => string,
 *   href?: (row: any) => string, fresh?: Set<string>, empty?: any, bones?: number, kind?: string}} props
 */
export function Table({ label, rows, columns, id, href, fresh, empty, bones = 5, kind = "" }) {
  if (rows && !rows.length) return empty ?? null;
  const open = (/** @type {any} */ event, /** @type {any} */ row) => {
    if (href && !event.target.closest("a,button,input,select") && !String(getSelection() ?? "")) go(href(row));
  };
  return html`<table class=${`table ${kind}`} role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${columns.map((c) => html`<th role="columnheader" scope="col" class=${c.class}>${c.head || html`<span class="hidden">Actions</span>`}</th>`)}</tr></thead>
    <tbody role="rowgroup">${rows
      ? rows.map((row) => html`<tr role="row" key=${id(row)} data-href=${href?.(row)} class=${fresh?.has(id(row)) ? "fresh" : ""} onClick=${(/** @type {any} */ e) => open(e, row)}>
          ${columns.map((c, i) => html`<td role="cell" class=${`${c.class ?? ""} ${i ? "" : "lead"}`} data-head=${i ? c.head : null}>${c.cell(row)}</td>`)}</tr>`)
      : Array.from({ length: bones }, () => html`<tr role="row">${columns.map((c) => html`<td role="cell" class=${c.class}><div class="bones" style=${{ height: "20px" }}></div></td>`)}</tr>`)}
    </tbody></table>`;
}

let fields = 0;
/** A label, a control and a hint that belong together. @param {any} props */
export function Field({ label, hint, children, ...rest }) {
  const [id] = useState(() => `f${(fields += 1)}`);
  const control = { id, "aria-describedby": hint ? `${id}h` : undefined, ...rest };
  return html`<div class="field"><label for=${id}>${label}</label>
    ${children ? children(control) : html`<input ...${control} />`}
    ${hint && html`<span class="hint" id=${`${id}h`}>${hint}</span>`}</div>`;
}

/** One of a few. @param {{label: string, value: any, options: Array<[any, string]>, onChange: (value: any) => void}} props */
export const Segments = ({ label, value, options, onChange }) =>
  html`<div class="segments" role="group" aria-label=${label}>${options.map(
    ([one, name]) => html`<button type="button" aria-pressed=${String(one === value)} onClick=${() => onChange(one)}>${name}</button>`)}</div>`;

/** @param {{text: string, label?: string, class?: string}} props */
export function Copy({ text, label = "Copy", ...rest }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text).catch(() => {});
    setDone(true);
    setTimeout(() => setDone(false), 1600);
  };
  return html`<button type="button" class=${rest.class} onClick=${copy}>${done ? "Copied" : label}<span class="hidden" role="status">${done ? "copied" : ""}</span></button>`;
}

/** @param {{text: string, label?: string}} props */
export const Code = ({ text, label }) => html`<div class="code"><pre tabindex="0" aria-label=${label ?? "Commands"}>${text}</pre><${Copy} text=${text} /></div>`;

/** A modal dialog; the browser keeps the focus inside and gives it back. @param {any} props */
export function Dialog({ title, onClose, kind = "", actions, children }) {
  const ref = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const close = useRef(onClose);
  close.current = onClose;
  // At once, so that no key falls between two dialogs.
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement|null} */ (document.activeElement);
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before?.isConnected) before.focus();
      else document.getElementById("title")?.focus();
    };
  }, []);
  return html`<dialog ref=${ref} class=${kind} aria-label=${title} onCancel=${(/** @type {Event} */ e) => { e.preventDefault(); close.current(); }}
      onClick=${(/** @type {MouseEvent} */ e) => e.target === ref.current && kind && close.current()}>
    <div class="sheet"><div class="top"><h2 class="grow">${title}</h2>${actions}<button type="button" class="plain square" aria-label="Close" onClick=${() => close.current()}><${Icon} name="close" /></button></div>
    ${children}</div></dialog>`;
}

/** @type {{value: Array<{id: number, text: string, undo?: () => void}>}} */
const toasts = signal([]);
let toastId = 0;
/** Says what happened. @param {string} text @param {() => void} [undo] */
export function toast(text, undo) {
  const id = (toastId += 1);
  toasts.value = [...toasts.value, { id, text, undo }];
  setTimeout(() => (toasts.value = toasts.value.filter((one) => one.id !== id)), undo ? 10_000 : 4500);
}
export const Toasts = () =>
  html`<div class="toasts" role="status">${toasts.value.map((one) => html`<div class="toast" key=${one.id}><span>${one.text}</span>
    ${one.undo && html`<button type="button" onClick=${() => { one.undo?.(); toasts.value = toasts.value.filter((t) => t.id !== one.id); }}>Undo</button>`}</div>`)}</div>`;

/** Asks before something that cannot be taken back, naming what follows from it. @param {any} props */
export function Confirm({ title, children, action, onDo, onClose }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      await onDo();
      onClose();
    } catch (why) {
      setError(why);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><div>${children}</div><${Trouble} error=${error} />
    <footer><button type="button" onClick=${onClose}>Cancel</button><button type="button" class="danger" disabled=${busy} onClick=${act}>${action}</button></footer><//>`;
}
