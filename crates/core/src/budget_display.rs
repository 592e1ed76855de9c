//! How much of a token's budget is used, in the headers that Claude Code shows ("used NN %").
//! Source: code.claude.com/docs/en/llm-gateway-protocol.

use crate::money::Nano;
use crate::ports::{Row, StoreError};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A token's budget as an admission found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    spent: Nano,
    budget: Nano,
}

impl Standing {
    /// Reads the last row of an admission.
    pub(crate) fn from_row(row: &Row) -> Result<Option<Self>, StoreError> {
        let spent = Nano(row.int(0)?);
        Ok(row.maybe_int(1)?.map(|budget| Self { spent, budget: Nano(budget) }))
    }

    /// What running calls hold is not used yet, so it is not counted.
    pub(crate) fn show(self, headers: &mut HeaderMap) {
        let used = percent(self.spent, self.budget);
        let (status, surpassed) = match used {
            95.. => ("allowed_warning", Some("0.95")),
            75.. => ("allowed_warning", Some("0.75")),
            _ => ("allowed", None),
        };
        let mut set = |name, value| headers.insert(HeaderName::from_static(name), value);
        set("anthropic-ratelimit-unified-status", HeaderValue::from_static(status));
        set("anthropic-ratelimit-unified-representative-claim", HeaderValue::from_static("overage"));
        set("anthropic-ratelimit-unified-overage-status", HeaderValue::from_static(status));
        if let Ok(value) = HeaderValue::from_str(&format!("0.{used:02}")) {
            set("anthropic-ratelimit-unified-overage-utilization", value);
        }
        if let Some(surpassed) = surpassed {
            let value = HeaderValue::from_static(surpassed);
            set("anthropic-ratelimit-unified-overage-surpassed-threshold", value);
        }
    }
}

/// 0 to 99: a call that was admitted has not used up its budget.
fn percent(spent: Nano, budget: Nano) -> i64 {
    let used = i128::from(spent.0).saturating_mul(100).checked_div(i128::from(budget.0)).unwrap_or(0);
    i64::try_from(used.clamp(0, 99)).unwrap_or(99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_table() {
        for (spent, budget, used, status, surpassed) in [
            (0, 100, "0.00", "allowed", None),
            (0, 0, "0.00", "allowed", None),
            (749, 1000, "0.74", "allowed", None),
            (750, 1000, "0.75", "allowed_warning", Some("0.75")),
            (949, 1000, "0.94", "allowed_warning", Some("0.75")),
            (950, 1000, "0.95", "allowed_warning", Some("0.95")),
            (5000, 1000, "0.99", "allowed_warning", Some("0.95")),
        ] {
            let mut headers = HeaderMap::new();
            Standing { spent: Nano(spent), budget: Nano(budget) }.show(&mut headers);
            let get = |name: &str| {
                headers.get(format!("anthropic-ratelimit-unified-{name}")).map(|v| v.to_str().unwrap())
            };
            assert_eq!(get("overage-utilization"), Some(used));
            assert_eq!((get("status"), get("overage-status")), (Some(status), Some(status)));
            assert_eq!(get("overage-surpassed-threshold"), surpassed);
        }
    }
}
