//! A request body, understood without being rebuilt: one pass finds the top-level fields the proxy needs, and edits
//! are spliced into the caller's own bytes. What is checked here is what the upstream reads: one parse, no duplicates.

mod beyond;
mod edits;
mod fields;
mod fit;
mod form;
mod further;
mod splice;
mod stream_options;

use crate::dialect::{Dialect, Operation};
use crate::problem::Problem;
use crate::provider::Refused;
use crate::route::{CallRoute, Named};
pub use beyond::Beyond;
use bytes::Bytes;
use edits::Edits;
use std::ops::Range;
use stream_options::UsageInStream;

pub use form::is_form;
pub(crate) use splice::Splice;

/// What a request says, wherever it says it: in its JSON body, its form, or its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub model: String,
    pub stream: bool,
    /// A streamed answer is wanted as one JSON array (Gemini without `alt=sse`); `stream` is false then.
    pub array: bool,
    /// The most output tokens the caller allows, over all choices.
    pub max_output: Option<u64>,
    /// How many answers are asked for.
    pub choices: u64,
    /// Files in a form.
    pub files: u64,
    /// What its bytes do not show.
    pub beyond: Beyond,
    /// Somewhere in the body, cache writes may be asked for.
    pub may_cache: bool,
    /// The price variant the caller asks for: `service_tier`, or Anthropic's `speed`.
    pub variant: Option<String>,
    /// The upstream keeps the answer, and a later call may build on it (Responses).
    pub stored: bool,
    /// The provider is asked to keep the answer for its account's owner (Chat Completions).
    pub keeps: bool,
    /// The kept answer that this call builds on.
    pub previous: Option<String>,
    place: ModelPlace,
    usage_in_stream: UsageInStream,
    /// Just inside the closing brace.
    end: usize,
}

/// Where the model's name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ModelPlace {
    Body(Range<usize>),
    /// Nowhere: the dialect's documented default, which is written just inside the opening brace.
    Missing(usize),
    /// In the URL, which the endpoint makes.
    Path,
    /// In a form, which is never edited.
    Form,
}

/// A body as it leaves.
pub struct Rewritten {
    pub body: Bytes,
    /// Usage was asked for that the caller did not ask for.
    pub added_usage: bool,
    /// Members that the endpoint refuses, and that were left out.
    pub dropped: Vec<&'static str>,
}

impl Envelope {
    /// Understands one call's request. `sse` says whether a Gemini stream is asked for as server-sent events.
    ///
    /// # Errors
    /// [`Problem::BodyInvalid`] for anything but one clear request: one JSON object (or one form where a form is
    /// taken) with one model, no name twice, no further model that no scope was asked about, and nothing that would
    /// reach what another token left at the provider.
    pub fn read(route: &CallRoute, content_type: &str, sse: bool, body: &[u8]) -> Result<Self, Problem> {
        if is_form(content_type) {
            if !route.operation.takes_forms() {
                return Err(Problem::BodyInvalid("this route takes JSON, not a form".into()));
            }
            return form::read(content_type, body);
        }
        let default = DEFAULT_MODELS.iter().find(|(operation, _)| *operation == route.operation);
        let mut envelope = Self::of(body, route.dialect, &route.named, default.map(|(_, model)| *model))?;
        if let Named::InPath { stream, .. } = route.named {
            (envelope.stream, envelope.array) = (stream && sse, stream && !sse);
        }
        Ok(envelope)
    }

    /// A JSON body that names its model.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(body: &[u8], dialect: Dialect) -> Result<Self, Problem> {
        Self::of(body, dialect, &Named::InBody, None)
    }

    fn of(body: &[u8], dialect: Dialect, named: &Named, default: Option<&str>) -> Result<Self, Problem> {
        let text =
            std::str::from_utf8(body).map_err(|_| Problem::BodyInvalid("the body is not UTF-8".into()))?;
        let found = fields::read(text, dialect)?;
        let (model, place) = match (named, found.model, default) {
            (Named::InPath { model, .. }, stated, _) => {
                further::agrees(stated.as_ref().map(|(stated, _)| stated.as_str()), model)?;
                (model.clone(), ModelPlace::Path)
            }
            (Named::InBody, Some((model, at)), _) => (model, ModelPlace::Body(at)),
            (Named::InBody, None, Some(default)) => {
                let inside = text.find('{').map_or(0, |at| at + 1);
                (default.to_owned(), ModelPlace::Missing(inside))
            }
            (Named::InBody, None, None) => {
                return Err(Problem::BodyInvalid("the body has no \"model\"".into()));
            }
        };
        if dialect == Dialect::Gemini {
            further::gemini(body, &model)?;
        }
        let choices = found.choices.max(1).saturating_mul(found.prompts);
        Ok(Self {
            model,
            stream: found.stream,
            array: false,
            max_output: found.max_output.map(|n| n.saturating_mul(choices)),
            choices,
            files: 0,
            beyond: Beyond { searches: found.searches, ..Beyond::in_body(body) },
            may_cache: memchr::memmem::find(body, b"cache_control").is_some(),
            variant: found.variant,
            stored: dialect == Dialect::Responses && found.store != Some(false),
            keeps: dialect != Dialect::Responses && found.store == Some(true),
            previous: found.previous,
            place,
            usage_in_stream: found.usage_in_stream,
            // The closing brace is the last byte that is not white space.
            end: text.trim_end_matches([' ', '\t', '\r', '\n']).len().saturating_sub(1),
        })
    }

    /// Whether the call may go to a model of another name.
    ///
    /// # Errors
    /// [`Problem::BodyInvalid`] where the name stands in a form.
    pub fn renamable(&self, model: &str) -> Result<(), Problem> {
        if self.place == ModelPlace::Form && self.model != model {
            return Err(Problem::BodyInvalid(format!(
                "an alias leads {} elsewhere, and a form cannot be renamed; name the model that it leads to",
                self.model
            )));
        }
        Ok(())
    }

    /// The body with another model, with `stream_options.include_usage` where asked for, and without what the endpoint
    /// refuses; otherwise byte for byte as it came.
    pub fn rewrite(&self, body: &Bytes, model: &str, ask_usage: bool, refuses: &[Refused]) -> Rewritten {
        let mut edits = Edits::default();
        let quoted = || serde_json::Value::from(model).to_string();
        match &self.place {
            ModelPlace::Body(at) if model != self.model => edits.replace(at.clone(), quoted()),
            ModelPlace::Missing(inside) => {
                let comma = if body.get(*inside..self.end).is_some_and(|rest| !rest.trim_ascii().is_empty()) {
                    ","
                } else {
                    ""
                };
                edits.replace(*inside..*inside, format!("\"model\":{}{comma}", quoted()));
            }
            ModelPlace::Body(_) | ModelPlace::Path | ModelPlace::Form => {}
        }
        let asking = ask_usage && self.stream && self.usage_in_stream != UsageInStream::Asked;
        if asking {
            let (at, text) = self.usage_in_stream.ask(self.end);
            edits.replace(at, text);
        }
        let dropped = if refuses.is_empty() || self.place == ModelPlace::Form {
            Vec::new()
        } else {
            fit::fit(body, refuses, &mut edits)
        };
        Rewritten { body: edits.apply(body), added_usage: asking, dropped }
    }
}

/// Operations that may leave the model out, and the model that is meant then. It is written into the body, so that the
/// model that was authorised is the one that answers.
const DEFAULT_MODELS: &[(Operation, &str)] = &[(Operation::Moderations, "omni-moderation-latest")];

#[cfg(test)]
mod tests;
