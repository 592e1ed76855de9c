//! Everything beside `model` by which a body could reach a model that no scope was asked about, or something that
//! another token left at the provider. All of it is refused; what is refused is listed here, and nowhere else.

use crate::dialect::Dialect;
use crate::meter::json::{elements, members, string, truthy, word};
use crate::problem::Problem;
use std::borrow::Cow;

/// One top-level member.
///
/// # Errors
/// A sentence that says what the caller should leave out.
pub(super) fn check(dialect: Dialect, name: &str, value: &str) -> Result<(), String> {
    let value = value.as_bytes();
    let listed = REFUSED.iter().filter(|rule| rule.dialect.is_none_or(|d| d == dialect));
    if let Some(rule) = listed.into_iter().find(|rule| name.eq_ignore_ascii_case(rule.name)) {
        return if says_something(value) { Err(format!("{name:?} {}", rule.why)) } else { Ok(()) };
    }
    match name {
        // Whose they are is not known here.
        "background" if dialect == Dialect::Responses && value == b"true" => Err(
            "a \"background\" answer is kept at the provider and fetched from there, which this proxy does not let through; stream the answer"
                .to_owned(),
        ),
        "container" => container(value),
        "tools" | "plugins" => tools(name, value, 0),
        // Codex hands tools over inside an input item.
        "input" if dialect == Dialect::Responses => elements(value).flat_map(named).try_for_each(|(key, value)| {
            if key == "tools" { tools("input[].tools", value, 0) } else { Ok(()) }
        }),
        "extra_body" => named(value).try_for_each(|(_, vendor)| {
            named(vendor).try_for_each(|(key, value)| check(Dialect::Gemini, &key, text(value)))
        }),
        _ => Ok(()),
    }
}

/// A Gemini body may repeat the model that the path names, also inside a count's request. It must be the same.
///
/// # Errors
/// [`Problem::BodyInvalid`]
pub(super) fn gemini(body: &[u8], model: &str) -> Result<(), Problem> {
    let requests = named(body)
        .filter(|(name, _)| matches!(&**name, "generateContentRequest" | "generate_content_request"));
    for (key, value) in requests.flat_map(|(_, request)| named(request)) {
        if key.eq_ignore_ascii_case("model") {
            agrees(Some(word(value).unwrap_or("?")), model)?;
        }
        check(Dialect::Gemini, &key, text(value)).map_err(Problem::BodyInvalid)?;
    }
    Ok(())
}

/// # Errors
/// [`Problem::BodyInvalid`] if the body names another model than the path.
pub(super) fn agrees(stated: Option<&str>, path: &str) -> Result<(), Problem> {
    match stated {
        Some(stated) if stated.strip_prefix("models/").unwrap_or(stated) != path => {
            Err(Problem::BodyInvalid(format!("the body names the model {stated:?}, the path names {path:?}")))
        }
        _ => Ok(()),
    }
}

/// Tools and plugins that work with a model of their own (Anthropic's advisor, OpenAI's image generation, OpenRouter's
/// router), also in groups of tools.
fn tools(place: &str, list: &[u8], depth: usize) -> Result<(), String> {
    for (key, value) in elements(list).flat_map(named) {
        // The parameters of a function are a JSON schema, which has no such keyword.
        let inside = key == "parameters" && named(value).any(|(key, value)| names_model(&key, value));
        if names_model(&key, value) || inside {
            return Err(format!(
                "{place:?} has a tool that names a model of its own, which this proxy does not let through; leave the tool or its model out"
            ));
        }
        match &*key {
            "tools" if depth < DEEPEST => tools(place, value, depth + 1)?,
            "tools" => return Err(format!("{place:?} has groups of tools in groups of tools")),
            "vector_store_ids" | "fileSearch" | "file_search" if says_something(value) => {
                return Err(format!(
                    "{place:?} searches a store of the provider's account, which this proxy does not let through"
                ));
            }
            "container" => container(value)?,
            _ => {}
        }
    }
    Ok(())
}

fn names_model(key: &str, value: &[u8]) -> bool {
    MODEL_KEYS.iter().any(|name| key.eq_ignore_ascii_case(name)) && says_something(value)
}

/// A container is a machine at the provider, with the files of whoever used it. A new one is no one's.
fn container(value: &[u8]) -> Result<(), String> {
    let by_name = string(value).is_some_and(|id| !id.is_empty());
    if by_name || named(value).any(|(key, id)| key == "id" && says_something(id)) {
        return Err("a \"container\" by its id belongs to whoever made it, which this proxy cannot tell; leave the id out"
            .to_owned());
    }
    Ok(())
}

/// The members of an object, names without escapes: `mod\u0065l` is a model too.
fn named(object: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, &[u8])> {
    members(object).map(|(key, value)| {
        let name = if key.contains(&b'\\') {
            let quoted = [b"\"", key, b"\""].concat();
            serde_json::from_slice::<String>(&quoted).map_or(Cow::Borrowed(""), Cow::Owned)
        } else {
            Cow::Borrowed(text(key))
        };
        (name, value)
    })
}

/// Not null, false, empty, `[]` or `{}`.
fn says_something(value: &[u8]) -> bool {
    let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let hollow = matches!(value.first(), Some(b'[' | b'{')) && inside.trim_ascii().is_empty();
    truthy(value) && !hollow
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A member that is refused whenever it says something.
struct Rule {
    name: &'static str,
    /// `None`: in every dialect.
    dialect: Option<Dialect>,
    why: &'static str,
}

const fn rule(name: &'static str, dialect: Option<Dialect>, why: &'static str) -> Rule {
    Rule { name, dialect, why }
}

const REFUSED: &[Rule] = &[
    rule("fallbacks", None, FURTHER),
    rule("fallback_models", None, FURTHER),
    rule("models", None, FURTHER),
    rule("route", None, FURTHER),
    rule("preset", None, FURTHER),
    // Vertex's and Azure's ways to ask for several at once.
    rule("requests", None, FURTHER),
    rule(
        "prompt",
        Some(Dialect::Responses),
        "is a template of the provider's account and may name a model, which this proxy does not let through; send its text",
    ),
    rule("conversation", Some(Dialect::Responses), KEPT),
    rule("thread", Some(Dialect::Messages), KEPT),
    rule("cachedContent", None, KEPT),
    rule("cached_content", None, KEPT),
];

const FURTHER: &str = "names further models, which this proxy does not let through; leave it out";
const KEPT: &str =
    "refers to what is kept at the provider, and whose that is cannot be told here; send the full input";
const MODEL_KEYS: &[&str] = &["model", "models", "allowed_models", "fallback_models"];
/// Groups of tools in one another.
const DEEPEST: usize = 4;
