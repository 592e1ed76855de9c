// Numbers, money and times as people read them. Pure functions.

/** Dollars from nano-dollars: two decimals, more below a cent so that small amounts do not read as nothing. @param {number} nano */
export function money(nano) {
  const dollars = nano / 1e9;
  const size = Math.abs(dollars);
  if (size === 0) return "$0.00";
  if (size < 0.01) return `$${dollars.toPrecision(2).includes("e") ? dollars.toFixed(9) : Number(dollars.toPrecision(2)).toFixed(Math.min(9, 1 - Math.floor(Math.log10(size))))}`;
  if (size < 10_000) return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${compact(dollars)}`;
}

/** @param {number} n */
export const count = (n) => n.toLocaleString("en-US");

/** 12.3k, 4.5M. @param {number} n */
export function compact(n) {
  for (const [size, letter] of /** @type {Array<[number, string]>} */ ([[1e9, "G"], [1e6, "M"], [1e3, "k"]])) {
    if (Math.abs(n) >= size) return `${(n / size).toFixed(Math.abs(n) < 10 * size ? 1 : 0)}${letter}`;
  }
  return String(Math.round(n));
}

/** @param {number|null|undefined} ms */
export function span(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** In one unit. @param {number} ms */
export function rough(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  for (const [size, name] of /** @type {Array<[number, string]>} */ ([[86_400, "d"], [3600, "h"], [60, "min"]])) {
    if (seconds >= size * (size === 86_400 ? 2 : 1)) return `${Math.round(seconds / size)} ${name}`;
  }
  return `${seconds} s`;
}

/** "4 s ago", "in 6 d". @param {number|null|undefined} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  if (!at) return "never";
  const past = now - at;
  if (Math.abs(past) < 2000) return "now";
  return past > 0 ? `${rough(past)} ago` : `in ${rough(-past)}`;
}

/** @param {number} at */
export const clock = (at) => new Date(at).toLocaleTimeString("en-GB");

/** @param {number} at */
export const exact = (at) => new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** What a slot's label says: the time within a day, else the day. @param {number} at @param {number} slot */
export const slotName = (at, slot) =>
  slot >= 86_400_000
    ? new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })
    : new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** " a month", for what has a budget. @param {Record<string, any>} one */
export const per = (one) => (one.budget_window ? (/d$/.test(one.budget_window) ? ` in ${one.budget_window.slice(0, -1)} d` : ` a ${one.budget_window}`) : "");

/** The state of a token in words. @param {Record<string, any>} token @param {number} [now] @returns {{word: string, tone: string}} */
export function tokenState(token, now = Date.now()) {
  if (token.status !== "active") return { word: token.status, tone: token.status === "exhausted" ? "bad" : "off" };
  const left = (token.expires_ms ?? Infinity) - now;
  if (left < 3 * 86_400_000 && left < 0.25 * (token.expires_ms - token.created_ms)) return { word: "expires soon", tone: "warn" };
  if (token.budget_nano && (token.spent_nano + token.held_nano) / token.budget_nano >= 0.9) return { word: "near cap", tone: "warn" };
  return { word: "active", tone: "ok" };
}

/** How a call went. @param {Record<string, any>} call @returns {{word: string, tone: string}} */
export function outcome(call) {
  if (call.state === "open") return { word: "running", tone: "warn" };
  if (call.state === "refused") return { word: `${call.status} refused`, tone: "warn" };
  if (call.state === "orphaned") return { word: "lost", tone: "bad" };
  if (call.error) return { word: call.status < 400 ? `${call.status} cut` : String(call.status), tone: "bad" };
  return { word: String(call.status ?? "–"), tone: "ok" };
}
