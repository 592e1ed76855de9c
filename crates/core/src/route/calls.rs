//! The paths of calls, behind the provider and the version.

use super::Named;
use crate::dialect::{Dialect, Operation};
use crate::provider::is_path_model;

pub(super) struct Call {
    pub(super) dialect: Dialect,
    pub(super) operation: Operation,
    pub(super) named: Named,
}

/// The call that a path is.
pub(super) fn find(rest: &str) -> Option<Call> {
    let listed = CALLS.iter().find(|(tail, ..)| *tail == rest);
    let listed = listed.map(|(_, dialect, operation)| Call {
        dialect: *dialect,
        operation: *operation,
        named: Named::InBody,
    });
    listed.or_else(|| gemini(rest))
}

/// Which dialect's path this path ends like.
pub(super) fn hint(path: &str) -> Option<Dialect> {
    let generates = |(_, _, operation): &&(&str, Dialect, Operation)| *operation == Operation::Generate;
    CALLS.iter().filter(generates).find(|(tail, ..)| path.ends_with(tail)).map(|(_, dialect, _)| *dialect)
}

/// `/models/MODEL:VERB`, also as Vertex in express mode spells it.
fn gemini(rest: &str) -> Option<Call> {
    let rest = rest.strip_prefix("/publishers/google").unwrap_or(rest);
    let (model, verb) = rest.strip_prefix("/models/")?.rsplit_once(':')?;
    let (_, operation, stream) = VERBS.iter().find(|(name, ..)| *name == verb)?;
    is_path_model(model).then(|| Call {
        dialect: Dialect::Gemini,
        operation: *operation,
        named: Named::InPath { model: model.to_owned(), stream: *stream },
    })
}

const CALLS: &[(&str, Dialect, Operation)] = &[
    ("/messages", Dialect::Messages, Operation::Generate),
    ("/messages/count_tokens", Dialect::Messages, Operation::CountTokens),
    ("/chat/completions", Dialect::Chat, Operation::Generate),
    ("/responses", Dialect::Responses, Operation::Generate),
    ("/responses/input_tokens", Dialect::Responses, Operation::CountTokens),
    ("/responses/compact", Dialect::Responses, Operation::Compact),
    ("/completions", Dialect::Chat, Operation::Completions),
    ("/embeddings", Dialect::Chat, Operation::Embeddings),
    ("/moderations", Dialect::Chat, Operation::Moderations),
    ("/images/generations", Dialect::Chat, Operation::Images),
    ("/images/edits", Dialect::Chat, Operation::ImageEdits),
    ("/audio/speech", Dialect::Chat, Operation::Speech),
    ("/audio/transcriptions", Dialect::Chat, Operation::Transcriptions),
    ("/audio/translations", Dialect::Chat, Operation::Translations),
];

const VERBS: &[(&str, Operation, bool)] = &[
    ("generateContent", Operation::Generate, false),
    ("streamGenerateContent", Operation::Generate, true),
    ("countTokens", Operation::CountTokens, false),
];
