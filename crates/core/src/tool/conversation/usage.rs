//! What several turns used, in whatever words the dialect has for it.

use serde_json::Value;

/// Adds every number of `more` to the one of the same name; what is no number stays as the first turn said it.
pub(super) fn add(total: &mut Value, more: &Value) {
    match (total, more) {
        (total @ Value::Null, more) => *total = more.clone(),
        (Value::Object(total), Value::Object(more)) => {
            for (name, value) in more {
                add(total.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Number(total), Value::Number(more)) => {
            let whole = total.as_u64().zip(more.as_u64()).map(|(a, b)| a.saturating_add(b).into());
            let broken = || {
                let sum = total.as_f64().unwrap_or_default() + more.as_f64().unwrap_or_default();
                serde_json::Number::from_f64(sum)
            };
            if let Some(sum) = whole.or_else(broken) {
                *total = sum;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_add_up_and_words_stay() {
        let mut total = Value::Null;
        for turn in [
            json!({"input": 3, "cost": 0.25, "tier": "a", "details": {"cached": 1}, "none": null}),
            json!({"input": 4, "cost": 0.5, "tier": "b", "details": {"cached": 2, "audio": 5}, "none": 1}),
            Value::Null,
        ] {
            add(&mut total, &turn);
        }
        assert_eq!(
            total,
            json!({"input": 7, "cost": 0.75, "tier": "a", "details": {"cached": 3, "audio": 5}, "none": 1})
        );
    }
}
