//! Tools and how they may be chosen. PROTOCOLS.md I1.

use crate::problem::Problem;
use crate::translate::field::Object;
use crate::translate::gemini::name;
use crate::translate::messages_tools::{self, Choice};
use crate::translate::{Dropped, Memo};
use serde_json::{Value, json};

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let Some(tools) = messages_tools::read(body, memo, dropped, name::sent)? else { return Ok(()) };
    if tools.one_at_a_time {
        dropped.add("disable_parallel_tool_use");
    }
    let functions: Value =
        tools.functions.into_iter().map(|function| function.members("parametersJsonSchema")).collect();
    out.insert("tools".into(), json!([{"functionDeclarations": functions}]));
    let config = match tools.choice {
        Choice::Unsaid => None,
        Choice::Auto => Some(json!({"mode": "AUTO"})),
        Choice::Any => Some(json!({"mode": "ANY"})),
        Choice::None => Some(json!({"mode": "NONE"})),
        Choice::Function(name) => Some(json!({"mode": "ANY", "allowedFunctionNames": [name]})),
    };
    out.extend(config.map(|config| ("toolConfig".to_owned(), json!({"functionCallingConfig": config}))));
    Ok(())
}
