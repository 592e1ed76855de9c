//! What the providers have and this proxy does not serve: it would reach what belongs to the account (and so to every
//! token), or could not be metered. Named, so that nobody looks for a mistake in the path.

use super::place::Place;
use crate::dialect::Dialect;
use crate::problem::Problem;

/// What a path behind provider and version would be, if it is known and not served.
pub(super) fn find(rest: &str) -> Option<&'static str> {
    let segments =
        |path: &str| rest.strip_prefix(path).is_some_and(|tail| tail.is_empty() || tail.starts_with('/'));
    let listed = CLOSED.iter().find(|(path, _)| segments(path)).map(|(_, what)| *what);
    let verb = || rest.strip_prefix("/models/").and_then(|model| model.rsplit_once(':'));
    listed.or_else(|| verb().map(|_| "this method of a model"))
}

/// The parts of Claude Code's gateway contract that are not served. (code.claude.com/docs/en/llm-gateway-protocol wants
/// 501 for them, and no retry.)
pub(super) fn contract(place: &Place<'_>) -> Option<Problem> {
    let path = place.whole();
    let meant = match place.provider {
        None => place.is_root(),
        Some(provider) => {
            provider.speaks(Dialect::Messages)
                && !provider.prefixes.iter().any(|prefix| path.starts_with(prefix))
        }
    };
    let listed = CONTRACT.iter().any(|begin| path.starts_with(begin) || path == begin.trim_end_matches('/'));
    (meant && listed).then_some(Problem::ContractUnsupported)
}

const CLOSED: &[(&str, &str)] = &[
    ("/agents", "agents"),
    ("/assistants", "assistants"),
    ("/audio", "this kind of audio"),
    ("/batches", "batches"),
    ("/cachedContents", "cached contents"),
    ("/chat/completions", "stored completions"),
    ("/chatkit", "ChatKit"),
    ("/containers", "containers"),
    ("/conversations", "conversations"),
    ("/corpora", "corpora"),
    ("/environments", "environments"),
    ("/evals", "evals"),
    ("/files", "files"),
    ("/fine_tuning", "fine-tuning"),
    ("/fine-tunes", "fine-tuning"),
    ("/fileSearchStores", "file search stores"),
    ("/images", "this kind of image work"),
    ("/interactions", "interactions"),
    ("/memory_stores", "memory stores"),
    ("/messages/batches", "message batches"),
    ("/operations", "operations"),
    ("/organization", "the organisation"),
    ("/organizations", "the organisation"),
    ("/realtime", "realtime sessions"),
    ("/responses", "stored responses"),
    ("/sessions", "sessions"),
    ("/skills", "skills"),
    ("/threads", "threads"),
    ("/tunedModels", "tuned models"),
    ("/upload", "uploads"),
    ("/uploads", "uploads"),
    ("/vaults", "vaults"),
    ("/vector_stores", "vector stores"),
    ("/videos", "videos"),
];

const CONTRACT: &[&str] = &["/api/", "/managed/", "/oauth/", "/protocol/", "/.well-known/"];
