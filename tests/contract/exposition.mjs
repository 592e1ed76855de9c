// A strict reader of OpenMetrics text, as far as counters, gauges and histograms go: whatever a scraper may refuse throws.
import assert from "node:assert/strict";

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SUFFIXES = { counter: ["_total"], gauge: [""], histogram: ["_bucket", "_sum", "_count"] };

/** `{families: {name: type}, samples: Map("name{labels}" → text of the value)}` */
export function read(text) {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the text ends with a line feed");
  assert.equal(lines.pop(), "# EOF");
  const families = {};
  const samples = new Map();
  let family, help;
  for (const line of lines) {
    const head = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (head?.[1] === "HELP") {
      assert.match(head[2], NAME);
      assert.ok(!(head[2] in families), `${head[2]} comes once, and in one piece`);
      help = head[2];
    } else if (head) {
      assert.equal(head[2], help, "TYPE follows its own HELP");
      assert.ok(head[3] in SUFFIXES, line);
      assert.ok(head[3] !== "counter" || !head[2].endsWith("_total"), line);
      family = head[2];
      families[family] = head[3];
    } else {
      const [, name, labels = "", value] = /^([^{ ]+)(\{.*\})? (\S+)$/.exec(line) ?? assert.fail(`no sample: ${line}`);
      assert.ok(SUFFIXES[families[family]].some((suffix) => name === family + suffix), `${name} within ${family}`);
      assert.match(labels, /^$|^\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*")(,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\}$/);
      assert.match(value, /^\d+(\.\d+)?$/);
      assert.ok(!samples.has(name + labels), `${name}${labels} comes once`);
      samples.set(name + labels, value);
    }
  }
  histograms(families, samples);
  return { families, samples };
}

/** Buckets grow, and the last one is the count. */
function histograms(families, samples) {
  for (const name of Object.keys(families).filter((name) => families[name] === "histogram")) {
    const groups = new Map();
    for (const [key, value] of samples) {
      const bucket = new RegExp(`^${name}_bucket\\{(.*),?le="([^"]+)"\\}$`).exec(key);
      if (!bucket) continue;
      const labels = bucket[1].replace(/,$/, "");
      assert.match(bucket[2], /^(\d+\.\d+|\+Inf)$/, "a bound is a canonical float");
      groups.set(labels, [...(groups.get(labels) ?? []), { le: Number(bucket[2].replace("+Inf", "Infinity")), count: Number(value) }]);
    }
    for (const [labels, buckets] of groups) {
      buckets.reduce((last, next) => {
        assert.ok(next.le > last.le && next.count >= last.count, `${name} ${labels}`);
        return next;
      });
      assert.equal(buckets.at(-1).le, Infinity);
      assert.equal(samples.get(`${name}_count{${labels}}`), String(buckets.at(-1).count));
    }
  }
}
