// Who changed what, in a record that shows whether somebody changed it.
import { html, useState } from "./vendor.js";
import { ask, useAnswer } from "./api.js";
import { count } from "./format.js";
import { Empty, Table, Trouble, When } from "./ui.js";

export function Audit() {
  const { data, error } = useAnswer("audit?limit=200", 20_000);
  const [verdict, setVerdict] = useState(/** @type {any} */ (null));
  const [trouble, setTrouble] = useState(/** @type {any} */ (null));
  const verify = async () => {
    setTrouble(null);
    try {
      let [entries, found] = [0, /** @type {any} */ (null)];
      for (let from = /** @type {number|null} */ (1); from !== null; from = found.ok ? found.next : null) {
        found = await ask("GET", `audit/verify?from=${from}`);
        entries += found.entries;
      }
      setVerdict({ ...found, entries });
    } catch (why) {
      setTrouble(why);
    }
  };
  const columns = [
    { head: "What", cell: (/** @type {any} */ e) => html`<strong>${e.action}</strong> <span class="mono small">${e.subject}</span>` },
    { head: "By", cell: (/** @type {any} */ e) => html`<span class="small">${e.actor}</span>` },
    { head: "When", cell: (/** @type {any} */ e) => html`<${When} at=${e.ts_ms} />` },
    { head: "Details", class: "wide", cell: (/** @type {any} */ e) => html`<code class="small muted">${JSON.stringify(e.detail)}</code>` },
  ];
  return html`<div class="stack"><div class="row"><p class="muted grow">Each entry holds the hash of the one before, so that a changed or missing one is found.</p><button type="button" onClick=${verify}>Verify</button></div>
    <div role="status">${verdict && html`<p class=${`note ${verdict.ok ? "ok" : "bad"}`}>${verdict.ok ? `All ${count(verdict.entries)} entries are as they were written.` : verdict.altered?.message}</p>`}</div>
    <${Trouble} error=${trouble ?? error} />
    <div class="card flush"><${Table} label="Audit log" rows=${data?.entries} id=${(/** @type {any} */ e) => String(e.seq)} columns=${columns} empty=${html`<${Empty} title="Nothing was changed yet">Every change by an administrator is written down here.<//>`} /></div></div>`;
}
