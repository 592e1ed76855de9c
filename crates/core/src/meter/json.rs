//! Reads single values out of JSON without building a tree: the members of one object, the elements of one array,
//! each as the raw bytes of its value. What is malformed or cut off is not handed out. Depth costs no stack.

use memchr::memchr2;

/// The members of a JSON object: raw key (escapes kept), raw value. Empty for anything but an object.
pub(crate) fn members(object: &[u8]) -> Members<'_> {
    Members { values: Values::inside(object, b'{') }
}

/// The elements of a JSON array. Empty for anything but an array.
pub(crate) fn elements(array: &[u8]) -> Elements<'_> {
    Elements { values: Values::inside(array, b'[') }
}

/// The value of the last member with that key.
pub(crate) fn member<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    members(object).filter(|(name, _)| *name == key).last().map(|(_, value)| value)
}

/// The value of the first member with that key: for tags that stand in front of long values.
pub(crate) fn first_member<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    members(object).find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// The inside of a raw JSON string, escapes kept.
pub(crate) fn string(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// As [`string`], for short ASCII words.
pub(crate) fn word(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(string(value)?).ok().filter(|text| !text.is_empty() && !text.contains('\\'))
}

/// Whether a value says something: not null, false, an empty string or nothing at all.
pub(crate) fn truthy(value: &[u8]) -> bool {
    !matches!(value, b"" | b"null" | b"false" | b"\"\"" | b"0")
}

/// UTF-8 bytes of a raw JSON string, without undoing its escapes. Zero for other values.
pub(crate) fn text_len(value: &[u8]) -> u64 {
    let Some(mut rest) = string(value) else { return 0 };
    let mut length = 0;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        // `\n` stands for one byte, `\u4e2d` mostly for three.
        let (decoded, raw) = if rest.get(at + 1) == Some(&b'u') { (3, 6) } else { (1, 2) };
        length += at + decoded;
        rest = rest.get(at + raw..).unwrap_or_default();
    }
    (length + rest.len()) as u64
}

pub(crate) struct Members<'a> {
    values: Values<'a>,
}

pub(crate) struct Elements<'a> {
    values: Values<'a>,
}

struct Values<'a> {
    bytes: &'a [u8],
    /// Past the last value.
    done: bool,
}

impl<'a> Values<'a> {
    fn inside(container: &'a [u8], open: u8) -> Self {
        let bytes = skip_blanks(container);
        match bytes.split_first() {
            Some((first, rest)) if *first == open => Self { bytes: rest, done: false },
            _ => Self { bytes: &[], done: true },
        }
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        let bytes = skip_blanks(self.bytes);
        let (value, rest) = bytes.split_at_checked(value_len(bytes)?)?;
        self.bytes = rest;
        Some(value)
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let bytes = skip_blanks(self.bytes);
        let Some((first, rest)) = bytes.split_first() else { return false };
        let found = *first == wanted;
        if found {
            self.bytes = rest;
        }
        found
    }

    /// After a value: a comma, or the end.
    fn more(&mut self) {
        self.done = !self.eat(b',');
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.values.done {
            return None;
        }
        self.values.done = true;
        let key = string(self.values.value()?)?;
        if !self.values.eat(b':') {
            return None;
        }
        let value = self.values.value()?;
        self.values.more();
        Some((key, value))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        if self.values.done {
            return None;
        }
        self.values.done = true;
        let value = self.values.value()?;
        self.values.more();
        Some(value)
    }
}

fn skip_blanks(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// The length of the value `bytes` starts with; `None` where it is cut off or none.
fn value_len(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' => string_len(bytes),
        b'{' | b'[' => nested_len(bytes),
        b'}' | b']' | b',' | b':' => None,
        _ => bytes.iter().position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')),
    }
}

fn string_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn nested_len(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0usize, 0usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += string_len(bytes.get(at..)?)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: Members<'_>) -> Vec<(String, String)> {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        pairs.map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn members_table() {
        for (json, want) in [
            (r#"{}"#, vec![]),
            (r#" { "a" : 1 , "b":"x\"}," } "#, vec![("a", "1"), ("b", r#""x\"},""#)]),
            (r#"{"a":{"b":[1,{"c":"]}"}]},"d":null}"#, vec![("a", r#"{"b":[1,{"c":"]}"}]}"#), ("d", "null")]),
            (r#"{"a":-1.5e3,"b":true}"#, vec![("a", "-1.5e3"), ("b", "true")]),
            // Cut off anywhere: only what is whole is handed out.
            (r#"{"a":1,"b":{"c":2"#, vec![("a", "1")]),
            (r#"{"a":12"#, vec![]),
            (r#"{"a":"x\"#, vec![]),
            (r#"{"a""#, vec![]),
            (r#"[1,2]"#, vec![]),
            (r#"{"a" 1}"#, vec![]),
            ("", vec![]),
        ] {
            let want: Vec<_> = want.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            assert_eq!(texts(members(json.as_bytes())), want, "{json}");
        }
    }

    #[test]
    fn every_cut_of_an_object_hands_out_a_prefix_of_its_members() {
        let json = br#"{"a":{"b":["\\",{"c":"\"}"}]},"d":12,"e":"x"}"#;
        let all = texts(members(json));
        assert_eq!(all.len(), 3);
        for cut in 0..json.len() {
            assert!(all.starts_with(&texts(members(&json[..cut]))), "{cut}");
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_wins() {
        assert_eq!(member(br#"{"a":1,"a":2}"#, b"a"), Some(&b"2"[..]));
        assert_eq!(first_member(br#"{"a":1,"a":2}"#, b"a"), Some(&b"1"[..]));
        assert_eq!(member(br#"{"a":1}"#, b"b"), None);
    }

    #[test]
    fn elements_and_texts() {
        assert_eq!(elements(br#"[1, "a,b", [2], {}]"#).count(), 4);
        assert_eq!(elements(b"[]").count(), 0);
        for (raw, length) in
            [(r#""""#, 0), (r#""abc""#, 3), (r#""a\nb""#, 3), (r#""\u4e2d\"""#, 4), ("12", 0), ("null", 0)]
        {
            assert_eq!(text_len(raw.as_bytes()), length, "{raw}");
        }
        assert_eq!(word(br#""batch""#), Some("batch"));
        assert_eq!(word(b"null"), None);
    }

    #[test]
    fn deep_nesting_is_only_a_count() {
        let mut json = b"{\"a\":".to_vec();
        json.extend(std::iter::repeat_n(b'[', 1_000_000));
        assert_eq!(members(&json).count(), 0);
    }
}
