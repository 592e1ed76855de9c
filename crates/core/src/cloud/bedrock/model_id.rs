//! Which Bedrock model or inference profile is meant by a model's own name. Most models can only be called through a
//! profile: the model's id behind a geography that says where the request may be processed.
//! Source: docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html; the prefixes are those that
//! public price lists have.

use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{self, BEDROCK_MODEL, Name};

/// Checks what an operator names as a profile: a geography such as `us`, or `none` for plain model ids.
///
/// # Errors
/// What is wrong, to be written behind it.
pub fn check_profile(text: &str) -> Result<(), &'static str> {
    if text == NO_PROFILE || GEOGRAPHIES.contains(&text) {
        return Ok(());
    }
    Err("is no inference profile (there are global, us, eu, apac, au, jp, us-gov, ca, in and none)")
}

/// Checks a name that is sent as it stands.
///
/// # Errors
/// What is wrong, to be written behind it.
pub fn check_id(text: &str) -> Result<Name, &'static str> {
    if text.starts_with("arn:") { names::bedrock_arn(text) } else { BEDROCK_MODEL.check(text) }
}

/// The id to call for `model`: what the operator mapped; an ARN or a Bedrock id as it is; otherwise the vendor's name
/// translated, behind `profile`, or behind the first geography that has it.
///
/// # Errors
/// What is wrong, to be written behind the model.
pub fn of(model: &str, region: &Name, profile: Option<&str>, map: &ModelMap) -> Result<Name, &'static str> {
    if let Some(mapped) = map.get(model) {
        return Ok(mapped.clone());
    }
    if model.starts_with("arn:") || model.contains(VENDOR) {
        return check_id(model);
    }
    let (name, date) = split_date(model);
    let row = MODELS.iter().find(|row| row.name == name && date.is_none_or(|date| row.id.contains(date)));
    let id = row.map_or_else(|| format!("{VENDOR}{model}"), |row| format!("{VENDOR}{}", row.id));
    let near = geography(region.as_str());
    let prefix = match (profile, row) {
        (Some(NO_PROFILE), _) => None,
        (Some(wanted), _) => Some(wanted),
        (None, Some(row)) => ["global", near].into_iter().find(|prefix| row.has(prefix)),
        (None, None) => Some("global"),
    };
    check_id(&prefix.map_or_else(|| id.clone(), |prefix| format!("{prefix}.{id}")))
}

/// A profile's id without its geography: some operations know models only.
pub fn without_profile(id: &str) -> &str {
    let bare = id.split_once('.').filter(|(prefix, _)| GEOGRAPHIES.contains(prefix)).map(|(_, rest)| rest);
    bare.unwrap_or(id)
}

/// `-20250929` at a name's end.
fn split_date(model: &str) -> (&str, Option<&str>) {
    match model.rsplit_once('-') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(date))
        }
        _ => (model, None),
    }
}

/// The geography of a region's own profiles.
fn geography(region: &str) -> &'static str {
    match region {
        "ap-northeast-1" | "ap-northeast-3" => "jp",
        "ap-southeast-2" | "ap-southeast-4" => "au",
        _ if region.starts_with("us-gov-") => "us-gov",
        _ if region.starts_with("eu-") => "eu",
        _ if region.starts_with("ap-") => "apac",
        _ => "us",
    }
}

struct Row {
    name: &'static str,
    id: &'static str,
    prefixes: &'static [&'static str],
}

impl Row {
    fn has(&self, prefix: &str) -> bool {
        self.prefixes.contains(&prefix)
    }
}

const fn row(name: &'static str, id: &'static str, prefixes: &'static [&'static str]) -> Row {
    Row { name, id, prefixes }
}

const VENDOR: &str = "anthropic.";
const NO_PROFILE: &str = "none";
const GEOGRAPHIES: &[&str] = &["global", "us", "eu", "apac", "au", "jp", "us-gov", "ca", "in"];
const EVERYWHERE: &[&str] = &["global", "us", "eu", "au", "jp", "us-gov", "apac"];

/// Names that are not listed are taken as they are: newer ids have neither a date nor a version.
static MODELS: &[Row] = &[
    row("claude-fable-5-1", "claude-fable-5-1", &["global", "us", "eu", "us-gov"]),
    row("claude-fable-5", "claude-fable-5", &["global", "us", "eu", "us-gov", "apac", "au"]),
    row("claude-mythos-5-1", "claude-mythos-5-1", &["global", "us"]),
    row("claude-mythos-5", "claude-mythos-5", &["us"]),
    row("claude-opus-5-5", "claude-opus-5-5", EVERYWHERE),
    row("claude-opus-5", "claude-opus-5", EVERYWHERE),
    row("claude-opus-4-8", "claude-opus-4-8", EVERYWHERE),
    row("claude-opus-4-7", "claude-opus-4-7", &["global", "us", "eu", "au", "jp", "apac"]),
    row("claude-opus-4-6", "claude-opus-4-6-v1", &["global", "us", "eu", "au"]),
    row("claude-opus-4-5", "claude-opus-4-5-20251101-v1:0", &["global", "us", "eu"]),
    row("claude-opus-4-1", "claude-opus-4-1-20250805-v1:0", &["us", "eu"]),
    row("claude-sonnet-5-5", "claude-sonnet-5-5", EVERYWHERE),
    row("claude-sonnet-5", "claude-sonnet-5", EVERYWHERE),
    row("claude-sonnet-4-6", "claude-sonnet-4-6", &["global", "us", "eu", "au", "jp", "apac"]),
    row(
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929-v1:0",
        &["global", "us", "eu", "au", "jp", "us-gov"],
    ),
    row("claude-sonnet-4", "claude-sonnet-4-20250514-v1:0", &["global", "us", "eu", "apac"]),
    row("claude-haiku-5-5", "claude-haiku-5-5", EVERYWHERE),
    row("claude-haiku-4-5", "claude-haiku-4-5-20251001-v1:0", &["global", "us", "eu", "apac", "au", "jp"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::names::AWS_REGION;

    #[test]
    fn table() {
        let map = ModelMap::parse(
            "claude-opus-5=arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1",
            check_id,
        )
        .unwrap();
        for (model, region, profile, want) in [
            ("claude-opus-5-5", "us-east-1", None, Some("global.anthropic.claude-opus-5-5")),
            ("claude-opus-5-5", "eu-west-1", Some("eu"), Some("eu.anthropic.claude-opus-5-5")),
            ("claude-opus-5-5", "us-east-1", Some("none"), Some("anthropic.claude-opus-5-5")),
            ("claude-opus-4-6", "us-east-1", None, Some("global.anthropic.claude-opus-4-6-v1")),
            (
                "claude-sonnet-4-5",
                "us-east-1",
                Some("us"),
                Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ),
            (
                "claude-sonnet-4-5-20250929",
                "us-east-1",
                None,
                Some("global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ),
            ("claude-opus-4-1", "us-west-2", None, Some("us.anthropic.claude-opus-4-1-20250805-v1:0")),
            ("claude-opus-4-1", "eu-central-1", None, Some("eu.anthropic.claude-opus-4-1-20250805-v1:0")),
            ("claude-opus-4-1", "ap-southeast-2", None, Some("anthropic.claude-opus-4-1-20250805-v1:0")),
            // Unknown here: newer than this table.
            ("claude-next-9", "us-east-1", None, Some("global.anthropic.claude-next-9")),
            ("claude-next-9", "us-east-1", Some("us"), Some("us.anthropic.claude-next-9")),
            // As it is.
            (
                "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "us-east-1",
                Some("eu"),
                Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ),
            (
                "claude-opus-5",
                "us-east-1",
                None,
                Some("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1"),
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x",
                "us-east-1",
                None,
                Some("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x"),
            ),
            ("arn:aws:s3:us-east-1:123456789012:inference-profile/x", "us-east-1", None, None),
            ("claude/../x", "us-east-1", None, None),
            ("claude?x", "us-east-1", None, None),
            ("", "us-east-1", None, None),
        ] {
            let region = AWS_REGION.check(region).unwrap();
            let id = of(model, &region, profile, &map).ok();
            assert_eq!(id.as_ref().map(Name::as_str), want, "{model}");
        }
    }

    #[test]
    fn profiles_are_named_and_taken_off() {
        assert!(
            check_profile("us").is_ok() && check_profile("none").is_ok() && check_profile("mars").is_err()
        );
        for (id, want) in [
            ("us.anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"),
            ("us-gov.anthropic.claude-x", "anthropic.claude-x"),
            ("anthropic.claude-x", "anthropic.claude-x"),
            ("arn:aws:x", "arn:aws:x"),
        ] {
            assert_eq!(without_profile(id), want);
        }
    }
}
