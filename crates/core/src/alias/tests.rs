use super::*;

/// `provider:model`, as what is asked.
fn place(text: &str) -> ModelRef {
    let (name, model) = text.split_once(':').unwrap();
    ModelRef { provider: provider::find(name).unwrap().name, model: model.to_owned() }
}

fn aliases(rules: &[(&str, &str)]) -> Result<Aliases, String> {
    Aliases::parse(rules.iter().copied(), &Directory::builtin())
}

fn check(rules: &[(&str, &str)], asked: &str, target: &str, rule: Option<&str>) {
    let resolved = aliases(rules).unwrap().resolve(&place(asked)).unwrap();
    assert_eq!(
        (resolved.target.to_string().as_str(), resolved.rule.as_deref()),
        (target, rule),
        "{asked} {rules:?}"
    );
}

#[test]
fn the_most_specific_rule_wins() {
    let mut rules = vec![
        ("*", "mock:mock-any"),
        ("claude-*", "mock:mock-prefix"),
        ("claude-opus-*", "mock:mock-longer"),
        ("anthropic:*", "mock:mock-provider"),
        ("anthropic:claude-*", "mock:mock-provider-prefix"),
        ("claude-opus-5-5", "mock:mock-exact"),
        ("anthropic:claude-opus-5-5", "mock:mock-provider-exact"),
    ];
    for want in ["provider-exact", "exact", "provider-prefix", "provider", "longer", "prefix", "any"] {
        let target = format!("mock:mock-{want}");
        let (best, _) = *rules.iter().find(|(_, to)| *to == target).unwrap();
        check(&rules, "anthropic:claude-opus-5-5", &target, Some(best));
        rules.reverse();
        check(&rules, "anthropic:claude-opus-5-5", &target, Some(best));
        rules.retain(|(_, to)| *to != target);
    }
    check(&rules, "anthropic:claude-opus-5-5", "anthropic:claude-opus-5-5", None);
}

#[test]
fn resolution_table() {
    for (rules, asked, target, rule) in [
        (&[][..], "anthropic:claude-x", "anthropic:claude-x", None),
        // A target without a provider stays with the one that was asked.
        (&[("fast", "gpt-5.5")], "openai:fast", "openai:gpt-5.5", Some("fast")),
        (&[("fast", "openai:gpt-5.5")], "anthropic:fast", "openai:gpt-5.5", Some("fast")),
        (&[("anthropic:fast", "claude-haiku-5-5")], "openai:fast", "openai:fast", None),
        (&[("claude-*", "openai:gpt-5.5")], "anthropic:claude", "anthropic:claude", None),
        (&[("claude-*", "openai:gpt-5.5")], "anthropic:claude-", "openai:gpt-5.5", Some("claude-*")),
        (&[("Claude", "openai:gpt-5.5")], "anthropic:claude", "anthropic:claude", None),
        (&[("openai:ft:a:b", "gpt-5.5")], "openai:ft:a:b", "openai:gpt-5.5", Some("openai:ft:a:b")),
        // Chains of exact rules.
        (&[("a", "b"), ("b", "openai:c"), ("openai:c", "d")], "mock:a", "openai:d", Some("a > b > openai:c")),
        (
            &[("claude-*", "openai:fast"), ("fast", "gpt-5.5")],
            "anthropic:claude-x",
            "openai:gpt-5.5",
            Some("claude-* > fast"),
        ),
        // Prefixes never apply to where a rule led.
        (&[("*", "mock")], "anthropic:claude-x", "mock:mock", Some("*")),
        (&[("*", "mock"), ("fast", "openai:gpt-5.5")], "openai:fast", "openai:gpt-5.5", Some("fast")),
        (&[("gpt-*", "gpt-5.5")], "openai:gpt-5.5", "openai:gpt-5.5", Some("gpt-*")),
        (&[("a-*", "b-1"), ("b-*", "a-1")], "openai:a-7", "openai:b-1", Some("a-*")),
        // A rule that leads to itself exempts a model, and may move it to its provider.
        (&[("*", "mock"), ("gpt-5.5", "gpt-5.5")], "openai:gpt-5.5", "openai:gpt-5.5", Some("gpt-5.5")),
        (&[("gpt-5.5", "openai:gpt-5.5")], "anthropic:gpt-5.5", "openai:gpt-5.5", Some("gpt-5.5")),
        // Offline models.
        (&[], "anthropic:mock", "mock:mock", None),
        (&[], "openai:mock-paid", "mock:mock-paid", None),
        (&[], "anthropic:mockingbird", "anthropic:mockingbird", None),
        (&[("fast", "mock-paid")], "anthropic:fast", "mock:mock-paid", Some("fast")),
        (&[("fast", "openai:mock")], "anthropic:fast", "mock:mock", Some("fast")),
        (&[("*", "openai:gpt-5.5")], "anthropic:mock", "mock:mock", None),
        (&[("m*", "openai:gpt-5.5")], "mock:mock", "mock:mock", None),
        (&[("mock", "openai:gpt-5.5")], "anthropic:mock", "openai:gpt-5.5", Some("mock")),
        (&[("mock:mock", "openai:gpt-5.5")], "anthropic:mock", "openai:gpt-5.5", Some("mock:mock")),
        (&[("anthropic:mock", "openai:gpt-5.5")], "anthropic:mock", "openai:gpt-5.5", Some("anthropic:mock")),
        (&[("anthropic:mock", "openai:gpt-5.5")], "openai:mock", "mock:mock", None),
    ] {
        check(rules, asked, target, rule);
    }
}

#[test]
fn circles_are_refused_by_name() {
    for (rules, part) in [
        (&[("a", "b"), ("b", "a")][..], "a > b > a"),
        (&[("x", "a"), ("a", "b"), ("b", "c"), ("c", "a")], "a > b > c > a"),
        (&[("*", "openai:a"), ("a", "anthropic:b"), ("anthropic:b", "openai:a")], "circle"),
        // Only a caller of anthropic would go round.
        (&[("anthropic:a", "b"), ("b", "anthropic:a")], "anthropic:a > b > anthropic:a"),
    ] {
        let why = aliases(rules).unwrap_err();
        assert!(why.contains(part), "{rules:?}: {why}");
    }
}

#[test]
fn eight_rules_lead_on_and_nine_do_not() {
    let names: Vec<String> = (0..=9).map(|n| format!("m{n}")).collect();
    let rules =
        |count: usize| (0..count).map(|n| (names[n].clone(), names[n + 1].clone())).collect::<Vec<_>>();
    let resolved =
        Aliases::parse(rules(8), &Directory::builtin()).unwrap().resolve(&place("openai:m0")).unwrap();
    assert_eq!(resolved.target.model, "m8");
    let why = Aliases::parse(rules(9), &Directory::builtin()).unwrap_err();
    assert!(why.contains("more than 8"), "{why}");
    // Rules that came into the store another way are still caught at the call.
    let unchecked = rules(9)
        .into_iter()
        .map(|(from, to)| Rule::parse(from, to, Names::New(&Directory::builtin())).unwrap())
        .collect();
    let asked = place("openai:m0");
    assert_eq!(Aliases { rules: unchecked }.resolve(&asked), Err(Problem::AliasLoop(asked)));
}

#[test]
fn mistakes_are_named() {
    for (rule, part) in [
        (("", "mock"), "it is empty"),
        (("a b", "mock"), "white space"),
        (("*a", "mock"), "only at the end"),
        (("a*b*", "mock"), "only at the end"),
        (("anthropic", "mock"), "anthropic is a provider"),
        (("grok:x", "mock"), "no provider \"grok\""),
        (("openai:", "mock"), "empty name"),
        (("mock-*", "openai:gpt-5.5"), "exact names"),
        (("a", ""), "it is empty"),
        (("a", "openai"), "openai is a provider"),
        (("a", "opnai:gpt-5.5"), "no provider \"opnai\" (there are anthropic, openai"),
        (("a", "openai:gpt-*"), "one model"),
        (("a", "*"), "one model"),
        (("a", "x\ny"), "white space"),
        (("a", &"x".repeat(257)), "longer than 256"),
    ] {
        let why = aliases(&[("good", "mock"), rule]).unwrap_err();
        assert!(why.contains(part) && why.contains(&format!("{:?}", rule.0)), "{rule:?}: {why}");
    }
    assert!(aliases(&[("a", "mock"), ("a", "mock-paid")]).unwrap_err().contains("twice"));
}

#[test]
fn the_store_outranks_the_settings() {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
    };
    let settings = pairs(&[("fast", "mock"), ("slow", "mock-paid")]);
    let both =
        Aliases::layered(&pairs(&[("fast", "openai:gpt-5.5")]), &settings, &Directory::builtin()).unwrap();
    assert_eq!(both.resolve(&place("anthropic:fast")).unwrap().target, place("openai:gpt-5.5"));
    assert_eq!(both.resolve(&place("anthropic:slow")).unwrap().target, place("mock:mock-paid"));
    assert!(
        Aliases::layered(&pairs(&[("a", "b")]), &pairs(&[("b", "a")]), &Directory::builtin())
            .unwrap_err()
            .contains("circle")
    );
}

#[test]
fn a_stored_rule_outlives_the_upstream_that_it_names() {
    let rules = [("gone:m", "mock"), ("fast", "gone:m"), ("openai", "mock"), ("slow", "mock")];
    let aliases = Aliases::kept(rules, &Directory::builtin()).unwrap();
    assert_eq!(aliases.entries().count(), 4);
    let lost = aliases.resolve(&place("openai:fast")).unwrap().target;
    assert!(Directory::builtin().find(lost.provider).is_none() && lost.model == "m");
    assert_eq!(aliases.resolve(&place("openai:slow")).unwrap().target, place("mock:mock"));
    assert_eq!(aliases.resolve(&place("openai:m")).unwrap().target, place("openai:m"));
    for rule in &rules[..3] {
        assert!(Aliases::parse([*rule], &Directory::builtin()).is_err(), "{rule:?}");
    }
}

#[test]
fn a_rule_may_have_several_targets() {
    let directory = Directory::builtin();
    let aliases =
        Aliases::parse([("a", "openai:x, groq:y ,mock"), ("b", "a"), ("c", "x,y")], &directory).unwrap();
    let resolve = |model: &str| {
        let resolved = aliases.resolve(&ModelRef { provider: "xai", model: model.to_owned() }).unwrap();
        let further: Vec<String> = resolved.further.iter().map(ToString::to_string).collect();
        (resolved.target.to_string(), further)
    };
    let behind = vec!["groq:y".to_owned(), "mock:mock".to_owned()];
    assert_eq!(resolve("a"), ("openai:x".to_owned(), behind.clone()));
    assert_eq!(resolve("b"), ("openai:x".to_owned(), behind));
    assert_eq!(resolve("c"), ("xai:x".to_owned(), vec!["xai:y".to_owned()]));
    assert_eq!(resolve("d"), ("xai:d".to_owned(), vec![]));
    for wrong in ["openai:x,", ",openai:x", "openai:x,nobody:y", "a,b,c,d,e,f", "x,y*"] {
        assert!(Aliases::parse([("m", wrong)], &directory).is_err(), "{wrong}");
    }
}
