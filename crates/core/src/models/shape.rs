//! Lists of models in each vendor's shape. Sources: platform.claude.com/docs/en/api/models-list,
//! platform.openai.com/docs/api-reference/models, ai.google.dev/api/models.

use super::Listed;
use crate::dialect::Dialect;
use crate::price::Price;
use serde_json::{Value, json};

/// All of them. Anthropic's SDKs page with `limit` and `after_id`; the others get everything at once.
pub(super) fn list(dialect: Dialect, listed: &[Listed<'_>], query: &str) -> Value {
    match dialect {
        Dialect::Messages => {
            let ask = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
            let after = ask("after_id=").and_then(|id| listed.iter().position(|one| one.id == id));
            let begin = after.map_or(0, |place| place + 1);
            let limit = ask("limit=").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX).max(1);
            let page: Vec<&Listed<'_>> = listed.iter().skip(begin).take(limit).collect();
            json!({
                "data": page.iter().map(|listed| one(dialect, listed)).collect::<Vec<_>>(),
                "has_more": begin + page.len() < listed.len(),
                "first_id": page.first().map(|listed| &listed.id),
                "last_id": page.last().map(|listed| &listed.id),
            })
        }
        Dialect::Gemini => json!({ "models": all(dialect, listed) }),
        Dialect::Chat | Dialect::Responses => json!({ "object": "list", "data": all(dialect, listed) }),
    }
}

/// One of them.
pub(super) fn one(dialect: Dialect, listed: &Listed<'_>) -> Value {
    let id = &listed.id;
    let context = listed.price.and_then(Price::context);
    let output = listed.price.and_then(Price::max_output);
    match dialect {
        Dialect::Messages => json!({
            "type": "model",
            "id": id,
            "display_name": id,
            // The documented value for a date that is not known.
            "created_at": "1970-01-01T00:00:00Z",
            "max_input_tokens": context,
            "max_tokens": output,
        }),
        Dialect::Gemini => json!({
            "name": format!("models/{id}"),
            "version": "",
            "displayName": id,
            "inputTokenLimit": context,
            "outputTokenLimit": output,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        }),
        Dialect::Chat | Dialect::Responses => json!({
            "id": id,
            "object": "model",
            "created": 0,
            "owned_by": listed.provider.name,
        }),
    }
}

fn all(dialect: Dialect, listed: &[Listed<'_>]) -> Vec<Value> {
    listed.iter().map(|listed| one(dialect, listed)).collect()
}
