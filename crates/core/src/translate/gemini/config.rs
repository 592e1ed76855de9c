//! `generationConfig`, read for an upstream that is not Gemini. PROTOCOLS.md C2, I1.

use super::schema;
use super::spelling;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_text};
use crate::translate::{Dropped, effort};
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Config {
    pub(crate) max_output: Option<u64>,
    pub(crate) stops: Vec<Value>,
    pub(crate) temperature: Option<Value>,
    pub(crate) top_p: Option<Value>,
    pub(crate) top_k: Option<Value>,
    pub(crate) seed: Option<Value>,
    pub(crate) presence_penalty: Option<Value>,
    pub(crate) frequency_penalty: Option<Value>,
    pub(crate) format: Format,
    pub(crate) thinking: Thinking,
}

/// The form of the answer.
#[derive(Default, PartialEq, Debug)]
pub(crate) enum Format {
    #[default]
    Text,
    /// Of any schema.
    Json,
    Schema(Value),
}

#[derive(Default, PartialEq, Debug)]
pub(crate) struct Thinking {
    pub(crate) wanted: Wanted,
    /// The caller wants to read thoughts.
    pub(crate) show: bool,
}

#[derive(Default, PartialEq, Debug)]
pub(crate) enum Wanted {
    #[default]
    Unsaid,
    /// `none` or `minimal`.
    Off(&'static str),
    /// As much as the model sees fit.
    Own,
    Effort(&'static str),
}

/// Reads all of it; what nobody else has is named.
///
/// # Errors
/// For what would mean something else without being carried.
pub(crate) fn read(body: &mut Object, dropped: &mut Dropped) -> Result<Config, Problem> {
    let Some(mut said) = spelling::take_object(body, "generationConfig") else {
        return Ok(Config::default());
    };
    refuse(&mut said)?;
    let config = Config {
        max_output: limit(&mut said)?,
        stops: spelling::take_list(&mut said, "stopSequences", "generationConfig")?,
        temperature: take(&mut said, "temperature"),
        top_p: take(&mut said, "topP"),
        top_k: take(&mut said, "topK"),
        seed: take(&mut said, "seed"),
        presence_penalty: take(&mut said, "presencePenalty"),
        frequency_penalty: take(&mut said, "frequencyPenalty"),
        format: format(&mut said)?,
        thinking: thinking(spelling::take_object(&mut said, "thinkingConfig").unwrap_or_default()),
    };
    for (name, value) in &said {
        if field::says_something(value) {
            dropped.add_field(&format!("generationConfig.{name}"));
        }
    }
    Ok(config)
}

fn refuse(said: &mut Object) -> Result<(), Problem> {
    if take(said, "candidateCount").is_some_and(|count| spelling::number(&count) != Some(1)) {
        return Err(refused("generationConfig.candidateCount", "this model gives one answer to a request"));
    }
    let speaks = |kind: &Value| kind.as_str() != Some("TEXT");
    if spelling::take_list(said, "responseModalities", "generationConfig")?.iter().any(speaks) {
        return Err(refused("generationConfig.responseModalities", "this model answers in text only"));
    }
    Ok(())
}

fn limit(said: &mut Object) -> Result<Option<u64>, Problem> {
    let Some(limit) = take(said, "maxOutputTokens") else { return Ok(None) };
    let limit = spelling::number(&limit).and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    limit
        .map(Some)
        .ok_or_else(|| refused("generationConfig.maxOutputTokens", "must be a whole number above 0"))
}

fn format(said: &mut Object) -> Result<Format, Problem> {
    let mime = take_text(said, "responseMimeType").unwrap_or_default();
    let json_schema = take(said, "responseJsonSchema");
    let google_schema = take(said, "responseSchema").map(schema::to_json_schema);
    match (mime.as_str(), json_schema.or(google_schema)) {
        ("", None) | ("text/plain", _) => Ok(Format::Text),
        ("" | "application/json", Some(schema)) => Ok(Format::Schema(schema)),
        ("application/json", None) => Ok(Format::Json),
        (other, _) => {
            let why = format!("this model cannot promise to answer in {other:?}");
            Err(refused("generationConfig.responseMimeType", why))
        }
    }
}

fn thinking(mut said: Object) -> Thinking {
    let show = said.get("includeThoughts") == Some(&Value::Bool(true));
    let level = take_text(&mut said, "thinkingLevel").unwrap_or_default().to_ascii_uppercase();
    let budget = take(&mut said, "thinkingBudget").as_ref().and_then(spelling::number);
    let wanted = match (level.as_str(), budget) {
        ("MINIMAL", _) => Wanted::Off("minimal"),
        ("LOW", _) => Wanted::Effort("low"),
        ("MEDIUM", _) => Wanted::Effort("medium"),
        ("HIGH", _) => Wanted::Effort("high"),
        ("XHIGH", _) => Wanted::Effort("xhigh"),
        (_, Some(0)) => Wanted::Off("none"),
        (_, Some(tokens)) => {
            u64::try_from(tokens).map_or(Wanted::Own, |n| Wanted::Effort(effort::of_budget(n)))
        }
        (_, None) if show => Wanted::Own,
        (_, None) => Wanted::Unsaid,
    };
    Thinking { wanted, show }
}

/// What a model is told that can only promise JSON of a known schema.
pub(crate) const ANY_JSON: &str = "Answer with one JSON value, and with nothing before or after it.";
