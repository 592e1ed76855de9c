use super::*;

fn parse(entries: &[&str]) -> Result<Scope, String> {
    Scope::parse(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>(), &Directory::builtin())
}

fn covers(entry: &str, provider: &'static str, model: &str) -> bool {
    parse(&[entry]).unwrap().covers(&ModelRef { provider, model: model.to_owned() })
}

#[test]
fn coverage_table() {
    for (entry, provider, model, want) in [
        ("*", "anthropic", "claude-opus-5-5", true),
        ("*", "mock", "mock", true),
        ("anthropic", "anthropic", "claude-opus-5-5", true),
        ("anthropic", "openai", "claude-opus-5-5", false),
        ("openai", "mock", "openai", false),
        ("anthropic:claude-*", "anthropic", "claude-opus-5-5", true),
        ("anthropic:claude-*", "anthropic", "Claude-opus-5-5", false),
        ("anthropic:claude-*", "openai", "claude-opus-5-5", false),
        ("*:claude-*", "openai", "claude-x", true),
        ("*:claude-*", "openai", "gpt-5.5", false),
        ("open*:gpt-5.?", "openai", "gpt-5.5", true),
        ("open*:gpt-5.?", "openai", "gpt-5.10", false),
        ("?ock:mock", "mock", "mock", true),
        ("?ock:mock", "mock", "mock-paid", false),
        ("openai:ft:gpt-5:*", "openai", "ft:gpt-5:org:name", true),
        ("openai:ft", "openai", "ft:gpt-5", false),
        ("openai:gpt-[45]*", "openai", "gpt-5.5", false),
        ("openai:gpt-[45]*", "openai", "gpt-[45]x", true),
        ("openai:*", "openai", "", true),
        ("openai:gpt", "openai", "gpt-5", false),
    ] {
        assert_eq!(covers(entry, provider, model), want, "{entry} ~ {provider}:{model}");
    }
}

#[test]
fn one_entry_of_several_is_enough() {
    let scope = parse(&["mock", "openai:gpt-*"]).unwrap();
    for (provider, model, want) in [
        ("mock", "mock", true),
        ("openai", "gpt-5.5", true),
        ("openai", "o9", false),
        ("anthropic", "gpt-5", false),
    ] {
        assert_eq!(scope.covers(&ModelRef { provider, model: model.to_owned() }), want, "{provider}:{model}");
    }
}

#[test]
fn entries_that_can_match_nothing_are_refused_with_the_reason() {
    for (entry, part) in [
        ("", "it is empty"),
        ("anthropic*", "exact name of a provider (anthropic, openai"),
        ("*thropic", "exact name"),
        ("**", "exact name"),
        ("claude-opus-5-5", "exact name"),
        ("Anthropic", "exact name"),
        ("antropic:claude-*", "\"antropic\" matches no provider"),
        ("zz*:x", "matches no provider"),
        ("anthropic?:x", "matches no provider"),
        (":x", "matches no provider"),
        ("[ao]*:x", "matches no provider"),
        ("openai:", "write openai:*"),
        (" openai", "white space"),
        ("openai:gpt 5", "white space"),
        ("openai:gpt\u{0}", "white space"),
        (&"x".repeat(257), "longer than 256"),
    ] {
        let why = parse(&["mock", entry]).unwrap_err();
        assert!(why.contains(part) && why.contains(&format!("{entry:?}")), "{entry:?}: {why}");
    }
    assert!(parse(&[]).is_err());
    assert!(parse(&["*"; 101]).is_err());
}

#[test]
fn the_column_gives_back_what_was_written() {
    let scope = parse(&["mock", "openai:gpt-\"5\\"]).unwrap();
    assert_eq!(Scope::from_json(&scope.to_json()), Some(scope));
    // Minted when there was such a provider: readable, and covers nothing.
    let gone = Scope::from_json(r#"["gone","gone:*"]"#).unwrap();
    assert!(!gone.covers(&ModelRef { provider: "mock", model: "mock".to_owned() }));
    for damaged in ["", "[]", "{}", "[1]", "\"*\"", "null"] {
        assert_eq!(Scope::from_json(damaged), None, "{damaged}");
    }
}
