//! Names that become a part of a URL, checked before they do: nothing an operator or a caller writes can lead to another
//! host, path or query.

/// A name that may stand in a host or a path. Made by [`Grammar::check`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a kind of name looks like. Beside what it says, a name begins and ends with a letter or digit and has no two dots
/// in a row.
#[derive(Debug)]
pub struct Grammar {
    /// What is said of a name that is none; it follows the name.
    refusal: &'static str,
    longest: usize,
    /// Beside ASCII lower-case letters and digits.
    further: &'static [u8],
    upper: bool,
}

impl Grammar {
    /// # Errors
    /// What is wrong, to be written behind the name.
    pub fn check(&self, text: &str) -> Result<Name, &'static str> {
        let fits = |byte: u8| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || (self.upper && byte.is_ascii_uppercase())
                || self.further.contains(&byte)
        };
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        let well_formed = (1..=self.longest).contains(&bytes.len())
            && bytes.iter().copied().all(fits)
            && ends(bytes.first())
            && ends(bytes.last())
            && !text.contains("..");
        if well_formed { Ok(Name(text.to_owned())) } else { Err(self.refusal) }
    }

    /// A label of a host.
    const fn host(refusal: &'static str, longest: usize) -> Self {
        Self { refusal, longest, further: b"-", upper: false }
    }

    /// A segment of a path.
    const fn segment(refusal: &'static str, longest: usize, further: &'static [u8]) -> Self {
        Self { refusal, longest, further, upper: true }
    }
}

pub static AWS_REGION: Grammar = Grammar::host("is no AWS region (one is us-east-1)", 32);
pub static GOOGLE_LOCATION: Grammar = Grammar::host("is no Vertex AI location (one is us-east5)", 32);
/// An id or a number.
pub static GOOGLE_PROJECT: Grammar = Grammar::host("is no Google Cloud project (one is my-project-1)", 63);
pub static AZURE_RESOURCE: Grammar =
    Grammar::host("is no name of an Azure resource (one is my-resource)", 64);
pub static AZURE_API_VERSION: Grammar = Grammar::host("is no Azure API version (one is 2024-10-21)", 32);
pub static AZURE_DEPLOYMENT: Grammar =
    Grammar::segment("is no name of an Azure deployment (one is gpt-5.4-mini)", 64, b"-_.");
/// A directory's id, or one of its domains.
pub static ENTRA_TENANT: Grammar =
    Grammar::segment("is no Microsoft Entra tenant (one is contoso.com)", 128, b"-.");
pub static VERTEX_MODEL: Grammar =
    Grammar::segment("is no model on Vertex AI (one is claude-sonnet-4-5@20250929)", 128, b"-_.@");
/// A model or an inference profile that is no ARN.
pub static BEDROCK_MODEL: Grammar = Grammar::segment(
    "is no model on Bedrock (one is us.anthropic.claude-sonnet-4-5-20250929-v1:0)",
    128,
    b"-_.:",
);

/// An ARN of a Bedrock model, inference profile or provisioned model.
///
/// # Errors
/// What is wrong, to be written behind the ARN.
pub fn bedrock_arn(text: &str) -> Result<Name, &'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let fits = match parts.as_slice() {
        ["arn", partition, "bedrock", region, account, resource] => {
            let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
            matches!(*partition, "aws" | "aws-us-gov" | "aws-cn")
                && AWS_REGION.check(region).is_ok()
                && (account.is_empty() || account.len() == 12)
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && ARN_KINDS.contains(&kind)
                && BEDROCK_MODEL.check(name).is_ok()
        }
        _ => false,
    };
    if fits { Ok(Name(text.to_owned())) } else { Err("is no ARN of a Bedrock model") }
}

const ARN_KINDS: &[&str] = &[
    "foundation-model",
    "inference-profile",
    "application-inference-profile",
    "provisioned-model",
    "custom-model",
    "custom-model-deployment",
    "imported-model",
    "default-prompt-router",
    "prompt-router",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        let all = [
            &AWS_REGION,
            &GOOGLE_LOCATION,
            &GOOGLE_PROJECT,
            &AZURE_RESOURCE,
            &AZURE_DEPLOYMENT,
            &AZURE_API_VERSION,
            &ENTRA_TENANT,
            &VERTEX_MODEL,
            &BEDROCK_MODEL,
        ];
        for grammar in all {
            for evil in [
                "",
                " ",
                ".",
                "..",
                "a..b",
                "a/b",
                "a/../b",
                "a\\b",
                "a?b",
                "a#b",
                "a%2fb",
                "a b",
                "a\nb",
                "a\u{0}b",
                "-a",
                "a-",
                "ä",
                "evil.example/",
                "x@evil.example/",
                &"x".repeat(200),
            ] {
                assert!(grammar.check(evil).is_err(), "{}: {evil:?}", grammar.refusal);
            }
            let example = grammar.refusal.rsplit(' ').next().unwrap().trim_end_matches(')');
            assert_eq!(grammar.check(example).unwrap().as_str(), example);
        }
        for host in [&AWS_REGION, &GOOGLE_LOCATION, &GOOGLE_PROJECT, &AZURE_RESOURCE] {
            for evil in ["evil.example", "a:80", "u@h", "A"] {
                assert!(host.check(evil).is_err(), "{}: {evil:?}", host.refusal);
            }
        }
    }

    #[test]
    fn arns() {
        for (text, fits) in [
            ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x-v1:0", true),
            ("arn:aws:bedrock:eu-west-3:123456789012:application-inference-profile/a1b2", true),
            ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5", true),
            ("arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/x0", true),
            ("arn:aws:s3:us-east-1:123456789012:inference-profile/x", false),
            ("arn:aws:bedrock:us/east:123456789012:inference-profile/x", false),
            ("arn:aws:bedrock:us-east-1:12345678901:inference-profile/x", false),
            ("arn:aws:bedrock:us-east-1:123456789012:bucket/x", false),
            ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/../x", false),
            ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/a/b", false),
            ("arn:aws:bedrock:us-east-1:123456789012:inference-profile", false),
            ("arn:aws:bedrock", false),
            ("", false),
        ] {
            assert_eq!(bedrock_arn(text).is_ok(), fits, "{text}");
        }
    }
}
