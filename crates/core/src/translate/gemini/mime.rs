//! What is behind an address or inside a data URL.

use serde_json::{Value, json};

/// A file by its address. Its type is told by the ending, where that says something; Google looks itself otherwise.
pub(crate) fn file(uri: String) -> Value {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match TYPES.iter().find(|(known, _)| *known == ending) {
        Some((_, mime)) => json!({"fileData": {"mimeType": mime, "fileUri": uri}}),
        None => json!({"fileData": {"fileUri": uri}}),
    }
}

/// What is inside a base64 data URL.
pub(crate) fn inline(url: &str) -> Option<Value> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let head = head.strip_suffix(";base64")?;
    let mime = head.split(';').next().unwrap_or(head);
    Some(json!({"inlineData": {"mimeType": mime, "data": data}}))
}

const TYPES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("pdf", "application/pdf"),
];
