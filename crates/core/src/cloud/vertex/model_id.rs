//! What a model is called on Vertex AI: older ones carry their date behind an `@`.

use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{Name, VERTEX_MODEL};

/// The name to call for `model`: what the operator mapped, otherwise the vendor's name with its date as Vertex AI writes it.
///
/// # Errors
/// What is wrong, to be written behind the model.
pub fn of(model: &str, map: &ModelMap) -> Result<Name, &'static str> {
    if let Some(mapped) = map.get(model) {
        return Ok(mapped.clone());
    }
    let bare = model.strip_prefix("models/").unwrap_or(model);
    if let Some((_, date)) = DATED.iter().find(|(name, _)| *name == bare) {
        return VERTEX_MODEL.check(&format!("{bare}@{date}"));
    }
    match bare.rsplit_once('-') {
        Some((name, date))
            if bare.starts_with("claude-") && date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) =>
        {
            VERTEX_MODEL.check(&format!("{name}@{date}"))
        }
        _ => VERTEX_MODEL.check(bare),
    }
}

/// Those that are not to be had without a date.
/// Source: docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude.
static DATED: &[(&str, &str)] = &[
    ("claude-opus-4-5", "20251101"),
    ("claude-sonnet-4-5", "20250929"),
    ("claude-haiku-4-5", "20251001"),
    ("claude-opus-4-1", "20250805"),
    ("claude-opus-4", "20250514"),
    ("claude-sonnet-4", "20250514"),
];
