// What the dashboard knows of the proxy: the session, requests to the admin API, answers kept while they are fresh, and
// the live feed of calls. Nothing secret is kept outside of memory; the cookie cannot be read from here.
import { signal, batch, useEffect } from "./vendor.js";

/** @typedef {{id: string|null, csrf: string|null, expires_ms: number|null, version: string, backend: string}} Session */

/** `undefined` while it is not known, `null` when nobody is signed in. @type {{value: Session|null|undefined}} */
export const session = signal(undefined);
/** Whether rows arrive: "live", "paused" (the tab is hidden), "lost". */
export const liveness = signal("paused");
/** What happened while the page was open, the newest first. @type {{value: Array<Record<string, any>>}} */
export const calls = signal([]);

/** A refusal, with the proxy's own sentence. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {number} wait */
  constructor(status, code, message, wait) {
    super(message);
    this.status = status;
    this.code = code;
    /** Seconds to wait. */
    this.wait = wait;
  }
}

/**
 * Asks the admin API. @param {string} method @param {string} path behind /admin/ @param {unknown} [body]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && session.value?.csrf) headers["x-csrf-token"] = session.value.csrf;
  let answer;
  try {
    answer = await fetch(`/admin/${path}`, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", redirect: "error",
    });
  } catch {
    throw new Refused(0, "unreachable", "The proxy does not answer. Is it running?", 0);
  }
  const value = await answer.json().catch(() => null);
  if (answer.ok) return value;
  if (answer.status === 401 && path !== "session") end();
  const message = String(value?.error?.message ?? `The proxy answered ${answer.status}.`).replace(/^proxyagent: /, "");
  throw new Refused(answer.status, String(value?.error?.code ?? ""), sentence(message), Number(answer.headers.get("retry-after") ?? 0));
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

/** Finds out whether somebody is signed in. */
export async function resume() {
  try {
    session.value = await ask("GET", "session");
  } catch (why) {
    if (why instanceof Refused && (why.status === 401 || why.status === 403)) session.value = null;
    else throw why;
  }
}

/** Signs in with `{token}` or `{code}`. @param {{token?: string, code?: string}} proof */
export async function signIn(proof) {
  await ask("POST", "session", proof);
  await resume();
  // Some browsers keep no Secure cookie from plain HTTP, not even from their own machine.
  if (!session.value && proof.token && location.protocol === "http:") {
    await ask("POST", "session", { ...proof, plain: true });
    await resume();
  }
  if (!session.value) throw new Refused(0, "cookie", "This browser does not keep the session's cookie. Put TLS in front of the proxy.", 0);
}

export async function signOut() {
  await ask("DELETE", "session").catch(() => {});
  end();
}

function end() {
  batch(() => {
    session.value = null;
    calls.value = [];
  });
  stored.clear();
}

/** @type {Map<string, {signal: {value: Answer}, at: number, asking: Promise<void>|null}>} */
const stored = new Map();

/** @typedef {{data: any, error: Refused|null}} Answer */

/** @param {string} path */
function entry(path) {
  let found = stored.get(path);
  if (!found) {
    found = { signal: signal(/** @type {Answer} */ ({ data: undefined, error: null })), at: 0, asking: null };
    stored.set(path, found);
    if (stored.size > MOST_STORED) stored.delete(/** @type {string} */ (stored.keys().next().value));
  }
  return found;
}

/** Asks again, now. @param {string} path */
export function reload(path) {
  const one = entry(path);
  one.asking ??= ask("GET", path)
    .then((data) => (one.signal.value = { data, error: null }), (why) => (one.signal.value = { data: one.signal.value.data, error: why }))
    .then(() => {
      one.at = Date.now();
      one.asking = null;
    });
  return one.asking;
}

/** Asks again for everything that is shown and begins so. @param {string[]} beginnings */
export const reloadAll = (...beginnings) =>
  Promise.all([...stored.keys()].filter((path) => beginnings.some((b) => path.startsWith(b))).map(reload));

/**
 * The answer to a GET, kept up to date while it is shown. `data` stays what it was while it is asked for again.
 * @param {string|null} path @param {number} [every] milliseconds; without it, only when it is stale
 * @returns {Answer}
 */
export function useAnswer(path, every) {
  const found = path === null ? NOTHING : entry(path).signal.value;
  useEffect(() => {
    if (path === null) return undefined;
    if (Date.now() - entry(path).at > FRESH) reload(path);
    if (!every) return undefined;
    const timer = setInterval(() => document.hidden || reload(path), every);
    const seen = () => document.hidden || reload(path);
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [path, every]);
  return found;
}

/**
 * Keeps the feed of calls running while the page can be seen. The feed ends by itself now and then and is taken up again
 * where it stopped; a page that was hidden looks up what it missed.
 */
export function useFeed() {
  const signedIn = Boolean(session.value);
  useEffect(() => {
    if (!signedIn) return undefined;
    /** @type {EventSource|null} */
    let source = null;
    let waiting = 0;
    let opened = false;
    const close = () => {
      clearTimeout(waiting);
      source?.close();
      source = null;
    };
    let catching = false;
    const catchUp = () => {
      catching = true;
      return ask("GET", "logs?limit=100").then(({ logs }) => {
        merge(logs);
        liveness.value = "live";
      }, () => (liveness.value = "lost")).finally(() => (catching = false));
    };
    const open = () => {
      close();
      if (document.hidden) {
        liveness.value = "paused";
        return;
      }
      source = new EventSource("/admin/logs/stream");
      source.addEventListener("call", (event) => merge([JSON.parse(/** @type {MessageEvent} */ (event).data)]));
      source.onopen = () => {
        clearTimeout(waiting);
        if (liveness.value !== "live" && !catching) catchUp();
        opened = true;
        liveness.value = "live";
      };
      source.onerror = () => {
        const gone = source?.readyState === EventSource.CLOSED;
        clearTimeout(waiting);
        // Something in between lets no stream through: then the calls are asked for.
        if (gone && !opened) {
          waiting = setTimeout(() => catchUp().then(open), PACE);
          return;
        }
        // Between two feeds a moment passes; only what lasts is told.
        waiting = setTimeout(() => {
          liveness.value = "lost";
          resume().catch(() => {});
          if (gone) open();
        }, PATIENCE);
      };
    };
    document.addEventListener("visibilitychange", open);
    catchUp();
    open();
    return () => {
      document.removeEventListener("visibilitychange", open);
      close();
    };
  }, [signedIn]);
}

/** Rows by their ids; the newer word about a call counts. @param {Array<Record<string, any>>} rows */
function merge(rows) {
  const ended = new Set(calls.value.filter((row) => row.state !== "open").map((row) => row.id));
  const news = rows.filter((row) => !(row.state === "open" && ended.has(row.id)));
  if (!news.length) return;
  const ids = new Set(news.map((row) => row.id));
  calls.value = [...news, ...calls.value.filter((row) => !ids.has(row.id))].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, MOST_CALLS);
}

/** @type {Answer} */
const NOTHING = { data: undefined, error: null };
/** Milliseconds for which an answer is taken for true. */
const FRESH = 1500;
/** Milliseconds without a feed until that is worth a word. */
const PATIENCE = 4000;
const PACE = 2000;
const MOST_CALLS = 500;
const MOST_STORED = 60;
