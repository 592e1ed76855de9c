//! Forms (`multipart/form-data`): which model a form is for, without changing a byte of it. Strict on purpose: a form
//! that two parsers could read differently is refused, so that the upstream cannot see another model than was checked.

use super::fields::checked_model;
use super::stream_options::UsageInStream;
use super::{Beyond, Envelope, ModelPlace};
use crate::problem::Problem;
use memchr::memmem;

/// Whether a `content-type` announces a form.
pub fn is_form(content_type: &str) -> bool {
    content_type.get(..FORM.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(FORM))
}

/// # Errors
/// [`Problem::BodyInvalid`] for anything but one clear form with one `model`.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Envelope, Problem> {
    let found = boundary(content_type).and_then(|boundary| parts(body, boundary)).and_then(Found::of);
    let found =
        found.map_err(|why| Problem::BodyInvalid(format!("the form is not one this route takes: {why}")))?;
    Ok(Envelope {
        model: found.model,
        stream: found.stream,
        array: false,
        max_output: None,
        choices: found.choices,
        files: found.files,
        beyond: Beyond::default(),
        may_cache: false,
        variant: None,
        stored: false,
        keeps: false,
        previous: None,
        place: ModelPlace::Form,
        usage_in_stream: UsageInStream::Asked,
        end: 0,
    })
}

struct Found {
    model: String,
    stream: bool,
    choices: u64,
    files: u64,
}

/// One part: its name, whether it is a file, whether its header says more than that, and what it holds.
struct Part<'a> {
    name: &'a str,
    file: bool,
    plain: bool,
    value: &'a [u8],
}

type Refusal = &'static str;

impl Found {
    fn of(parts: Vec<Part<'_>>) -> Result<Self, Refusal> {
        let mut found = Self { model: String::new(), stream: false, choices: 1, files: 0 };
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            found.files += u64::from(part.file);
            let Some(field) = FIELDS.iter().find(|field| names(part.name, field)) else { continue };
            if part.name != *field || part.file || !part.plain {
                return Err("a field that says what is asked for must be plain text under its plain name");
            }
            if seen.contains(field) {
                return Err("a field that says what is asked for stands there twice");
            }
            seen.push(field);
            let value = std::str::from_utf8(part.value).map_err(|_| "a field is not UTF-8")?;
            match *field {
                "model" => found.model = checked_model(value.to_owned())?,
                "stream" => found.stream = value.eq_ignore_ascii_case("true"),
                _ => found.choices = value.parse::<u64>().unwrap_or(1).max(1),
            }
        }
        if found.model.is_empty() { Err("it has no \"model\"") } else { Ok(found) }
    }
}

/// Whether some parser might take `name` for `field`.
fn names(name: &str, field: &str) -> bool {
    let bare = name.split(['[', '.']).next().unwrap_or_default();
    bare.trim().eq_ignore_ascii_case(field)
}

/// `multipart/form-data; boundary=…`, and nothing else.
fn boundary(content_type: &str) -> Result<&str, Refusal> {
    let rest = content_type.get(FORM.len()..).unwrap_or_default().trim_start();
    let rest = rest.strip_prefix(';').ok_or(NO_BOUNDARY)?.trim();
    let (name, value) = rest.split_once('=').ok_or(NO_BOUNDARY)?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    // RFC 2046 §5.1.1, less what would need care in a search.
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&b);
    if !name.eq_ignore_ascii_case("boundary") || !(1..=70).contains(&value.len()) || !value.bytes().all(fits)
    {
        return Err(NO_BOUNDARY);
    }
    Ok(value)
}

/// The parts of a body. Every `--boundary` in it must be a delimiter where a strict parser sees one.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Refusal> {
    let delimiter = format!("--{boundary}").into_bytes();
    let places: Vec<usize> = memmem::find_iter(body, &delimiter).take(MOST_PARTS + 2).collect();
    if places.len() > MOST_PARTS + 1 {
        return Err("it has too many parts");
    }
    if places.first() != Some(&0) {
        return Err("it does not begin with its boundary");
    }
    let mut found = Vec::new();
    for (place, next) in places.iter().zip(places.iter().skip(1)) {
        let inside = body.get(place + delimiter.len()..*next).and_then(|part| part.strip_suffix(b"\r\n"));
        let part = inside.and_then(|part| part.strip_prefix(b"\r\n"));
        found.push(self::part(part.ok_or("its boundary stands where no part begins")?)?);
    }
    let rest = places.last().and_then(|last| body.get(last + delimiter.len()..)).unwrap_or_default();
    if !matches!(rest, b"--" | b"--\r\n") {
        return Err("it does not end with its boundary");
    }
    Ok(found)
}

fn part(part: &[u8]) -> Result<Part<'_>, Refusal> {
    let blank =
        memmem::find(part, b"\r\n\r\n").filter(|at| *at <= LONGEST_HEAD).ok_or("a part has no header")?;
    let (head, value) = (part.get(..blank).unwrap_or_default(), part.get(blank + 4..).unwrap_or_default());
    let head = std::str::from_utf8(head).map_err(|_| "a part's header is not UTF-8")?;
    let mut named = None;
    let mut plain = true;
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or("a part's header is malformed")?;
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if name.is_empty() || !name.bytes().all(token) || value.contains(|c: char| c.is_control()) {
            return Err("a part's header is malformed");
        }
        if name.eq_ignore_ascii_case("content-disposition") {
            if named.replace(disposition(value.trim())?).is_some() {
                return Err("a part has two names");
            }
        } else {
            plain &= name.eq_ignore_ascii_case("content-type") && is_plain_text(value.trim());
        }
    }
    let (name, file) = named.ok_or("a part has no name")?;
    Ok(Part { name, file, plain, value })
}

/// `form-data; name="…"`, perhaps with a file name: the name, and whether there is one.
fn disposition(value: &str) -> Result<(&str, bool), Refusal> {
    const MALFORMED: Refusal = "a part's content-disposition is malformed";
    let rest = value.strip_prefix("form-data").ok_or(MALFORMED)?.trim_start();
    let rest = rest.strip_prefix(';').ok_or(MALFORMED)?.trim_start();
    let rest = rest.strip_prefix("name=\"").ok_or(MALFORMED)?;
    let (name, rest) = rest.split_once('"').ok_or(MALFORMED)?;
    if name.contains(['\\', '%']) {
        return Err(MALFORMED);
    }
    let mut rest = rest.trim();
    let file = !rest.is_empty();
    while !rest.is_empty() {
        let parameter = rest.strip_prefix(';').ok_or(MALFORMED)?.trim_start();
        rest = match (parameter.strip_prefix("filename=\""), parameter.strip_prefix("filename*=")) {
            (Some(quoted), _) => {
                quoted.split_once('"').filter(|(name, _)| !name.contains('\\')).ok_or(MALFORMED)?.1
            }
            (None, Some(encoded)) => {
                encoded.get(encoded.find(';').unwrap_or(encoded.len())..).unwrap_or_default()
            }
            (None, None) => return Err(MALFORMED),
        }
        .trim();
    }
    Ok((name, file))
}

fn is_plain_text(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase().replace([' ', '"'], "");
    matches!(kind.as_str(), "text/plain" | "text/plain;charset=utf-8")
}

const FORM: &str = "multipart/form-data";
const NO_BOUNDARY: Refusal = "its content-type has no plain boundary";
/// What a form says about the call; the other fields are the upstream's business.
const FIELDS: &[&str] = &["model", "stream", "n"];
const MOST_PARTS: usize = 200;
const LONGEST_HEAD: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";

    fn model(kind: &str, body: &str) -> Result<String, String> {
        read(kind, body.as_bytes()).map(|e| e.model).map_err(|p| p.to_string())
    }

    fn form(parts: &[(&str, &str)]) -> String {
        let parts: String =
            parts.iter().map(|(head, value)| format!("--b\r\n{head}\r\n\r\n{value}\r\n")).collect();
        parts + "--b--\r\n"
    }

    const MODEL: (&str, &str) = ("Content-Disposition: form-data; name=\"model\"", "whisper-1");
    const FILE: (&str, &str) = (
        "content-disposition: form-data; name=\"file\"; filename=\"a; name.wav\"; filename*=utf-8''a\r\ncontent-type: audio/wav",
        "RIFF\r\n\0",
    );

    #[test]
    fn the_model_is_found_before_and_behind_the_file() {
        for parts in [&[MODEL, FILE][..], &[FILE, MODEL], &[MODEL]] {
            assert_eq!(model(TYPE, &form(parts)).as_deref(), Ok("whisper-1"));
        }
        assert_eq!(model("multipart/form-data;boundary=\"b\"", &form(&[MODEL])).as_deref(), Ok("whisper-1"));
        let more = form(&[
            MODEL,
            FILE,
            ("content-disposition: form-data; name=\"stream\"", "true"),
            ("content-disposition: form-data; name=\"n\"\r\ncontent-type: text/plain; charset=UTF-8", "3"),
        ]);
        let envelope = read(TYPE, more.as_bytes()).unwrap();
        assert_eq!((envelope.stream, envelope.choices, envelope.files), (true, 3, 1));
    }

    #[test]
    fn a_form_that_could_be_read_in_two_ways_is_refused() {
        let good = form(&[MODEL, FILE]);
        for (kind, body, says) in [
            ("multipart/form-data", good.as_str(), "boundary"),
            ("multipart/form-data; boundary=", &good, "boundary"),
            ("multipart/form-data; boundary=b; boundary=c", &good, "boundary"),
            ("multipart/form-data; charset=x; boundary=b", &good, "boundary"),
            (TYPE, "", "begin"),
            (TYPE, &format!("preamble\r\n{good}"), "begin"),
            (TYPE, &format!("{good}epilogue"), "end"),
            (TYPE, good.strip_suffix("--\r\n").unwrap(), "end"),
            (TYPE, &form(&[FILE]), "no \"model\""),
            (TYPE, &form(&[MODEL, MODEL]), "twice"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name=\"Model\"", "x")]), "plain name"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name=\"model[]\"", "x")]), "plain name"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name=\" model\"", "x")]), "plain name"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name=model", "x")]), "malformed"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name*=utf-8''model", "x")]), "malformed"),
            (TYPE, &form(&[MODEL, ("content-disposition: form-data; name=\"mod\\el\"", "x")]), "malformed"),
            (
                TYPE,
                &form(&[MODEL, ("content-disposition: form-data; name=\"a\"; name=\"model\"", "x")]),
                "malformed",
            ),
            (
                TYPE,
                &form(&[MODEL, ("content-disposition: form-data; name=\"a\";name=\"model\"", "x")]),
                "malformed",
            ),
            (TYPE, &form(&[MODEL, ("content-disposition : form-data; name=\"model\"", "x")]), "malformed"),
            (
                TYPE,
                &form(&[MODEL, ("x: y\r\n folded: z\r\ncontent-disposition: form-data; name=\"a\"", "x")]),
                "malformed",
            ),
            (
                TYPE,
                &form(&[
                    MODEL,
                    (
                        "content-disposition: form-data; name=\"a\"\r\ncontent-disposition: form-data; name=\"model\"",
                        "x",
                    ),
                ]),
                "two names",
            ),
            (
                TYPE,
                &form(&[("content-disposition: form-data; name=\"model\"; filename=\"m\"", "x")]),
                "plain text",
            ),
            (
                TYPE,
                &form(&[(
                    "content-disposition: form-data; name=\"model\"\r\ncontent-transfer-encoding: base64",
                    "eA==",
                )]),
                "plain text",
            ),
            (
                TYPE,
                &form(&[(
                    "content-disposition: form-data; name=\"model\"\r\ncontent-type: text/plain; charset=utf-16",
                    "x",
                )]),
                "plain text",
            ),
            // A lenient parser would see a delimiter behind a bare line feed.
            (
                TYPE,
                &form(&[
                    MODEL,
                    (
                        "content-disposition: form-data; name=\"file\"; filename=\"f\"",
                        "\n--b\ncontent-disposition: form-data; name=\"model\"\n\nx",
                    ),
                ]),
                "boundary stands",
            ),
            (TYPE, &form(&[("content-disposition: form-data; name=\"model\"", "a b")]), "white space"),
            (TYPE, &form(&[("content-disposition: form-data; name=\"model\"", "a\r\n")]), "white space"),
            (TYPE, &form(&[("content-disposition: form-data; name=\"model\"", "")]), "1 to 256"),
            (TYPE, &"--b\r\n\r\nx\r\n".repeat(300), "too many"),
        ] {
            let error = model(kind, body).expect_err(body);
            assert!(error.contains(says), "{kind} {body:?}: {error}");
        }
    }
}
