//! Any other agent: a command template, and the variables that most SDKs read. Never run by a shell.

use super::{Launch, Place, Setup, Value, Wish};
use std::ffi::OsString;

/// The program and how it is started. Without a template, the arguments after `--` are the command.
///
/// # Errors
/// What is wrong with the template, as a sentence.
pub(crate) fn launch(template: Option<&str>, wish: &Wish<'_>) -> Result<(OsString, Launch), String> {
    let mut launch = Launch::default();
    let program = match template {
        Some(template) => {
            let mut words = split(template)?.into_iter();
            let program = words.next().ok_or("--command is empty")?;
            if let (Some(_), false) = (wish.goal, template.contains(GOAL)) {
                return Err(format!("--command does not say where the goal belongs: write {GOAL}"));
            }
            for word in words {
                launch.argument(fill(&word, wish)?);
            }
            launch.extra(wish);
            OsString::from(program)
        }
        None => {
            let (program, arguments) = wish
                .extra
                .split_first()
                .ok_or("say what to run: --command TEMPLATE, or the command itself after `--`")?;
            if wish.goal.is_some() {
                return Err(format!("--goal needs --command with a place for it: {GOAL}"));
            }
            launch.arguments.extend_from_slice(arguments);
            program.clone()
        }
    };
    for (name, path) in ADDRESSES {
        launch.variable(name, wish.place.at(path));
    }
    for name in KEYS {
        launch.variable(name, wish.token);
    }
    Ok((program, launch))
}

/// The variables of any agent, for doing it by hand.
pub(crate) fn setup(place: &Place<'_>) -> Setup {
    let addresses = ADDRESSES.iter().map(|(name, path)| (*name, Value::Plain(place.at(path))));
    let keys = KEYS.iter().map(|name| (*name, Value::Token));
    Setup {
        variables: addresses.chain(keys).collect(),
        unset: &["GOOGLE_API_KEY"],
        file: None,
        start: String::new(),
    }
}

/// Whether the template puts the token on the command line, where every user of the machine can read it.
pub(crate) fn shows_token(template: &str) -> bool {
    template.contains(TOKEN)
}

/// Replaces the placeholders of one word. What is put in is not looked at again.
fn fill(word: &str, wish: &Wish<'_>) -> Result<String, String> {
    let values = [
        (GOAL, wish.goal, "--goal"),
        (MODEL, wish.place.model, "--model"),
        (PROXY, Some(wish.place.proxy), ""),
        (TOKEN, Some(wish.token), ""),
    ];
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let Some((name, value, flag)) = values.iter().find(|(name, ..)| from.starts_with(name)) else {
            out.push('{');
            rest = from.strip_prefix('{').unwrap_or_default();
            continue;
        };
        out.push_str(value.ok_or_else(|| format!("--command has {name}, but there is no {flag}"))?);
        rest = from.strip_prefix(name).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

/// Splits as a shell splits words: white space, quotation marks, backslashes. Nothing else is special.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') if matches!(letters.peek(), Some('"' | '\\' | '$' | '`')) => {
                word.get_or_insert_default().extend(letters.next());
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => {
                let next = letters.next().ok_or("--command ends with a backslash")?;
                word.get_or_insert_default().push(next);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    match quote {
        Some(open) => Err(format!("--command has a {open} that is not closed")),
        None => {
            words.extend(word);
            Ok(words)
        }
    }
}

const GOAL: &str = "{goal}";
const MODEL: &str = "{model}";
const PROXY: &str = "{proxy}";
const TOKEN: &str = "{token}";

/// Where SDKs and agents look for an address.
const ADDRESSES: &[(&str, &str)] = &[
    ("ANTHROPIC_BASE_URL", "/anthropic"),
    ("OPENAI_BASE_URL", "/openai/v1"),
    ("OPENAI_API_BASE", "/openai/v1"),
    ("GOOGLE_GEMINI_BASE_URL", "/gemini"),
    ("GEMINI_API_BASE", "/gemini"),
];

/// Where they look for a key.
const KEYS: &[&str] = &["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (text, words) in [
            ("a b  c", Some(vec!["a", "b", "c"])),
            ("a 'b c' \"d e\"f", Some(vec!["a", "b c", "d ef"])),
            (r#"a "x\"y\n" '\' \  z"#, Some(vec!["a", "x\"y\\n", "\\", " ", "z"])),
            ("a '' \"\"", Some(vec!["a", "", ""])),
            ("a;b $(c) `d` | e > f", Some(vec!["a;b", "$(c)", "`d`", "|", "e", ">", "f"])),
            ("", Some(vec![])),
            (" \t\n ", Some(vec![])),
            ("a 'b", None),
            ("a \"b", None),
            ("a \\", None),
        ] {
            let got = split(text).ok();
            assert_eq!(got, words.map(|w| w.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
