//! What `/metrics` reads: sums of the counters per day, and the counters of its own. Nothing here looks at calls.

use crate::ports::Statement;
use crate::tally::Key;
use crate::time::UnixMs;

/// Adds to one counter.
pub(crate) fn add(key: &Key, value: i64) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_metrics (series, label, bucket, value) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (series, label, bucket) DO UPDATE SET value = proxy_agent_metrics.value + excluded.value",
        vec![key.series.into(), key.label.into(), key.bucket.into(), value.clamp(0, EXACT).into()],
    )
}

/// One batch: per provider, per provider and model, all counters, and how many tokens and stored credentials may
/// be used. Columns of
/// the first two: requests, prompt tokens, completion tokens, nano-dollars, provider, and in the second the model.
pub(crate) fn read(now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", provider FROM proxy_agent_usage GROUP BY provider ORDER BY provider"
            ),
            vec![],
        ),
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", provider, model FROM proxy_agent_usage WHERE model <> '' GROUP BY provider, model \
                 ORDER BY cost DESC, requests DESC, provider, model LIMIT ?1"
            ),
            vec![MOST_MODELS.into()],
        ),
        Statement::new(
            "SELECT series, label, bucket, value FROM proxy_agent_metrics ORDER BY series, label, bucket",
            vec![],
        ),
        Statement::new(
            "SELECT COUNT(*) AS active, \
             (SELECT COUNT(*) FROM proxy_agent_keys WHERE disabled_ms IS NULL) AS stored FROM proxy_agent_tokens \
             WHERE revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?1)",
            vec![now.0.into()],
        ),
    ]
}

macro_rules! sums {
    () => {
        "SUM(requests) AS requests, SUM(prompt_tokens) AS prompt, SUM(completion_tokens) AS completion, SUM(cost_nano) AS cost"
    };
}
use sums;

/// D1 takes no greater number, and one that is refused would keep all counts from being written: a clock set forward
/// must not do that.
const EXACT: i64 = (1 << 53) - 1;
const MOST_MODELS: i64 = 400;
