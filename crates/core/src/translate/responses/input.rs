//! The input of a Responses request, item by item. What OpenAI keeps or ran is told apart from what the caller said.

use super::parts::{self, At, Part};
use super::tools::Tools;
use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_text};
use crate::translate::{Dropped, Memo, arguments};
use serde_json::Value;

/// One item that means something to any upstream.
#[derive(Debug)]
pub(crate) enum Item {
    System(Vec<String>),
    User(Vec<Part>),
    Assistant(Vec<String>),
    Reasoning(Object),
    Call { id: String, name: String, input: Input },
    Output { id: String, parts: Vec<Part> },
}

/// What a call was given.
#[derive(Debug)]
pub(crate) enum Input {
    Arguments(String),
    /// Of a custom tool.
    Free(String),
}

/// Takes the input out of the body, and the tools that stand in it.
///
/// # Errors
/// When it is no string and no list, or has a tool without a name.
pub(crate) fn take_input(
    body: &mut Object,
    tools: &mut Tools,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<Vec<Value>, Problem> {
    tools.read(take_list(body, "tools")?, memo, dropped)?;
    let mut items = match take(body, "input") {
        None => Vec::new(),
        Some(Value::String(text)) => {
            let mut message = Object::new();
            message.insert("role".into(), "user".into());
            message.insert("content".into(), text.into());
            vec![Value::Object(message)]
        }
        Some(Value::Array(items)) => items,
        Some(_) => return Err(refused("input", "must be a string or a list of items")),
    };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        if matches!(field::text(item, "type"), "additional_tools" | "tool_search_output") {
            tools.read(take_list(item, "tools")?, memo, dropped)?;
        }
    }
    Ok(items)
}

/// Reads one item; `None` for one that the upstream can do without.
///
/// # Errors
/// For an item that it cannot do without, and cannot have.
pub(crate) fn read(
    index: usize,
    item: Value,
    tools: &mut Tools,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<Option<Item>, Problem> {
    let at = At(index);
    let mut item = field::object(item, at)?;
    let kind = take_text(&mut item, "type").unwrap_or_default();
    Ok(Some(match kind.as_str() {
        "" | "message" => message(at, item, dropped)?,
        "reasoning" => Item::Reasoning(item),
        "function_call" | "custom_tool_call" => {
            let id = need_text(&mut item, "call_id", at)?;
            let name = need_text(&mut item, "name", at)?;
            let namespace = take_text(&mut item, "namespace").unwrap_or_default();
            let name = tools.sent(&namespace, name, memo)?;
            let input = if kind == "function_call" {
                Input::Arguments(arguments::as_text(take(&mut item, "arguments")))
            } else {
                Input::Free(take_text(&mut item, "input").unwrap_or_default())
            };
            Item::Call { id, name, input }
        }
        "function_call_output" | "custom_tool_call_output" => {
            let id = need_text(&mut item, "call_id", at)?;
            Item::Output { id, parts: parts::read(at, take(&mut item, "output"), dropped)? }
        }
        "additional_tools" => return Ok(None),
        _ if is_of_hosted_tool(&kind) => {
            dropped.add_field(&format!("{kind} items"));
            return Ok(None);
        }
        "item_reference" => {
            return Err(refused(at, "it names an item that is kept at OpenAI; send the item itself"));
        }
        "compaction" | "compaction_summary" | "context_compaction" => {
            return Err(refused(
                at,
                "only OpenAI can read the conversation it compacted; send the conversation itself",
            ));
        }
        "compaction_trigger" => {
            return Err(refused(
                at,
                "this model cannot compact a conversation for the caller; compact it locally",
            ));
        }
        _ => return Err(refused(at, format_args!("a {kind:?} item cannot be sent to this model"))),
    }))
}

fn message(at: At, mut item: Object, dropped: &mut Dropped) -> Result<Item, Problem> {
    let content = take(&mut item, "content");
    match field::text(&item, "role") {
        "user" => Ok(Item::User(parts::read(at, content, dropped)?)),
        "assistant" => Ok(Item::Assistant(parts::texts(at, content, dropped)?)),
        "system" | "developer" => Ok(Item::System(parts::texts(at, content, dropped)?)),
        _ => Err(refused(format_args!("{at}.role"), "must be system, developer, user or assistant")),
    }
}

/// By ending and prefix: new kinds come every month.
fn is_of_hosted_tool(kind: &str) -> bool {
    kind.ends_with("_call")
        || kind.ends_with("_call_output")
        || ["mcp_", "tool_search_", "program"].iter().any(|prefix| kind.starts_with(prefix))
}
