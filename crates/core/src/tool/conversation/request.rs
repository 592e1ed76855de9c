//! What is added to a caller's request: the definitions of the tools, and after each step the model's own turn with the
//! results behind it. All of it stands at the end of its list.

use super::answer::Call;
use super::members::Members;
use crate::dialect::Dialect;
use crate::problem::Problem;
use crate::tool::registry::Tool;
use crate::tool::run::Ran;
use serde_json::{Value, json};
use std::sync::Arc;

/// Offers the tools behind those of the caller.
///
/// # Errors
/// A tool of the caller's has the name of one of them: nobody could tell whose call it is.
pub(super) fn equip(dialect: Dialect, request: &mut Members, tools: &[Arc<Tool>]) -> Result<(), Problem> {
    let offered = request.value("tools").unwrap_or(Value::Null);
    let offered = offered.as_array().map_or(&[][..], Vec::as_slice);
    if let Some(twice) = tools.iter().find(|tool| offered.iter().any(|other| is_named(other, &tool.name))) {
        return Err(Problem::BodyInvalid(format!(
            "the request brings a tool {:?} of its own, and so does the proxy; rename it, or send x-proxyagent-tools: off",
            twice.name
        )));
    }
    let definitions: Vec<Value> = tools.iter().map(|tool| definition(dialect, tool)).collect();
    let definitions = match dialect {
        Dialect::Gemini => vec![json!({ "functionDeclarations": definitions })],
        _ => definitions,
    };
    request.append("tools", &definitions);
    Ok(())
}

/// Goes on behind the model's turn: its answer as it gave it, and a result for each call, in order.
pub(super) fn go_on(dialect: Dialect, request: &mut Members, answer: &Value, ran: &[(Call, Ran)]) {
    match dialect {
        Dialect::Messages => {
            let results = ran.iter().map(|(call, ran)| {
                json!({"type": "tool_result", "tool_use_id": call.id, "content": ran.text, "is_error": ran.is_error})
            });
            let said = json!({"role": "assistant", "content": answer.get("content")});
            let results = json!({"role": "user", "content": results.collect::<Vec<_>>()});
            request.append("messages", &[said, results]);
        }
        Dialect::Chat => {
            let mut said = answer.pointer("/choices/0/message").cloned().unwrap_or_default();
            if let Some(said) = said.as_object_mut() {
                said.retain(|name, value| !value.is_null() && name != "annotations");
                said.entry("content").or_insert(Value::Null);
            }
            let results = ran
                .iter()
                .map(|(call, ran)| json!({"role": "tool", "tool_call_id": call.id, "content": ran.text}));
            request.append("messages", &std::iter::once(said).chain(results).collect::<Vec<_>>());
        }
        Dialect::Responses => {
            list_input(request);
            let kept = request.value("store") != Some(Value::Bool(false));
            let items = answer.get("output").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            // What the provider did not keep it cannot look up again by its id.
            let known = |item: &&Value| {
                kept || item.get("type") != Some(&"reasoning".into())
                    || item.get("encrypted_content").is_some_and(Value::is_string)
            };
            let results = ran.iter().map(
                |(call, ran)| json!({"type": "function_call_output", "call_id": call.id, "output": ran.text}),
            );
            let items: Vec<Value> = items.iter().filter(known).cloned().chain(results).collect();
            request.append("input", &items);
        }
        Dialect::Gemini => {
            let said = answer.pointer("/candidates/0/content/parts");
            let results = ran.iter().map(|(call, ran)| {
                let response =
                    if ran.is_error { json!({"error": ran.text}) } else { json!({"output": ran.text}) };
                let mut result = json!({"name": call.name, "response": response});
                if let (Some(result), false) = (result.as_object_mut(), call.id.is_empty()) {
                    result.insert("id".to_owned(), call.id.as_str().into());
                }
                json!({ "functionResponse": result })
            });
            let said = json!({"role": "model", "parts": said});
            let results = json!({"role": "user", "parts": results.collect::<Vec<_>>()});
            request.append("contents", &[said, results]);
        }
    }
    relax(dialect, request);
}

/// Input that is one text, as the list that it is short for.
pub(super) fn list_input(request: &mut Members) {
    if let Some(Value::String(text)) = request.value("input") {
        request.set("input", &json!([{"role": "user", "content": text}]));
    }
}

fn definition(dialect: Dialect, tool: &Tool) -> Value {
    let Tool { name, description, input_schema: schema, .. } = tool;
    match dialect {
        Dialect::Messages => json!({"name": name, "description": description, "input_schema": schema}),
        Dialect::Chat => {
            let function = json!({"name": name, "description": description, "parameters": schema});
            json!({"type": "function", "function": function})
        }
        Dialect::Responses => json!({
            "type": "function", "name": name, "description": description, "parameters": schema, "strict": false
        }),
        Dialect::Gemini => json!({"name": name, "description": description, "parametersJsonSchema": schema}),
    }
}

/// Whether a tool of the caller's has that name, in whatever dialect it is written, or in a group of it.
fn is_named(tool: &Value, name: &str) -> bool {
    let is = |at: &str| tool.pointer(at).and_then(Value::as_str) == Some(name);
    let group = |at: &str| tool.get(at).and_then(Value::as_array).into_iter().flatten();
    let inside = ["functionDeclarations", "function_declarations", "tools"].into_iter().flat_map(group);
    // The providers' own search has a date or nothing behind its name, and calls of it look like ours.
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default();
    is("/name")
        || is("/function/name")
        || is("/custom/name")
        || (kind.starts_with("web_search") && name == "web_search")
        || inside.into_iter().any(|one| one.get("name").and_then(Value::as_str) == Some(name))
}

/// A choice that forces a call was obeyed; if it stayed, the model could never answer.
fn relax(dialect: Dialect, request: &mut Members) {
    match dialect {
        Dialect::Messages => {
            let Some(mut choice) = request.value("tool_choice") else { return };
            if choice.get("type").is_some_and(|kind| kind == "any" || kind == "tool")
                && let Some(members) = choice.as_object_mut()
            {
                members.insert("type".to_owned(), "auto".into());
                members.remove("name");
                request.set("tool_choice", &choice);
            }
        }
        Dialect::Chat | Dialect::Responses => {
            let forces = |choice: &Value| choice.is_object() || choice == "required";
            if request.value("tool_choice").is_some_and(|choice| forces(&choice)) {
                request.set("tool_choice", &"auto".into());
            }
        }
        Dialect::Gemini => {
            for name in ["toolConfig", "tool_config"] {
                let Some(mut config) = request.value(name) else { continue };
                for at in ["/functionCallingConfig", "/function_calling_config"] {
                    let Some(calling) = config.pointer_mut(at).and_then(Value::as_object_mut) else {
                        continue;
                    };
                    if calling.get("mode").is_some_and(|mode| mode == "ANY") {
                        calling.insert("mode".to_owned(), "AUTO".into());
                        calling.remove("allowedFunctionNames");
                        calling.remove("allowed_function_names");
                    }
                }
                request.set(name, &config);
            }
        }
    }
}
