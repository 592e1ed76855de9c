//! Percent-encoding (RFC 3986 §2.1), for what enters a URL or a form.

/// One path segment or form value: everything but the unreserved characters is encoded.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What is not an encoding stands for itself.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (plain, want) in [
            ("a-._~9", "a-._~9"),
            ("a b+c", "a%20b%2Bc"),
            ("x:0/y", "x%3A0%2Fy"),
            ("ሴ", "%E1%88%B4"),
            ("", ""),
        ] {
            assert_eq!(encoded(plain.as_bytes()), want);
            assert_eq!(decoded(want), plain.as_bytes());
        }
        for odd in ["%", "%4", "%zz", "%+1", "100%"] {
            assert_eq!(decoded(odd), odd.as_bytes());
        }
    }
}
