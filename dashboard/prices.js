// What models cost, and the operator's own prices before the table's.
import { html, useEffect, useState } from "./vendor.js";
import { ask, reloadAll, useAnswer } from "./api.js";
import { compact, money } from "./format.js";
import { Bones, Confirm, Dialog, Empty, Field, Icon, Link, Table, Trouble, to, toast } from "./ui.js";

export function Prices() {
  const [find, setFind] = useState("");
  const [asked, setAsked] = useState("");
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const { data, error } = useAnswer(`prices?find=${encodeURIComponent(asked)}`);
  const { data: all } = useAnswer("prices?find=");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(find.trim()), 250);
    return () => clearTimeout(timer);
  }, [find]);
  const usd = (/** @type {number} */ dollars) => html`<span class="num">${money(Math.round(dollars * 1e9))}</span>`;
  const columns = [
    { head: "Model", cell: (/** @type {any} */ p) => html`<${Link} class="mono" to=${to`/routing?try=${`${p.provider}:${p.model}`}`}>${p.provider}:${p.model}<//>` },
    { head: "In", class: "end", cell: (/** @type {any} */ p) => usd(p.input_usd) },
    { head: "Out", class: "end", cell: (/** @type {any} */ p) => usd(p.output_usd) },
    { head: "From a cache", class: "end", cell: (/** @type {any} */ p) => usd(p.cache_read_usd) },
    { head: "Into a cache", class: "end wide", cell: (/** @type {any} */ p) => usd(p.cache_write_usd) },
    { head: "Context", class: "end wide", cell: (/** @type {any} */ p) => html`<span class="num">${p.context ? compact(p.context) : "–"}</span>` },
  ];
  if (!all) return error ? html`<${Trouble} error=${error} />` : html`<${Bones} height=${60} count=${4} />`;
  return html`<div class="stack">
    <p class="muted">In dollars per million tokens. The table is of ${all.generated}${all.replaced ? ", put in the place of the one that shipped" : ""}, from ${all.sources.map((/** @type {any} */ s) => s.name).join(" and ")}.
      ${all.default_usd_per_million ? ` A model without a price costs ${money(all.default_usd_per_million[0] * 1e9)} in and ${money(all.default_usd_per_million[1] * 1e9)} out.` : " A model without a price is refused for tokens with a budget."}</p>
    ${all.own.length > 0 && html`<section class="card"><header><h2>Your own prices</h2></header><ul class="list">${all.own.map((/** @type {any} */ o) => html`<li><code class="grow">${o.name}</code><span class="muted small">${JSON.stringify(o.price)}</span><button type="button" class="danger" onClick=${() => setOpen({ remove: o.name })}>Remove</button></li>`)}</ul></section>`}
    <div class="row"><div class="search"><${Icon} name="search" /><input data-search aria-label="Find a model" placeholder="Find a model" value=${find} onInput=${(/** @type {any} */ e) => setFind(e.target.value)} /></div><button type="button" data-new class="primary" onClick=${() => setOpen({ add: true })}>Set a price</button></div>
    <${Trouble} error=${error} />
    <div class="card flush"><${Table} label="Prices" rows=${data?.prices.slice(0, MOST)} id=${(/** @type {any} */ p) => `${p.provider}:${p.model}`} columns=${columns} empty=${html`<${Empty} title="No such model">It has no price in the table. Set one, and tokens with a budget may use it.<//>`} /></div>
    ${data?.prices.length > MOST && html`<p class="muted small">${MOST} of ${data.prices.length}.</p>`}
    ${open?.add && html`<${SetPrice} name=${find} onClose=${() => setOpen(null)} />`}
    ${open?.remove && html`<${Confirm} title=${`Remove your price of ${open.remove}?`} action="Remove" onClose=${() => setOpen(null)} onDo=${async () => { await ask("DELETE", `prices/${encodeURIComponent(open.remove)}`); await reloadAll("prices"); }}>From the next call on the table’s price counts, if it has one.<//>`}</div>`;
}

/** @param {any} props */
function SetPrice({ name, onClose }) {
  const [form, setForm] = useState({ name: name.includes(":") ? name : "", input: "", output: "", cached: "" });
  const [error, setError] = useState(/** @type {any} */ (null));
  const set = (/** @type {string} */ field) => (/** @type {any} */ e) => setForm((f) => ({ ...f, [field]: e.target.value }));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await ask("PUT", `prices/${encodeURIComponent(form.name.trim())}`, { in: Number(form.input), out: Number(form.output), ...(form.cached === "" ? {} : { cr: Number(form.cached) }) });
      await reloadAll("prices");
      toast(`${form.name} has a price. It counts from the next call on.`);
      onClose();
    } catch (why) {
      setError(why);
    }
  };
  return html`<${Dialog} title="Set a price" onClose=${onClose}><form class="stack wide" onSubmit=${submit}>
    <${Field} label="Model" hint="provider:model; * is any run of characters." required class="mono" spellcheck="false" autocomplete="off" value=${form.name} onInput=${set("name")} placeholder="openai:gpt-x*" />
    <div class="fields"><${Field} label="In" required inputmode="decimal" value=${form.input} onInput=${set("input")} /><${Field} label="Out" required inputmode="decimal" value=${form.output} onInput=${set("output")} />
      <${Field} label="From a cache" hint="Empty: as in." inputmode="decimal" value=${form.cached} onInput=${set("cached")} /></div><p class="muted small">Dollars per million tokens.</p>
    <${Trouble} error=${error} /><footer class="row" style=${{ justifyContent: "flex-end" }}><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save</button></footer></form><//>`;
}

const MOST = 200;
