//! The grammar of a Gemini stream. PROTOCOLS.md C3, CLIENTS.md R8.

use serde_json::Value;

/// Chunks of data only, in CRLF; the last one, and no other, has the finish reason and the usage, and may be without a
/// part. No part is empty.
pub(super) fn check_gemini(events: &[(String, String)], ended: bool, text: &str) {
    for line in text.split_terminator("\r\n").skip(1) {
        assert!(line.is_empty() || line.starts_with("data: {"), "{text}");
    }
    let mut over = false;
    for (name, data) in events {
        assert!(name.is_empty() && !over, "{text}");
        let chunk: Value = serde_json::from_str(data).unwrap();
        if chunk["error"].is_object() {
            assert!(chunk["error"]["code"].is_u64() && chunk["error"]["status"].is_string(), "{text}");
            over = true;
            continue;
        }
        assert!(chunk["responseId"].is_string() && chunk["modelVersion"] == "asked-model", "{text}");
        let candidate = &chunk["candidates"][0];
        assert_eq!(candidate["content"]["role"], "model", "{text}");
        let parts = candidate["content"]["parts"].as_array().unwrap();
        over = candidate["finishReason"].is_string();
        assert_eq!(chunk["usageMetadata"]["totalTokenCount"].is_u64(), over, "{text}");
        assert!(!parts.is_empty() || over, "{text}");
        for part in parts {
            let call = &part["functionCall"];
            let whole = call["id"].is_string() && call["name"].is_string() && call["args"].is_object();
            assert!(whole || part["text"].as_str().is_some_and(|text| !text.is_empty()), "{text}");
        }
    }
    assert_eq!(over, ended, "{text}");
}
