// The frame around the screens: which one is shown, how to get to the others by pointer and by keyboard, and who is in.
import { html, render, signal, useEffect, useRef, useState } from "./vendor.js";
import { liveness, resume, session, signIn, signOut, useFeed } from "./api.js";
import { Bones, Dialog, Icon, Link, Toasts, Trouble, go, place } from "./ui.js";

/** @typedef {{path: string, name: string, icon: any, key: string, load: () => Promise<any>}} Place */
/** @type {Place[]} */
const PLACES = [
  { path: "/", name: "Overview", icon: "overview", key: "o", load: () => import("./overview.js") },
  { path: "/machines", name: "Machine tokens", icon: "machines", key: "m", load: () => import("./machines.js") },
  { path: "/keys", name: "Access keys", icon: "keys", key: "k", load: () => import("./keys.js") },
  { path: "/routing", name: "Model routing", icon: "routing", key: "r", load: () => import("./routing.js") },
  { path: "/activity", name: "Activity", icon: "activity", key: "a", load: () => import("./activity.js") },
  { path: "/harnesses", name: "Harnesses", icon: "harnesses", key: "h", load: () => import("./harnesses.js") },
  { path: "/settings", name: "Settings", icon: "settings", key: "s", load: () => import("./settings.js") },
];

/** @type {{value: Record<string, any>}} */
const loaded = signal({});
const failed = signal(/** @type {Error|null} */ (null));
const over = signal(/** @type {"palette"|"help"|null} */ (null));

/** @param {string} path */
const placeOf = (path) => PLACES.find((p) => p.path !== "/" && (path === p.path || path.startsWith(`${p.path}/`))) ?? PLACES[0];

function App() {
  useFeed();
  if (failed.value) return html`<div class="login"><div class="card"><${Trouble} error=${failed.value} /><p><button type="button" onClick=${() => location.reload()}>Try again</button></p></div></div>`;
  if (session.value === undefined) return null;
  return session.value === null ? html`<${Login} />` : html`<${Frame} who=${session.value} />`;
}

/** @param {{who: import("./api.js").Session}} props */
function Frame({ who }) {
  const here = placeOf(place.value.path);
  const Screen = loaded.value[here.path];
  useEffect(() => {
    if (!Screen) here.load().then((module) => (loaded.value = { ...loaded.value, [here.path]: module.default }), (why) => (failed.value = why));
  }, [here.path]);
  return html`<a class="skip" href="#title" onClick=${(/** @type {Event} */ e) => { e.preventDefault(); document.getElementById("title")?.focus(); }}>Skip to content</a>
    <div class="frame">
      <header class="side">
        <${Link} to="/" class="brand"><${Mark} />proxyagent<//>
        <nav class="nav" aria-label="Screens"><ul>${PLACES.map((p) => html`<li><${Link} to=${p.path} aria-current=${p === here ? "page" : undefined}><${Icon} name=${p.icon} />${p.name}<//></li>`)}</ul></nav>
        <div class="foot">
          <span class=${`live ${{ live: "on", lost: "lost" }[liveness.value] ?? ""}`} role="status">${{ live: "live", lost: "no answer, trying again", paused: "paused" }[liveness.value]}</span>
          <div class="small muted about">v${who.version} · ${who.backend}</div>
          <div class="row tight"><${Theme} />
            <button type="button" class="plain square" title="Keyboard shortcuts" aria-label="Keyboard shortcuts" onClick=${() => (over.value = "help")}>?</button>
            <button type="button" class="plain square" title="Sign out" aria-label="Sign out" onClick=${signOut}><${Icon} name="out" /></button></div>
        </div>
      </header>
      <main class="main">${Screen ? html`<${Screen} rest=${place.value.path.slice(here.path.length).replace(/^\//, "")} query=${place.value.query} />` : html`<h1 tabindex="-1" id="title">${here.name}</h1><${Bones} height=${120} />`}</main>
    </div>
    ${over.value === "palette" && html`<${Palette} />`}${over.value === "help" && html`<${Help} />`}<${Toasts} />`;
}

const Mark = () => html`<span class="mark"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M10 26V7h8a6 6 0 0 1 0 12h-8" /></svg></span>`;

function Login() {
  const [error, setError] = useState(/** @type {any} */ (linkError));
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  useEffect(() => {
    document.title = "Sign in – proxyagent";
    input.current?.focus();
  }, []);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? "";
    if (!token) return input.current?.focus();
    setBusy(true);
    setError(null);
    try {
      await signIn({ token });
    } catch (/** @type {any} */ why) {
      setError(why.status === 401 ? { message: "That is not the admin token." } : why);
      setBusy(false);
      input.current?.select();
    }
    return undefined;
  };
  return html`<main class="login"><form class="card stack wide" onSubmit=${submit}>
    <div class="row"><${Mark} /><h1>Sign in to proxyagent</h1></div>
    <div class="field"><label for="token">Admin token</label>
      <div class="row tight"><input id="token" ref=${input} type=${shown ? "text" : "password"} autocomplete="current-password" spellcheck="false" autocapitalize="off" aria-describedby="token-hint" />
        <button type="button" aria-pressed=${String(shown)} onClick=${() => setShown(!shown)}>${shown ? "Hide" : "Show"}</button></div>
      <span class="hint muted small" id="token-hint">On the proxy’s host, <code>proxyagent dashboard</code> prints a link that signs you in, and <code>proxyagent admin-token</code> prints the token.</span></div>
    <${Trouble} error=${error} />
    <button class="primary" disabled=${busy}>Sign in</button></form></main>`;
}

function Theme() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "system");
  const next = () => {
    const order = ["system", "light", "dark"];
    const now = order[(order.indexOf(theme) + 1) % 3];
    setTheme(now);
    applyTheme(now);
    localStorage.setItem("theme", now);
  };
  return html`<button type="button" class="plain square" title=${`Theme: ${theme}`} aria-label=${`Theme: ${theme}`} onClick=${next}><${Icon} name="theme" /></button>`;
}

/** @param {string|null} theme */
function applyTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function Palette() {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const all = [
    ...PLACES.map((p) => ({ name: p.name, icon: p.icon, act: () => go(p.path) })),
    { name: "New machine token", icon: "plus", act: () => go("/machines/new") },
    { name: "Add access key", icon: "plus", act: () => go("/keys/new") },
    { name: "New route", icon: "plus", act: () => go("/routing/new") },
    { name: "Sign out", icon: "out", act: signOut },
  ];
  const found = all.filter((one) => one.name.toLowerCase().includes(text.toLowerCase()));
  const pick = (/** @type {number} */ i) => {
    over.value = null;
    found[i]?.act();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      setAt((at + by + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      pick(at);
    }
  };
  return html`<${Dialog} title="Go to" kind="palette" onClose=${() => (over.value = null)}>
    <input autofocus role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant=${`found${at}`} aria-label="Search screens and actions" placeholder="Where to?" value=${text}
      onInput=${(/** @type {any} */ e) => { setText(e.target.value); setAt(0); }} onKeyDown=${keys} />
    <ul id="found" role="listbox" aria-label="Screens and actions">${found.map((one, i) => html`<li role="option" id=${`found${i}`} aria-selected=${String(i === at)} onClick=${() => pick(i)}><div class="row" style=${{ padding: "8px 12px", cursor: "pointer" }}><${Icon} name=${one.icon} />${one.name}</div></li>`)}</ul><//>`;
}

const Help = () => html`<${Dialog} title="Keyboard" onClose=${() => (over.value = null)}><dl class="facts">
  ${[["Ctrl K", "go anywhere"], ...PLACES.map((p) => [`g ${p.key}`, p.name]), ["n", "new one, where there can be one"], ["/", "search or filter"], ["j  k", "next, previous row"], ["Enter", "open the row"], ["Esc", "close"], ["?", "this list"]]
    .map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl><//>`;

let pending = 0;
addEventListener("keydown", (event) => {
  if (!session.value) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    over.value = "palette";
    return;
  }
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input,textarea,select,dialog")) return;
  if (Date.now() - pending < 2500) {
    const place = PLACES.find((p) => p.key === event.key);
    pending = 0;
    if (place) {
      event.preventDefault();
      go(place.path);
      requestAnimationFrame(() => document.getElementById("title")?.focus());
    }
    return;
  }
  const act = { g: () => (pending = Date.now()), "?": () => (over.value = "help"), "/": () => focus("[data-search]"), n: () => /** @type {HTMLElement|null} */ (document.querySelector("[data-new]"))?.click(), j: () => step(1), k: () => step(-1) }[event.key];
  if (act) {
    if (event.key !== "g") event.preventDefault();
    act();
  }
});

/** @param {string} selector */
const focus = (selector) => /** @type {HTMLElement|null} */ (document.querySelector(selector))?.focus();

/** Moves between rows. @param {number} by */
function step(by) {
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("main tr[data-href]"))];
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  rows[Math.max(0, Math.min(rows.length - 1, now + by))]?.querySelector("a")?.focus();
}

/** @type {any} */
let linkError = null;
async function start() {
  // The code of a login link stands in the fragment, which no server sees; it leaves the address at once.
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) history.replaceState(null, "", location.pathname + location.search);
  linkError = null;
  try {
    if (code) await signIn({ code }).catch((why) => (linkError = why));
    if (!session.value) await resume();
  } catch (/** @type {any} */ why) {
    failed.value = why;
  }
}
// A link that is pasted over the sign-in changes the fragment alone.
addEventListener("hashchange", () => session.value === null && start());

applyTheme(localStorage.getItem("theme"));
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("root")));
start();
