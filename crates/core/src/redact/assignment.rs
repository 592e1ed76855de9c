//! Credentials that only their name gives away: `api_key = …`, `"password": "…"`, `Authorization: Bearer …`, `Cookie: …`.

use super::Find;
use std::ops::Range;

/// Adds what is assigned to names of credentials.
pub(super) fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut values = Values { text, known: [0..0, 0..0] };
    let mut done = 0;
    for at in memchr::memchr3_iter(b':', b'=', b'>', text).filter(|at| *at >= FEWEST) {
        if at < done {
            continue;
        }
        let Some(holds) = name(text, at).as_deref().and_then(judge) else { continue };
        let value = values.behind(at, holds);
        if fits(text, &value, holds) {
            done = value.end;
            finds.push(Find { range: value, kind: holds.kind() });
        }
    }
}

/// What a name says about its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// Chosen by people.
    Password,
    /// Made by machines: it looks random.
    Token,
    /// `SCHEME TOKEN`, or a token.
    Authorization,
    Cookie,
}

impl Holds {
    fn kind(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "secret",
            Self::Authorization => "authorization",
            Self::Cookie => "cookie",
        }
    }
}

/// The name before a separator, in lower case and without its own separators.
fn name(text: &[u8], separator: usize) -> Option<String> {
    let before = text.get(separator.saturating_sub(LONGEST_NAME)..separator)?;
    let quotes = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b':' | b'=' | b']' | b'?');
    let end = before.iter().rposition(|b| !quotes(b))? + 1;
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let start = before.get(..end)?.iter().rposition(|b| !word(b)).map_or(0, |at| at + 1);
    // An element's name stands between < and >.
    let element = start > 0 && before.get(start - 1) == Some(&b'<');
    if text.get(separator) == Some(&b'>') && !(element && end == before.len()) {
        return None;
    }
    let mut name = String::with_capacity(end - start + 1);
    for byte in before.get(start..end)? {
        if byte.is_ascii_alphanumeric() {
            name.push(char::from(byte.to_ascii_lowercase()));
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    Some(name)
}

fn judge(name: &str) -> Option<Holds> {
    let bare: String = name.chars().filter(|c| *c != '_').collect();
    let ends = |words: &[&str]| words.iter().any(|word| bare.ends_with(word));
    let word = |words: &[&str]| words.iter().any(|word| name.rsplit('_').next() == Some(word));
    if ends(INNOCENT) {
        None
    } else if ends(COOKIES) {
        Some(Holds::Cookie)
    } else if ends(AUTHORIZATIONS) {
        Some(Holds::Authorization)
    } else if ends(PASSWORDS) || word(&["pass", "pw"]) {
        Some(Holds::Password)
    } else {
        let keyed = word(&["key", "pat"]) && VENDORS.iter().any(|vendor| bare.contains(vendor));
        (ends(TOKENS) || word(&["sig", "sid", "creds"]) || keyed).then_some(Holds::Token)
    }
}

/// Values, and where the last ones ended: no text is looked through twice.
struct Values<'a> {
    text: &'a [u8],
    known: [Range<usize>; 2],
}

impl Values<'_> {
    /// What stands behind the separator, without quotes and scheme.
    fn behind(&mut self, separator: usize, holds: Holds) -> Range<usize> {
        let rest = self.text.get(separator + 1..).unwrap_or_default();
        let lead = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b':' | b'=' | b'>');
        let mut start = separator + 1 + rest.iter().take(8).take_while(|b| lead(b)).count();
        if holds == Holds::Authorization {
            let rest = self.text.get(start..).unwrap_or_default();
            let same =
                |scheme: &&&[u8]| rest.get(..scheme.len()).is_some_and(|r| r.eq_ignore_ascii_case(scheme));
            start += SCHEMES.iter().find(same).map_or(0, |scheme| scheme.len());
        }
        let [plain, cookie] = &mut self.known;
        let known = if holds == Holds::Cookie { cookie } else { plain };
        if !known.contains(&start) {
            let rest = self.text.get(start..).unwrap_or_default();
            let ends = |b: &u8| match holds {
                Holds::Cookie => matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b'\\'),
                Holds::Password | Holds::Token | Holds::Authorization => {
                    b.is_ascii_whitespace() || b.is_ascii_control() || b"\"'`\\,;&<>(){}[]|".contains(b)
                }
            };
            *known = start..start + rest.iter().position(ends).unwrap_or(rest.len());
        }
        start..known.end
    }
}

fn fits(text: &[u8], range: &Range<usize>, holds: Holds) -> bool {
    let value = text.get(range.clone()).unwrap_or_default();
    let value = value.get(..value.len().min(LOOKED_AT)).unwrap_or_default();
    let called = matches!(text.get(range.end), Some(b'(' | b'['));
    if called || value.starts_with(b"$") || value.starts_with(b"%(") || value.windows(3).any(|w| w == b"://")
    {
        return false;
    }
    match holds {
        Holds::Cookie => value.len() >= 8 && value.contains(&b'='),
        Holds::Authorization => {
            value.len() >= 8 && (value.iter().any(u8::is_ascii_digit) || value.len() >= 20)
        }
        Holds::Token => random(value),
        Holds::Password => {
            let chosen = |b: &u8| b.is_ascii_digit() || b"!@#%^*+~?$".contains(b);
            let path = value.starts_with(b"/") || value.starts_with(b"./") || value.contains(&b'*');
            value.len() >= 6 && !path && value.iter().any(chosen) && value.iter().any(|b| !b.is_ascii_digit())
        }
    }
}

/// Words change between letters and digits, and between cases, seldom; what a machine drew does it all the time.
fn random(value: &[u8]) -> bool {
    if value.len() < 12 || !value.iter().any(u8::is_ascii_digit) || value.starts_with(b"/") {
        return false;
    }
    let kind = |b: &u8| match b {
        b'0'..=b'9' => Some(0),
        b'a'..=b'z' => Some(1),
        b'A'..=b'Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = value.iter().filter_map(kind).collect();
    let changes = kinds.windows(2).filter(|pair| pair.first() != pair.last()).count();
    changes >= (value.len() / 8).clamp(3, 12)
}

const LONGEST_NAME: usize = 72;
/// A name of three letters.
const FEWEST: usize = 3;
/// So much of a value says what it is.
const LOOKED_AT: usize = 256;
const SCHEMES: &[&[u8]] = &[b"bearer ", b"basic ", b"token ", b"apikey ", b"bot ", b"digest ", b"negotiate "];
const COOKIES: &[&str] = &["cookie"];
const AUTHORIZATIONS: &[&str] = &["authorization", "httpauth", "authheader"];
const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "passcode", "pwd", "passwort"];
/// Names that end like a credential's and are none.
const INNOCENT: &[&str] = &[
    "nexttoken",
    "pagetoken",
    "continuationtoken",
    "synctoken",
    "clienttoken",
    "idempotencytoken",
    "cursortoken",
    "cancellationtoken",
    "eostoken",
    "bostoken",
    "padtoken",
    "unktoken",
    "publickey",
    "primarykey",
    "foreignkey",
    "cachekey",
    "partitionkey",
    "sortkey",
    "hotkey",
    "keyid",
];
const TOKENS: &[&str] = &[
    "token",
    "secret",
    "apikey",
    "apitoken",
    "secretkey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "adminkey",
    "accountkey",
    "sharedaccesskey",
    "licensekey",
    "servicekey",
    "subscriptionkey",
    "functionskey",
    "integrationkey",
    "appkey",
    "authkey",
    "writekey",
    "ingestkey",
    "ingestionkey",
    "userkey",
    "credential",
    "credentials",
    "secretaccesskey",
    "appsecret",
    "consumerkey",
    "xamzsignature",
    "xgoogsignature",
    "sessionid",
    "sessid",
    "sharedkey",
    "deploykey",
    "storagekey",
    "hmackey",
    "apikeys",
    "accesstokens",
];
/// Their keys have no shape of their own; `NAME_KEY`, `NAME_ID` and the like give them away.
const VENDORS: &[&str] = &[
    "adafruit",
    "adobe",
    "airtable",
    "algolia",
    "alibaba",
    "asana",
    "atlassian",
    "confluence",
    "jira",
    "bitbucket",
    "bittrex",
    "meraki",
    "cloudflare",
    "codecov",
    "cohere",
    "coinbase",
    "confluent",
    "contentful",
    "datadog",
    "discord",
    "droneci",
    "dropbox",
    "etsy",
    "facebook",
    "fastly",
    "finicity",
    "finnhub",
    "flickr",
    "freshbooks",
    "gitter",
    "heroku",
    "hubspot",
    "intercom",
    "jfrog",
    "artifactory",
    "kraken",
    "kucoin",
    "launchdarkly",
    "linkedin",
    "mailchimp",
    "mailgun",
    "mattermost",
    "messagebird",
    "netlify",
    "newrelic",
    "nytimes",
    "okta",
    "plaid",
    "rapidapi",
    "sendbird",
    "sentry",
    "snyk",
    "sonar",
    "squarespace",
    "sumologic",
    "telegram",
    "travis",
    "twilio",
    "twitch",
    "twitter",
    "yandex",
    "zendesk",
    "stripe",
    "deepgram",
    "assemblyai",
    "serper",
    "brave",
    "pinecone",
    "weaviate",
    "qdrant",
    "supabase",
    "mixpanel",
    "amplitude",
    "segment",
    "pagerduty",
    "opsgenie",
    "spotify",
];
