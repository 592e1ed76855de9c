//! The grammar of a Responses stream. PROTOCOLS.md B4.

use serde_json::{Value, json};

/// Begins with `created`; every item is added, grows, and is done, one after the other; every delta is in the `done`
/// event that follows it; the last event repeats all items.
pub(super) fn check_responses(events: &[(String, String)], ended: bool, text: &str) {
    let mut open: Option<Growing> = None;
    let (mut items, mut over) = (Vec::new(), false);
    for (n, (name, data)) in events.iter().enumerate() {
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(
            (data["type"].as_str(), &data["sequence_number"]),
            (Some(name.as_str()), &json!(n)),
            "{text}"
        );
        assert!(!over, "nothing follows the end\n{text}");
        let event = name.strip_prefix("response.").unwrap();
        match (n, event) {
            (0, "created") | (1, "in_progress") => {
                assert_eq!(data["response"]["status"], "in_progress", "{text}");
                continue;
            }
            (0 | 1, _) => panic!("begins with {event}\n{text}"),
            _ => {}
        }
        match event {
            "output_item.added" => {
                assert!(open.is_none() && data["output_index"] == json!(items.len()), "{text}");
                open = Some(Growing { item: data["item"].clone(), ..Growing::default() });
            }
            "output_item.done" => {
                let grown = open.take().unwrap();
                assert_eq!(data["output_index"], json!(items.len()), "{text}");
                grown.check(&data["item"], text);
                items.push(data["item"].clone());
            }
            "completed" | "incomplete" | "failed" => {
                let response = &data["response"];
                assert_eq!(response["status"], event, "{text}");
                assert_eq!(response["output"], json!(items), "{text}");
                assert_eq!(response["usage"]["total_tokens"].is_u64(), event != "failed", "{text}");
                assert_eq!(response["error"]["message"].is_string(), event == "failed", "{text}");
                assert!(open.is_none() || event == "failed", "{text}");
                over = true;
            }
            _ => open.as_mut().unwrap().event(event, &data, items.len(), text),
        }
    }
    assert_eq!(over, ended, "{text}");
}

#[derive(Default)]
struct Growing {
    item: Value,
    part: bool,
    said: String,
    done: bool,
}

impl Growing {
    fn event(&mut self, event: &str, data: &Value, index: usize, text: &str) {
        assert_eq!((&data["item_id"], &data["output_index"]), (&self.item["id"], &json!(index)), "{text}");
        match event.rsplit_once('.').unwrap() {
            ("content_part" | "reasoning_summary_part", "added") => {
                assert!(!self.part, "{text}");
                self.part = true;
            }
            ("content_part" | "reasoning_summary_part", _) => {
                let part = &data["part"];
                let said = part["text"].as_str().or(part["refusal"].as_str());
                assert!(self.done && said == Some(&self.said), "{text}");
            }
            (what, "delta") => {
                let call = matches!(what, "function_call_arguments" | "custom_tool_call_input");
                assert!(!self.done && self.part != call, "{text}");
                self.said.push_str(data["delta"].as_str().unwrap());
            }
            (_, "done") => {
                let whole =
                    ["text", "refusal", "arguments", "input"].iter().find_map(|key| data[*key].as_str());
                assert_eq!(whole, Some(self.said.as_str()), "{text}");
                self.done = true;
            }
            other => panic!("{other:?}\n{text}"),
        }
    }

    fn check(&self, item: &Value, text: &str) {
        assert_eq!((&item["id"], &item["type"]), (&self.item["id"], &self.item["type"]), "{text}");
        assert!(self.done || self.said.is_empty(), "{text}");
        let part = item["content"].get(0).unwrap_or(&item["summary"][0]);
        let whole = ["text", "refusal"].iter().find_map(|key| part[*key].as_str());
        let whole = whole.or(item["arguments"].as_str()).or(item["input"].as_str());
        assert_eq!(whole.unwrap_or_default(), self.said, "{text}");
    }
}
