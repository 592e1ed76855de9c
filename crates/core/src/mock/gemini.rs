//! The mock in Gemini generateContent. Grammar: ai.google.dev/api/generate-content. Streams are for `alt=sse`:
//! CRLF, no comments, no `[DONE]` (both break the Gemini CLI).

use super::prompt::{Choice, Format, Prompt, Tool, array, entries, objects, str_of};
use super::reply::{Call, Reply, Said};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Reads a request, or the one inside a countTokens request. Google accepts snake case beside camel case.
pub(super) fn read(body: &Map<String, Value>) -> Result<Prompt<'_>, String> {
    let body = object(body, "generateContentRequest", "generate_content_request").unwrap_or(body);
    let mut prompt = Prompt::default();
    if let Some(system) = object(body, "systemInstruction", "system_instruction") {
        read_parts(&mut prompt, system).map_err(|what| format!("systemInstruction.{what}"))?;
    }
    for (i, content) in objects(body, "contents")?.into_iter().enumerate() {
        match content.get("role").map_or(Some("user"), Value::as_str) {
            Some("model") => prompt.assistant_speaks(),
            Some("user" | "function") => prompt.user_speaks(),
            _ => return Err(format!("contents.{i}.role: must be user or model")),
        }
        read_parts(&mut prompt, content).map_err(|what| format!("contents.{i}.{what}"))?;
    }
    prompt.tools = tools(body);
    prompt.choice = choice(body);
    prompt.format = format(body);
    Ok(prompt)
}

pub(super) fn count(tokens: u64) -> Value {
    json!({ "totalTokens": tokens })
}

pub(super) fn whole(model: &str, reply: &Reply) -> Value {
    let part = match &reply.said {
        Said::Text(text) => json!({"text": text.whole()}),
        Said::Call(call) => call_part(call),
    };
    response(model, reply, part, true)
}

pub(super) fn stream(model: &str, reply: &Reply) -> Vec<String> {
    let responses: Vec<Value> = match &reply.said {
        // The last text ends the answer: an empty text after it would spoil the history of Google's own SDK.
        Said::Text(text) => {
            let last = text.deltas.len().saturating_sub(1);
            let part = |(i, text): (usize, &String)| response(model, reply, json!({"text": text}), i == last);
            text.deltas.iter().enumerate().map(part).collect()
        }
        Said::Call(_) => vec![whole(model, reply)],
    };
    responses.iter().map(|response| format!("data: {response}\r\n\r\n")).collect()
}

fn read_parts<'a>(prompt: &mut Prompt<'a>, content: &'a Map<String, Value>) -> Result<(), String> {
    for part in array(content, "parts")? {
        let part = part.as_object().ok_or("parts: each must be an object")?;
        if let Some(Value::String(text)) = part.get("text") {
            if part.get("thought") != Some(&Value::Bool(true)) {
                prompt.say(&[text]);
            }
        } else if let Some(call) = object(part, "functionCall", "function_call") {
            let input = call.get("args").map(Value::to_string).unwrap_or_default();
            prompt.call(str_of(call, "id"), str_of(call, "name"), &input);
        } else if let Some(result) = object(part, "functionResponse", "function_response") {
            prompt.result(result_text(result.get("response")));
        }
    }
    Ok(())
}

/// The output of a function that says only that; else the whole response.
fn result_text(response: Option<&Value>) -> Cow<'_, str> {
    match response {
        None => Cow::Borrowed(""),
        Some(response) => {
            match ["output", "result", "content"].iter().find_map(|key| response.get(key)?.as_str()) {
                Some(text) => Cow::Borrowed(text),
                None => Cow::Owned(response.to_string()),
            }
        }
    }
}

fn tools(body: &Map<String, Value>) -> Vec<Tool<'_>> {
    let lists = entries(body, "tools")
        .filter_map(|tool| field(tool, "functionDeclarations", "function_declarations")?.as_array());
    lists.flatten().filter_map(declared).collect()
}

fn declared(function: &Value) -> Option<Tool<'_>> {
    let function = function.as_object()?;
    let name = function.get("name")?.as_str()?;
    let schema = field(function, "parametersJsonSchema", "parameters_json_schema");
    Some(Tool { name, namespace: None, custom: false, schema: schema.or_else(|| function.get("parameters")) })
}

fn choice(body: &Map<String, Value>) -> Choice<'_> {
    let config = object(body, "toolConfig", "tool_config");
    let Some(config) = config.and_then(|c| object(c, "functionCallingConfig", "function_calling_config"))
    else {
        return Choice::Free;
    };
    match str_of(config, "mode") {
        "NONE" => Choice::None,
        "ANY" => {
            let allowed = field(config, "allowedFunctionNames", "allowed_function_names");
            let first = allowed.and_then(Value::as_array).and_then(|names| names.first()?.as_str());
            first.map_or(Choice::Any, Choice::Named)
        }
        _ => Choice::Free,
    }
}

fn format(body: &Map<String, Value>) -> Format<'_> {
    let Some(config) = object(body, "generationConfig", "generation_config") else { return Format::Text };
    let schema = field(config, "responseJsonSchema", "response_json_schema")
        .or_else(|| field(config, "responseSchema", "response_schema"));
    match (schema, field(config, "responseMimeType", "response_mime_type")) {
        (Some(schema), _) => Format::Schema(schema),
        (None, Some(Value::String(mime))) if mime == "application/json" => Format::Json,
        _ => Format::Text,
    }
}

fn call_part(call: &Call) -> Value {
    json!({
        "functionCall": {
            "name": call.name,
            "args": call.input.to_object(),
            "id": format!("mock-{}", call.number),
        },
        // "mock" in base64; clients must send it back, and do.
        "thoughtSignature": "bW9jaw==",
    })
}

fn response(model: &str, reply: &Reply, part: Value, last: bool) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": [part]}});
    if let Some(candidate) = candidate.as_object_mut() {
        if last {
            candidate.insert("finishReason".to_owned(), json!("STOP"));
        }
        candidate.insert("index".to_owned(), json!(0));
    }
    let mut response = json!({ "candidates": [candidate] });
    if let Some(response) = response.as_object_mut() {
        if last {
            response.insert("usageMetadata".to_owned(), usage(reply));
        }
        response.insert("modelVersion".to_owned(), json!(model));
        response.insert("responseId".to_owned(), json!(format!("mock-{}", reply.number)));
    }
    response
}

fn usage(reply: &Reply) -> Value {
    json!({
        "promptTokenCount": reply.input_tokens,
        "candidatesTokenCount": reply.output_tokens,
        "totalTokenCount": reply.input_tokens + reply.output_tokens,
    })
}

fn field<'a>(object: &'a Map<String, Value>, camel: &str, snake: &str) -> Option<&'a Value> {
    object.get(camel).or_else(|| object.get(snake))
}

fn object<'a>(holder: &'a Map<String, Value>, camel: &str, snake: &str) -> Option<&'a Map<String, Value>> {
    field(holder, camel, snake).and_then(Value::as_object)
}
