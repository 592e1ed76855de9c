//! Tools and how they may be chosen. PROTOCOLS.md I1.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::gemini::name;
use crate::translate::messages_content::note_hints;
use crate::translate::{Dropped, Memo, tool_schema};
use serde_json::{Value, json};

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let mut functions = Vec::new();
    for tool in take_list(body, "tools")? {
        functions.extend(function(field::object(tool, "tools")?, memo, dropped)?);
    }
    let choice = take_object(body, "tool_choice").unwrap_or_default();
    if functions.is_empty() {
        if matches!(field::text(&choice, "type"), "any" | "tool") {
            let why = "asks for a tool, and none of the tools can be sent to this model";
            return Err(refused("tool_choice", why));
        }
        return Ok(());
    }
    let config = choose(choice, &functions, memo, dropped)?;
    out.insert("tools".into(), json!([{"functionDeclarations": functions}]));
    if let Some(config) = config {
        out.insert("toolConfig".into(), json!({"functionCallingConfig": config}));
    }
    Ok(())
}

/// A tool as a function, unless it runs at Anthropic, or is one whose schema only Anthropic knows.
fn function(mut tool: Object, memo: &mut Memo, dropped: &mut Dropped) -> Result<Option<Value>, Problem> {
    note_hints(&tool, dropped);
    let name = need_text(&mut tool, "name", "tools")?;
    let kind = take_text(&mut tool, "type");
    let schema = take(&mut tool, "input_schema");
    if kind.is_some_and(|kind| kind != "custom") && schema.is_none() {
        dropped.add_field(&format!("{name} server tool"));
        return Ok(None);
    }
    for (key, lost) in [
        ("strict", "tools[].strict"),
        ("defer_loading", "tools[].defer_loading"),
        ("input_examples", "tools[].input_examples"),
    ] {
        if tool.get(key).is_some_and(field::says_something) {
            dropped.add(lost);
        }
    }
    let mut function = Object::new();
    function.insert("name".into(), name::sent(name, memo).into());
    if let Some(description) = take_text(&mut tool, "description") {
        function.insert("description".into(), description.into());
    }
    function.insert("parametersJsonSchema".into(), tool_schema::of_object(schema));
    Ok(Some(Value::Object(function)))
}

fn choose(
    mut choice: Object,
    functions: &[Value],
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<Option<Value>, Problem> {
    if choice.get("disable_parallel_tool_use") == Some(&Value::Bool(true)) {
        dropped.add("disable_parallel_tool_use");
    }
    Ok(match field::text(&choice, "type") {
        "" => None,
        "auto" => Some(json!({"mode": "AUTO"})),
        "any" => Some(json!({"mode": "ANY"})),
        "none" => Some(json!({"mode": "NONE"})),
        "tool" => {
            let asked = need_text(&mut choice, "name", "tool_choice")?;
            let sent = name::sent(asked.clone(), memo);
            if !functions.iter().any(|function| function.get("name").is_some_and(|name| *name == sent)) {
                let why = format!("the tool {asked:?} cannot be sent to this model");
                return Err(refused("tool_choice", why));
            }
            Some(json!({"mode": "ANY", "allowedFunctionNames": [sent]}))
        }
        other => return Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    })
}
