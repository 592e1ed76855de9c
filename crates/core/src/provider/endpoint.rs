//! One operation a provider serves, and the URL it is served at. A model's name enters a URL only here.

use super::KeyHeader;
use crate::dialect::{Dialect, Operation};
use crate::percent;
use crate::problem::Problem;
use crate::translate::Takes;
use std::borrow::Cow;

/// One operation a provider serves, in one dialect.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub dialect: Dialect,
    pub operation: Operation,
    /// Appended to the base URL. `{model}` stands for the model's name.
    pub path: &'static str,
    /// The path of a streamed answer, where it is another.
    pub stream_path: Option<&'static str>,
    /// Where this endpoint wants the key, if elsewhere than the provider's others.
    pub key_header: Option<KeyHeader>,
    /// What it refuses of its own dialect; changed or left out before a request is sent.
    pub refuses: &'static [Refused],
    /// What a translated request may use.
    pub takes: Takes,
    /// Costs nothing.
    pub free: bool,
}

/// Something of its dialect that an endpoint answers with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A top-level member: left out.
    Member(&'static str),
    /// A top-level member by another name: the first becomes the second.
    Name(&'static str, &'static str),
    /// A string value of a top-level member: the first becomes the second.
    Value(&'static str, &'static str, &'static str),
    /// `type` of this value in an element of `tools`: left out.
    ToolType(&'static str),
}

impl Endpoint {
    pub(super) const fn new(dialect: Dialect, operation: Operation, path: &'static str) -> Self {
        Self {
            dialect,
            operation,
            path,
            stream_path: None,
            key_header: None,
            refuses: &[],
            takes: Takes::ALL,
            free: false,
        }
    }

    pub(super) const fn streamed(self, path: &'static str) -> Self {
        Self { stream_path: Some(path), ..self }
    }

    pub(super) const fn keyed(self, header: KeyHeader) -> Self {
        Self { key_header: Some(header), ..self }
    }

    pub(super) const fn refusing(self, refuses: &'static [Refused]) -> Self {
        Self { refuses, ..self }
    }

    pub(super) const fn taking(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    pub(super) const fn free(self) -> Self {
        Self { free: true, ..self }
    }

    /// The path for one call.
    ///
    /// # Errors
    /// [`Problem::BodyInvalid`] for a model that no URL may hold.
    pub fn path_for(&self, model: &str, stream: bool) -> Result<Cow<'static, str>, Problem> {
        let path = self.stream_path.filter(|_| stream).unwrap_or(self.path);
        let Some((before, after)) = path.split_once("{model}") else { return Ok(Cow::Borrowed(path)) };
        // The vendor's own lists name models this way; the template says it already.
        let bare = if before.ends_with("/models/") { model.strip_prefix("models/") } else { None };
        let model = bare.unwrap_or(model);
        if !is_path_model(model) {
            return Err(Problem::BodyInvalid(format!("a model named {model:?} cannot stand in a URL")));
        }
        Ok(Cow::Owned(format!("{before}{}{after}", percent::encoded(model.as_bytes()))))
    }
}

/// Whether a model's name may stand in a path: 1 to 128 letters, digits, `.`, `_`, `-`, `@` and `:`, and no dots that
/// lead elsewhere.
pub(crate) fn is_path_model(model: &str) -> bool {
    (1..=128).contains(&model.len())
        && !model.starts_with('.')
        && !model.contains("..")
        && model.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_enters_a_path_only_as_one_segment() {
        let endpoint =
            Endpoint::new(Dialect::Gemini, Operation::Generate, "/v1beta/models/{model}:generateContent")
                .streamed("/v1beta/models/{model}:streamGenerateContent");
        for (model, stream, want) in [
            ("gemini-3.8-flash", false, Some("/v1beta/models/gemini-3.8-flash:generateContent")),
            ("gemini-3.8-flash", true, Some("/v1beta/models/gemini-3.8-flash:streamGenerateContent")),
            ("models/gemini-3.8-flash", false, Some("/v1beta/models/gemini-3.8-flash:generateContent")),
            ("a@b:c", false, Some("/v1beta/models/a%40b%3Ac:generateContent")),
            ("models/models/x", false, None),
            ("../files", false, None),
            (".", false, None),
            ("a..b", false, None),
            ("a/b", false, None),
            ("a%2fb", false, None),
            ("a?b", false, None),
            ("a#b", false, None),
            ("a\\b", false, None),
            ("ä", false, None),
            ("", false, None),
            (&"x".repeat(129), false, None),
        ] {
            assert_eq!(endpoint.path_for(model, stream).ok().as_deref(), want, "{model}");
        }
        let plain = Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions");
        assert_eq!(plain.path_for("any/thing?", true).unwrap(), "/v1/chat/completions");
    }
}
