//! What a body makes a model read beyond its own bytes: pictures and files that it only names, pages that the provider's
//! own tools fetch. Found by the parts' types; a type spelt in escapes is missed, and its call is charged no more than
//! it held.

use crate::meter::json::{elements, members, word};

/// Input that the bytes of a body do not show.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    pub images: u64,
    pub files: u64,
    /// Searches and fetches that the provider may do.
    pub searches: u64,
}

impl Beyond {
    /// Looks for parts of these types. What a text quotes has its quotes escaped, and is not found.
    pub(super) fn in_body(body: &[u8]) -> Self {
        let count = |types: &[&str]| {
            let hits =
                types.iter().map(|kind| memchr::memmem::find_iter(body, kind.as_bytes()).count() as u64);
            hits.sum()
        };
        Self { images: count(IMAGES), files: count(FILES), searches: 0 }
    }
}

/// How many searches a list of tools allows: as many as each says, or [`USUAL`].
pub(super) fn searches(tools: &[u8]) -> u64 {
    elements(tools).map(uses).fold(0, u64::saturating_add)
}

fn uses(tool: &[u8]) -> u64 {
    let (mut fetches, mut most) = (false, None);
    for (name, value) in members(tool) {
        match name {
            b"type" => {
                fetches |= word(value).is_some_and(|kind| FETCHING.iter().any(|own| kind.starts_with(own)))
            }
            b"max_uses" => most = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()),
            name => fetches |= GEMINI.iter().any(|own| own.as_bytes() == name),
        }
    }
    if fetches { most.unwrap_or(USUAL) } else { 0 }
}

const IMAGES: &[&str] = &[
    r#""type":"image""#,
    r#""type": "image""#,
    r#""type":"image_url""#,
    r#""type": "image_url""#,
    r#""type":"input_image""#,
    r#""type": "input_image""#,
    r#""inlineData":"#,
    r#""inline_data":"#,
];
const FILES: &[&str] = &[
    r#""type":"document""#,
    r#""type": "document""#,
    r#""type":"file""#,
    r#""type": "file""#,
    r#""type":"input_file""#,
    r#""type": "input_file""#,
    r#""fileData":"#,
    r#""file_data":{"#,
];
/// Tools that a provider runs itself, by the beginning of their types.
const FETCHING: &[&str] =
    &["web_search", "web_fetch", "file_search", "code_execution", "code_interpreter", "mcp"];
/// Gemini's, by their names.
const GEMINI: &[&str] = &[
    "googleSearch",
    "google_search",
    "googleSearchRetrieval",
    "google_search_retrieval",
    "urlContext",
    "url_context",
    "codeExecution",
    "code_execution",
];
/// Where a tool names no limit.
const USUAL: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_table() {
        for (body, images, files) in [
            (r#"{"messages":[{"content":"\"type\":\"image\""}]}"#, 0, 0),
            (r#"{"content":[{"type":"image","source":{"type":"url"}},{"type": "image"}]}"#, 2, 0),
            (r#"{"content":[{"type":"image_url","image_url":{"url":"http://x"}}]}"#, 1, 0),
            (r#"{"content":[{"type":"input_image"},{"type":"input_file","file_url":"http://x"}]}"#, 1, 1),
            (r#"{"content":[{"type":"document","source":{"type":"url"}}]}"#, 0, 1),
            (r#"{"parts":[{"inlineData":{}},{"fileData":{"fileUri":"x"}}]}"#, 1, 1),
        ] {
            let found = Beyond::in_body(body.as_bytes());
            assert_eq!((found.images, found.files), (images, files), "{body}");
        }
    }

    #[test]
    fn tools_table() {
        for (tools, want) in [
            ("[]", 0),
            (r#"[{"type":"function","name":"web_search"},{"name":"Bash","input_schema":{}}]"#, 0),
            (r#"[{"type":"bash_20250124","name":"bash"}]"#, 0),
            (r#"[{"type":"web_search_20250305","name":"web_search","max_uses":8}]"#, 8),
            (r#"[{"type":"web_search"},{"type":"web_fetch_20250910","max_uses":2}]"#, 7),
            (r#"[{"functionDeclarations":[]},{"googleSearch":{}}]"#, 5),
            (r#"[{"type":"web_search","max_uses":18446744073709551615},{"type":"mcp"}]"#, u64::MAX),
        ] {
            assert_eq!(searches(tools.as_bytes()), want, "{tools}");
        }
    }
}
