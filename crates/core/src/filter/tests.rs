use super::*;

const NOW: UnixMs = UnixMs(1_795_507_200_000);

fn parsed(text: &str) -> Vec<Term> {
    Filter::parse(text, NOW).unwrap_or_else(|why| panic!("{text}: {why}")).terms
}

fn text(of: Text, patterns: &[&str]) -> Term {
    Term::Text(of, patterns.iter().map(|pattern| Pattern((*pattern).to_owned())).collect())
}

#[test]
fn terms() {
    for (written, want) in [
        ("", vec![]),
        ("token:ci", vec![text(Text::Token, &["ci"])]),
        ("machine:CI", vec![text(Text::Token, &["ci"])]),
        ("model:claude*,gpt-5", vec![text(Text::Model, &["claude*", "gpt-5"])]),
        ("token:\"my laptop\" model:x", vec![text(Text::Token, &["my laptop"]), text(Text::Model, &["x"])]),
        ("request:req:1", vec![text(Text::Request, &["req:1"])]),
        ("status:4xx", vec![Term::Number(Number::Status, vec![(400, 499)])]),
        ("status:404,5xx", vec![Term::Number(Number::Status, vec![(404, 404), (500, 599)])]),
        ("status:>=500", vec![Term::Number(Number::Status, vec![(500, HIGHEST)])]),
        ("cost:>0.1", vec![Term::Number(Number::Cost, vec![(100_000_001, HIGHEST)])]),
        ("cost:<=2", vec![Term::Number(Number::Cost, vec![(0, 2_000_000_000)])]),
        ("cost:0", vec![Term::Number(Number::Cost, vec![(0, 0)])]),
        ("input:<10", vec![Term::Number(Number::Input, vec![(0, 9)])]),
        ("duration:>250ms", vec![Term::Number(Number::Duration, vec![(251, HIGHEST)])]),
        ("duration:>=2s", vec![Term::Number(Number::Duration, vec![(2000, HIGHEST)])]),
        ("streamed:no", vec![Term::Streamed(false)]),
        (
            "  provider:mock \t error:budget_exhausted ",
            vec![text(Text::Provider, &["mock"]), text(Text::Error, &["budget_exhausted"])],
        ),
    ] {
        assert_eq!(parsed(written), want, "{written}");
    }
}

#[test]
fn times_narrow_each_other() {
    let filter = Filter::parse("since:2h since:1h until:2026-11-24T07:30 until:10m", NOW).unwrap();
    assert_eq!(filter.since.map(UnixMs::rfc3339).as_deref(), Some("2026-11-24T07:00:00.000Z"));
    assert_eq!(filter.until.map(UnixMs::rfc3339).as_deref(), Some("2026-11-24T07:30:00.000Z"));
}

#[test]
fn what_is_not_understood_is_named() {
    for (written, part) in [
        ("claude", "write it like model:claude"),
        ("colour:red", "there is no colour:"),
        ("model:", "model: lacks a value"),
        ("model:a,,b", "empty alternative"),
        ("status:6xx", "status:6xx"),
        ("status:x", "status:404"),
        ("status:-1", "status:-1"),
        ("cost:cheap", "cost:>0.1"),
        ("cost:>1e3", "cost:>0.1"),
        ("since:soon", "since:2h"),
        ("duration:fast", "duration:>2s"),
        ("streamed:maybe", "streamed:yes"),
        ("token:\"a", "quotation mark"),
        (&format!("model:{}*", "x".repeat(50)), "50 bytes"),
        (&"status:200,".repeat(31).replace(",status:", ","), "more than 30"),
    ] {
        let why = Filter::parse(written, NOW).expect_err(written);
        assert!(why.contains(part), "{written}: {why}");
    }
    // Without a star any length is compared as it is.
    assert_eq!(parsed(&format!("model:{}", "x".repeat(200))).len(), 1);
}
