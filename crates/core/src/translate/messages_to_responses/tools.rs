//! Tools and how they may be chosen. PROTOCOLS.md I1.

use crate::problem::Problem;
use crate::translate::field::Object;
use crate::translate::messages_tools::{self, Choice};
use crate::translate::{Dropped, Memo, tool_name};
use serde_json::{Value, json};

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let sent = |name, memo: &mut Memo| tool_name::sent(name, tool_name::CHAT_NAME, memo);
    let Some(tools) = messages_tools::read(body, memo, dropped, sent)? else { return Ok(()) };
    let functions = tools.functions.into_iter().map(|function| {
        let mut tool = Object::new();
        tool.insert("type".into(), "function".into());
        tool.extend(function.members("parameters"));
        // It is the default there, and refuses schemas that were not written for it.
        tool.insert("strict".into(), false.into());
        Value::Object(tool)
    });
    out.insert("tools".into(), functions.collect());
    let choice = match tools.choice {
        Choice::Unsaid => None,
        Choice::Auto => Some(Value::from("auto")),
        Choice::Any => Some(Value::from("required")),
        Choice::None => Some(Value::from("none")),
        Choice::Function(name) => Some(json!({"type": "function", "name": name})),
    };
    out.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
    if tools.one_at_a_time {
        out.insert("parallel_tool_calls".into(), false.into());
    }
    Ok(())
}
