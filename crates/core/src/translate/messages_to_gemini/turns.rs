//! The conversation. Google's thought signatures travel through it as signatures of thinking blocks, which callers
//! return unread, each before the call it belongs to.

use super::parts::{self, Gemini};
use crate::problem::Problem;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_text};
use crate::translate::gemini::carrier::{self, Kind};
use crate::translate::gemini::contents::Contents;
use crate::translate::gemini::name;
use crate::translate::messages_content::{self, note_hints, unknown};
use crate::translate::{Dropped, Memo};
use serde_json::{Value, json};

pub(super) struct Turns<'a> {
    pub(super) memo: &'a mut Memo,
    pub(super) dropped: &'a mut Dropped,
    pub(super) contents: Contents,
}

impl Turns<'_> {
    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        if message.get("output_config").is_some_and(field::says_something) {
            self.dropped.add("messages[].output_config");
        }
        let content = take(&mut message, "content").unwrap_or_else(|| Value::Array(Vec::new()));
        let role = field::text(&message, "role");
        if role == "system" {
            for text in messages_content::system(content, self.dropped)? {
                self.contents.remark(&text);
            }
            return Ok(());
        }
        let blocks = match content {
            Value::String(text) => vec![json!({"type": "text", "text": text})],
            Value::Array(blocks) => blocks,
            _ => {
                let at = format!("messages[{index}].content");
                return Err(refused(at, "must be a string or a list of blocks"));
            }
        };
        let mut signature = None;
        for (part, block) in blocks.into_iter().enumerate() {
            let at = At { message: index, part };
            let block = field::object(block, at)?;
            match role {
                "user" => self.user(block, at)?,
                "assistant" => self.assistant(block, &mut signature, at)?,
                _ => {
                    let at = format!("messages[{index}].role");
                    return Err(refused(at, "must be user, assistant or system"));
                }
            }
        }
        Ok(())
    }

    fn user(&mut self, mut block: Object, at: At) -> Result<(), Problem> {
        if field::text(&block, "type") != "tool_result" {
            for part in messages_content::user::<Gemini>(block, at, self.dropped)? {
                self.contents.say(part);
            }
            return Ok(());
        }
        note_hints(&block, self.dropped);
        let id = need_text(&mut block, "tool_use_id", at)?;
        let outcome = parts::tool_result(block, at, self.dropped)?;
        self.contents.answer(id, outcome);
        Ok(())
    }

    fn assistant(
        &mut self,
        mut block: Object,
        signature: &mut Option<String>,
        at: At,
    ) -> Result<(), Problem> {
        note_hints(&block, self.dropped);
        let kind = take_text(&mut block, "type").unwrap_or_default();
        match kind.as_str() {
            "text" => self.contents.model_text(need_text(&mut block, "text", at)?),
            "tool_use" => {
                let (id, sent) = (need_text(&mut block, "id", at)?, need_text(&mut block, "name", at)?);
                let args = take(&mut block, "input").unwrap_or_else(|| json!({}));
                self.contents.call(id, name::sent(sent, self.memo), args, signature.take());
            }
            "thinking" => match carrier::unpack(Kind::Google, field::text(&block, "signature")) {
                Some(Value::String(carried)) => *signature = Some(carried),
                // Gemini does not want to read its thoughts again; another's it could not.
                _ if field::text(&block, "signature").is_empty() => {}
                _ => self.dropped.add("thinking blocks"),
            },
            "redacted_thinking" => self.dropped.add("thinking blocks"),
            _ if is_of_server_tool(&kind) => self.dropped.add("server tool blocks"),
            _ => return Err(unknown(at, &kind)),
        }
        Ok(())
    }
}

/// By prefix and ending: each has dated and renamed kin.
fn is_of_server_tool(kind: &str) -> bool {
    matches!(kind, "server_tool_use" | "mcp_tool_use")
        || (kind.ends_with("_tool_result") && kind != "tool_result")
}
