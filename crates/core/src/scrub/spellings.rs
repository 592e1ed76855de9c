//! The ways in which a secret may be written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The secret itself, and the lines of one that has several (a PEM key): each gives it away. Lines that frame a key
/// are in every key and are no secret.
pub(super) fn lines(secret: &str) -> impl Iterator<Item = &str> {
    let several = secret.contains('\n');
    let inner = secret.lines().map(str::trim).filter(move |line| {
        several && line.len() >= SHORTEST_LINE && !line.starts_with("-----") && !line.contains(' ')
    });
    std::iter::once(secret).chain(inner)
}

/// Every spelling of these bytes; several may be the same.
pub(super) fn of(raw: &[u8]) -> Vec<Vec<u8>> {
    let hex = |upper: bool| each(raw, |b| if upper { format!("{b:02X}") } else { format!("{b:02x}") });
    let text = String::from_utf8_lossy(raw);
    let json = serde_json::Value::from(text.as_ref()).to_string();
    let json = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let mut all = vec![raw.to_vec(), json.into(), json.replace('/', "\\/").into()];
    for upper in [true, false] {
        all.push(hex(upper));
        all.extend(PERCENT_KEEPS.iter().map(|kept| percent(raw, kept, upper)));
        let form = percent(raw, FORM_KEEPS, upper);
        all.push(String::from_utf8_lossy(&form).replace("%20", "+").into());
        all.extend(JSON_ESCAPES.iter().map(|escape| unicode_escaped(json, escape, upper)));
    }
    for shift in 0..3 {
        all.extend(base64_core(raw, shift));
    }
    all.retain(|form| !form.is_empty());
    all
}

fn each(raw: &[u8], spell: impl Fn(u8) -> String) -> Vec<u8> {
    raw.iter().flat_map(|b| spell(*b).into_bytes()).collect()
}

fn percent(raw: &[u8], kept: &[u8], upper: bool) -> Vec<u8> {
    let keeps = |b: u8| kept.contains(&b) || (b.is_ascii_alphanumeric() && !kept.is_empty());
    each(raw, |b| match (keeps(b), upper) {
        (true, _) => char::from(b).to_string(),
        (false, true) => format!("%{b:02X}"),
        (false, false) => format!("%{b:02x}"),
    })
}

fn unicode_escaped(text: &str, escape: &dyn Fn(char) -> bool, upper: bool) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (escape(c), upper) {
            (false, _) => out.push(c),
            (true, true) => {
                out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")))
            }
            (true, false) => {
                out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")))
            }
        }
    }
    out.into_bytes()
}

/// What is common to all base64 texts in which `raw` begins `shift` bytes into a group of three: the characters that
/// depend on `raw` alone, in both alphabets.
fn base64_core(raw: &[u8], shift: usize) -> [Vec<u8>; 2] {
    let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(raw.iter().copied()).collect();
    let text = STANDARD_NO_PAD.encode(&shifted);
    let start = if shift == 0 { 0 } else { shift + 1 };
    // The last character is shared with what follows, unless a group ends here.
    let end = if shifted.len().is_multiple_of(3) { text.len() } else { text.len() - 1 };
    let core = text.get(start..end).unwrap_or_default();
    [core.as_bytes().to_vec(), core.replace('+', "-").replace('/', "_").into_bytes()]
}

/// What percent-encoders leave as it is beside letters and digits: RFC 3986, `encodeURIComponent`, `encodeURI`; and one
/// that leaves nothing at all.
const PERCENT_KEEPS: &[&[u8]] = &[b"-._~", b"-._~!'()*", b"-._~!'()*;,/?:@&=+$#", b""];
const FORM_KEEPS: &[u8] = b"-._*";
/// What writers of JSON escape beyond need: those of ASCII, Go's and .NET's.
const JSON_ESCAPES: &[fn(char) -> bool] = &[
    |c| !c.is_ascii(),
    |c| !c.is_ascii() || matches!(c, '<' | '>' | '&'),
    |c| !c.is_ascii() || matches!(c, '<' | '>' | '&' | '+' | '\'' | '`'),
];
const SHORTEST_LINE: usize = 16;
