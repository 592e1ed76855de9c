use super::*;
use crate::money::Nano;
use crate::time::UnixMs;
use crate::usage::Reading;

fn id(table: &PriceTable, provider: &str, model: &str) -> Option<String> {
    let price = table.find(provider, model)?;
    let rows = table.provider(provider)?;
    rows.rows
        .iter()
        .find(|row| row.price.get().and_then(Option::as_ref).is_some_and(|p| std::ptr::eq(p, price)))
        .map(|row| row.id.clone())
}

#[test]
fn every_row_and_every_expression_of_the_shipped_tables_is_read() {
    let core = PriceTable::parse(CORE).unwrap();
    PriceTable::parse(MOCK).unwrap();
    assert_eq!(core.generated(), "2026-11-23");
    assert_eq!(core.sources().len(), 2);
    assert!(core.sources().iter().all(|source| source.licence.starts_with("MIT")));
    let builtin = PriceTable::builtin();
    let count = |table: &PriceTable| -> usize { table.providers().map(|p| table.models(p).count()).sum() };
    assert_eq!(count(&builtin), count(&core));
    assert!(count(&builtin) > 1600);
    let expressions: usize =
        builtin.providers().filter_map(|name| builtin.provider(name)).map(|rows| rows.patterns.len()).sum();
    assert_eq!(
        expressions,
        CORE.matches("\\\\d{8}$\"").count()
            + CORE.matches("\\\\d{2}$\"").count()
            + CORE.matches("-\\\\d\"").count()
    );
    assert!(expressions >= 33, "{expressions}");
}

#[test]
fn spellings_find_one_row_or_none() {
    let table = PriceTable::builtin();
    for (provider, row, spellings) in [
        (
            "anthropic",
            "claude-opus-5-5",
            &[
                "claude-opus-5-5",
                " Claude-Opus-5-5 ",
                "claude-opus-5-5-20261001",
                "anthropic/claude-opus-5-5",
                "claude-opus-5-5@20261001",
            ][..],
        ),
        (
            "Anthropic",
            "claude-haiku-4-5",
            &["claude-haiku-4-5", "CLAUDE-HAIKU-4.5", "claude-haiku-4-5-20990101"],
        ),
        (
            "bedrock",
            "regional.anthropic.claude-opus-5-5",
            &[
                "us.anthropic.claude-opus-5-5",
                "us.anthropic.claude-opus-5-5-v1:0",
                "EU.anthropic.claude-opus-5-5",
            ],
        ),
        (
            "bedrock",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            &["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "US.Anthropic.Claude-Sonnet-4-5-20250929-v1:0"],
        ),
        (
            "vertex",
            "claude-sonnet-4-5",
            &["claude-sonnet-4-5@20990101", "claude-sonnet-4-5", "Claude-Sonnet-4.5"],
        ),
        (
            "gemini",
            "gemini-3.8-flash",
            &["gemini-3.8-flash", "models/gemini-3.8-flash", "gemini-flash-latest"],
        ),
        (
            "openai",
            "gpt-6.1-sol",
            &["gpt-6.1-sol", "gpt-6.1-sol-2026-09-01", "GPT-6.1-SOL", "openai/gpt-6.1-sol"],
        ),
        ("xai", "grok-4.7", &["grok-4.7", "x-ai/grok-4.7", "grok-4.7-20260901", "xai/grok-4.7"]),
        ("azure", "Phi-4", &["Phi-4", "phi-4", "PHI-4"]),
        ("mock", "mock", &["mock", "mock-fast"]),
        ("mock", "mock-paid", &["mock-paid", "mock-paid-large", "Mock-Paid"]),
    ] {
        for spelling in spellings {
            let found = id(&table, provider, spelling);
            if provider != "Anthropic" {
                assert_eq!(found.as_deref(), Some(row), "{provider}:{spelling}");
            } else {
                assert!(table.find(provider, spelling).is_some(), "{provider}:{spelling}");
            }
        }
    }
    for (provider, model) in [
        ("anthropic", "claude-opus-5-55"),
        ("anthropic", "claude-opus-99"),
        ("anthropic", "claude-fable-5-"),
        ("anthropic", "gpt-6.1-sol"),
        ("openai", "gpt-6.1-solar"),
        ("openai", "gpt-6.2-sol"),
        ("openai", ""),
        ("openai", "gpt-6.1-sol/../gpt-6-luna"),
        ("openrouter", "anthropic/claude-sonnet-5-5"),
        ("nobody", "gpt-6.1-sol"),
    ] {
        assert!(table.find(provider, model).is_none(), "{provider}:{model}");
    }
}

#[test]
fn a_data_sets_zero_is_no_price_and_an_operators_is() {
    let table = PriceTable::builtin();
    for (provider, model) in [
        ("openai", "omni-moderation-latest"),
        ("gemini", "gemini-exp-1206"),
        ("gemini", "lyria-3.5"),
        ("gemini", "gemini-2.0-flash-exp-image-generation"),
        ("bedrock", "amazon.rerank-v1:0"),
        ("bedrock", "us.twelvelabs.pegasus-1-2-v1:0"),
        ("azure", "model-router"),
    ] {
        assert!(table.models(provider).any(|id| id == model), "{provider}:{model} is in the table");
        assert!(table.find(provider, model).is_none(), "{provider}:{model}");
    }
    let free =
        PriceTable::parse(r#"{"providers":{"ollama":{"models":{"any":{"in":0,"out":0,"glob":["*"]}}}}}"#)
            .unwrap();
    assert_eq!(free.find("ollama", "llama-9").unwrap().rates_per_million().input, Nano::ZERO);
    assert!(free.find("mock", "mock-paid").is_some(), "the mock keeps its price");
    // Every price that is found charges input tokens, the mock's apart.
    for provider in table.providers().filter(|name| *name != "mock") {
        for model in table.models(provider) {
            if let Some(price) = table.find(provider, model) {
                assert!(price.rates_per_million().input > Nano::ZERO, "{provider}:{model}");
            }
        }
    }
}

#[test]
fn display_rates_of_the_fact_sheet() {
    let table = PriceTable::builtin();
    for (provider, model, input, cache_read, cache_write, output) in [
        ("anthropic", "claude-opus-5-5", "4", "0.2", "5", "20"),
        ("anthropic", "claude-haiku-5-5", "0.1", "0.01", "0.125", "0.5"),
        ("anthropic", "claude-fable-5-2", "8", "0.2", "10", "40"),
        ("openai", "gpt-6.1-sol", "2", "0.1", "2.5", "10"),
        ("openai", "gpt-6.1-terra", "1", "0.05", "1.25", "5"),
        ("openai", "gpt-5.5", "5", "0.5", "5", "30"),
        ("gemini", "gemini-3.8-flash", "0.75", "0.075", "0.75", "3.75"),
        ("bedrock", "us.anthropic.claude-opus-5-5", "4.4", "0.22", "5.5", "22"),
        ("bedrock", "global.anthropic.claude-opus-5-5", "4", "0.2", "5", "20"),
    ] {
        let rates = table.find(provider, model).unwrap().rates_per_million();
        let shown = [rates.input, rates.cache_read, rates.cache_write, rates.output];
        let want = [input, cache_read, cache_write, output].map(|text| Nano::parse_dollars(text).unwrap());
        assert_eq!(shown, want, "{provider}:{model}");
    }
    let price = table.find("anthropic", "claude-opus-5-5").unwrap();
    assert_eq!((price.context(), price.max_output(), price.mode()), (Some(1_000_000), Some(128_000), None));
}

#[test]
fn a_search_is_never_free_where_the_provider_sells_searches() {
    let table = PriceTable::builtin();
    // This row comes from a data set that does not state the fee.
    let price = table.find("anthropic", "claude-haiku-4-5-20251001").unwrap();
    let usage = crate::usage::Usage { web_search: 1, ..Default::default() };
    let reading = Reading { usage, ..Reading::default() };
    assert_eq!(price.cost(&reading, UnixMs(0)), Nano(10_000_000));
}

#[test]
fn asides_are_priced_by_their_own_rows() {
    let usage = crate::usage::Usage { output: 1000, ..Default::default() };
    let aside = |model: &str| crate::usage::Aside { model: model.to_owned(), usage };
    let mut reading = Reading { usage, asides: vec![aside("claude-fable-5-2")], ..Reading::default() };
    let book = crate::price::PriceBook::default();
    let cost = |reading: &Reading| book.cost("anthropic", "claude-opus-5-5", reading, UnixMs(0));
    assert_eq!(cost(&reading), Some(Nano(20_000_000 + 40_000_000)));
    reading.asides.push(aside("claude-unknown-9"));
    assert_eq!(cost(&reading), None);
}

#[test]
fn wrong_tables_are_refused_with_the_place() {
    let row = |row: &str| format!(r#"{{"providers":{{"p":{{"models":{{"m":{row}}}}}}}}}"#);
    for (text, want) in [
        ("{}".to_owned(), "missing field"),
        ("[".to_owned(), "the price table"),
        (r#"{"schema":"other/9","providers":{}}"#.to_owned(), "schema is"),
        (row(r#"{"in":-1,"out":1}"#), "price of p:m: in is not a price: -1"),
        (row(r#"{"in":"1","out":1}"#), "price of p:m: in is not a price"),
        (row("{}"), "price of p:m: neither in nor out"),
        (row(r#"{"in":1,"out":1,"re":["^(a|b)$"]}"#), "is not supported"),
        (row(r#"{"in":1,"out":1,"tiers":[{"in":2}]}"#), "a tier without above"),
        (row(r#"{"in":1,"out":1,"from":[{"date":"soon","in":2}]}"#), "not a date"),
        (row(r#"{"in":1,"out":1,"tod":[{"utc":["25:00","26:00"],"in":2}]}"#), "not a time of day"),
        (row(r#"{"in":1,"out":1,"mult":{"us":-2}}"#), "mult is not a factor"),
        (row(r#"{"in":1,"out":1,"variants":{"batch":{"in":null}}}"#), "in is not a price: null"),
        (row("[]"), "price of p:m"),
    ] {
        let error = PriceTable::parse(&text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(want), "{text}: {error:?} lacks {want:?}");
    }
}
