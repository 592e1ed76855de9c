//! Tools and how they may be chosen. PROTOCOLS.md I1.

use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::messages_content::note_hints;
use crate::translate::{Dropped, Memo, tool_name, tool_schema};
use serde_json::{Value, json};

pub(super) fn translate(
    body: &mut Object,
    out: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let (mut tools, mut names) = (Vec::new(), Vec::new());
    for tool in take_list(body, "tools")? {
        if let Some((name, tool)) = function(field::object(tool, "tools")?, memo, dropped)? {
            names.push(name);
            tools.push(tool);
        }
    }
    let choice = take_object(body, "tool_choice").unwrap_or_default();
    if tools.is_empty() {
        if matches!(field::text(&choice, "type"), "any" | "tool") {
            return Err(refused(
                "tool_choice",
                "asks for a tool, and none of the tools can be sent to this model",
            ));
        }
        return Ok(());
    }
    out.insert("tools".into(), tools.into());
    choose(choice, &names, out, memo)
}

/// A tool as a function, unless it runs at Anthropic, or is one whose schema only Anthropic knows.
fn function(
    mut tool: Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<Option<(String, Value)>, Problem> {
    note_hints(&tool, dropped);
    let name = need_text(&mut tool, "name", "tools")?;
    let kind = take_text(&mut tool, "type");
    let schema = take(&mut tool, "input_schema");
    if kind.is_some_and(|kind| kind != "custom") && schema.is_none() {
        dropped.add_field(&format!("{name} server tool"));
        return Ok(None);
    }
    for (key, lost) in [("strict", "tools[].strict"), ("defer_loading", "tools[].defer_loading")] {
        if tool.get(key).is_some_and(field::says_something) {
            dropped.add(lost);
        }
    }
    if tool.get("input_examples").is_some_and(field::says_something) {
        dropped.add("tools[].input_examples");
    }
    let name = tool_name::sent(name, tool_name::CHAT_NAME, memo);
    let mut function = Object::new();
    function.insert("name".into(), name.clone().into());
    if let Some(description) = take_text(&mut tool, "description") {
        function.insert("description".into(), description.into());
    }
    function.insert("parameters".into(), tool_schema::of_object(schema));
    Ok(Some((name, json!({"type": "function", "function": function}))))
}

fn choose(mut choice: Object, names: &[String], out: &mut Object, memo: &mut Memo) -> Result<(), Problem> {
    let one_at_a_time = choice.get("disable_parallel_tool_use") == Some(&Value::Bool(true));
    let chosen = match field::text(&choice, "type") {
        "" => None,
        "auto" => Some(Value::from("auto")),
        "any" => Some(Value::from("required")),
        "none" => Some(Value::from("none")),
        "tool" => {
            let name = need_text(&mut choice, "name", "tool_choice")?;
            let sent = tool_name::sent(name.clone(), tool_name::CHAT_NAME, memo);
            if !names.contains(&sent) {
                return Err(refused(
                    "tool_choice",
                    format_args!("the tool {name:?} cannot be sent to this model"),
                ));
            }
            Some(json!({"type": "function", "function": {"name": sent}}))
        }
        other => return Err(refused("tool_choice", format_args!("{other:?} is not known"))),
    };
    if let Some(chosen) = chosen {
        out.insert("tool_choice".into(), chosen);
    }
    if one_at_a_time {
        out.insert("parallel_tool_calls".into(), false.into());
    }
    Ok(())
}
