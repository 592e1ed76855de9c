use super::*;
use crate::price::PriceTable;

/// 2026-11-23T12:00:00Z.
const NOON: UnixMs = UnixMs(1_795_435_200_000);
const HOUR: i64 = 3_600_000;

fn table(rows: &str) -> PriceTable {
    PriceTable::parse(&format!(r#"{{"providers":{{"p":{{"models":{{{rows}}}}}}}}}"#)).unwrap()
}

fn reading(usage: Usage) -> Reading {
    Reading { usage, ..Reading::default() }
}

fn with(usage: Usage, variant: Option<&str>, geo: Option<&str>) -> Reading {
    Reading { variant: variant.map(Into::into), geo: geo.map(Into::into), ..reading(usage) }
}

fn tokens(input: u64, output: u64) -> Usage {
    Usage { input, output, ..Usage::default() }
}

#[test]
fn a_tier_is_a_cliff_on_the_whole_input() {
    let table = table(
        r#""m":{"in":1,"cr":0.1,"out":5,"tiers":[{"above":100,"in":2,"out":10},{"above":200,"in":4,"out":20}]}"#,
    );
    let price = table.find("p", "m").unwrap();
    for (input, cached, nano) in [
        (100, 0, 100_000 + 5_000),
        (101, 0, 202_000 + 10_000),
        (200, 0, 400_000 + 10_000),
        (201, 0, 804_000 + 20_000),
        // Cached tokens count for the threshold; a missing tier rate moves with the input's.
        (1, 100, 2_000 + 20_000 + 10_000),
    ] {
        let usage = Usage { cache_read: cached, ..tokens(input, 1) };
        assert_eq!(price.cost(&reading(usage), NOON), Nano(nano), "{input}+{cached}");
    }
}

#[test]
fn variants_tiers_and_factors() {
    let table = table(
        r#""m":{"in":2,"out":10,"tiers":[{"above":100,"in":4,"out":15}],"mult":{"us":1.1,"fast":2},
            "variants":{"batch":{"in":1,"out":5},"flex":{"in":1,"out":5,"tiers":[{"above":100,"in":3,"out":6}]}}}"#,
    );
    let price = table.find("p", "m").unwrap();
    for (input, variant, geo, nano) in [
        (10, None, None, 20_000),
        (10, Some("batch"), None, 10_000),
        (10, Some("unheard-of"), None, 20_000),
        (10, None, Some("us"), 22_000),
        (10, None, Some("global"), 20_000),
        (10, Some("batch"), Some("us"), 11_000),
        (10, Some("fast"), None, 40_000),
        (10, Some("fast"), Some("us"), 44_000),
        (1000, None, None, 4_000_000),
        // The plain tier doubles the input; the variant without tiers doubles too.
        (1000, Some("batch"), None, 2_000_000),
        (1000, Some("flex"), None, 3_000_000),
    ] {
        let reading = with(tokens(input, 0), variant, geo);
        assert_eq!(price.cost(&reading, NOON), Nano(nano), "{input} {variant:?} {geo:?}");
    }
}

#[test]
fn rates_by_date_and_time_of_day() {
    let table = table(
        r#""dated":{"in":1,"out":1,"from":[{"date":"2026-12-01","in":2,"out":2},{"date":"2027-01-01","in":3,"out":3}],
            "variants":{"batch":{"in":0.5,"out":0.5}}},
           "daily":{"in":1,"out":1,"tod":[{"utc":["06:00","10:00"],"in":2,"out":2},{"utc":["22:30","01:00"],"in":4,"out":4}]}"#,
    );
    let dated = table.find("p", "dated").unwrap();
    for (days, variant, nano) in
        [(0, None, 1000), (7, None, 1000), (8, None, 2000), (39, None, 3000), (8, Some("batch"), 1000)]
    {
        let when = UnixMs(NOON.0 + days * 24 * HOUR);
        assert_eq!(dated.cost(&with(tokens(1, 0), variant, None), when), Nano(nano), "{days} {variant:?}");
    }
    let daily = table.find("p", "daily").unwrap();
    for (minutes, nano) in [
        (0, 1000),
        (-361, 1000),
        (-360, 2000),
        (-121, 2000),
        (-120, 1000),
        (630, 4000),
        (779, 4000),
        (780, 1000),
    ] {
        let when = UnixMs(NOON.0 + minutes * 60_000);
        assert_eq!(daily.cost(&reading(tokens(1, 0)), when), Nano(nano), "{minutes}");
    }
}

#[test]
fn parts_are_priced_apart_and_once() {
    let table = table(
        r#""m":{"in":1,"out":10,"cr":0.1,"cw":2,"cwl":3,"audio_in":4,"image_in":5,"reason":20,"audio_out":30,
            "image_out":40,"search_k":7,"req_k":9}"#,
    );
    let usage = Usage {
        input: 100,
        cache_read: 10,
        cache_write: 10,
        cache_write_long: 10,
        output: 100,
        reasoning: 10,
        audio_in: 10,
        image_in: 10,
        audio_out: 10,
        image_out: 10,
        web_search: 2,
        web_fetch: 3,
    };
    let thousands = 80 + 40 + 50 + 1 + 20 + 30 + 700 + 200 + 300 + 400 + 14_000 + 9_000;
    assert_eq!(table.find("p", "m").unwrap().cost(&reading(usage), NOON), Nano(thousands * 1000));
    // Parts beyond their whole neither panic nor make anything cheaper.
    let wild = Usage { audio_in: u64::MAX, image_in: 7, reasoning: u64::MAX, ..tokens(10, 10) };
    assert_eq!(table.find("p", "m").unwrap().cost(&reading(wild), NOON), Nano((40 + 200 + 9_000) * 1000));
}

#[test]
fn one_rounding_half_up() {
    let table = table(r#""m":{"in":0.0005,"out":0.0004}"#);
    let price = table.find("p", "m").unwrap();
    for (input, output, nano) in [(1, 0, 1), (0, 1, 0), (1, 1, 1), (2, 1, 1), (3, 0, 2), (0, 0, 0)] {
        assert_eq!(price.cost(&reading(tokens(input, output)), NOON), Nano(nano), "{input} {output}");
    }
}

#[test]
fn absurd_usage_costs_all_a_ledger_holds() {
    let table = table(r#""m":{"in":5000,"out":5000,"mult":{"us":1.1}}"#);
    let all = Usage { cache_read: u64::MAX, cache_write: u64::MAX, ..tokens(u64::MAX, u64::MAX) };
    assert_eq!(table.find("p", "m").unwrap().cost(&with(all, None, Some("us")), NOON), Nano::MAX);
}

#[test]
fn worst_table() {
    let table = table(
        r#""m":{"in":2,"out":10,"cr":0.2,"cw":2.5,"cwl":4,"tiers":[{"above":1000,"in":4,"out":15}],
             "variants":{"priority":{"in":20,"out":100}}},
           "two":{"in":1,"out":5,"alt":{"in":2,"out":4}},
           "us":{"in":1,"out":5,"mult":{"us":1.1,"fast":2}},
           "audio":{"in":1,"out":5,"audio_in":8,"audio_out":9}"#,
    );
    for (model, input, output, caching, variant, nano) in [
        ("m", 100, 10, false, None, 200_000 + 100_000),
        ("m", 100, 10, true, None, 400_000 + 100_000),
        ("m", 1000, 10, false, None, 2_000_000 + 100_000),
        ("m", 1001, 10, false, None, 4_004_000 + 150_000),
        ("m", 100, 10, false, Some("priority"), 2_000_000 + 1_000_000),
        ("two", 10, 10, false, None, 20_000 + 50_000),
        ("us", 10, 10, false, None, 11_000 + 55_000),
        ("us", 10, 10, false, Some("fast"), 22_000 + 110_000),
        ("audio", 10, 10, false, None, 80_000 + 90_000),
    ] {
        let ask =
            Ask { input_tokens: input, output_tokens: output, searches: 0, caching, variant, when: NOON };
        assert_eq!(table.find("p", model).unwrap().worst_of(&ask), Nano(nano), "{model} {ask:?}");
    }
}

/// Whatever usage stays inside the bounds costs no more than was held for it, in every row of the built-in table.
#[test]
fn no_call_costs_more_than_its_worst_case() {
    let table = PriceTable::builtin();
    let mut seed = 7u64;
    let mut below = |limit: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 20) % (limit + 1)
    };
    let mut rows = 0;
    for provider in table.providers() {
        for model in table.models(provider) {
            let Some(price) = table.find(provider, model) else { continue };
            rows += 1;
            for variant in [None, Some("batch"), Some("flex"), Some("priority"), Some("fast")] {
                let when = UnixMs(NOON.0 + i64::try_from(below(60 * 24)).unwrap() * HOUR);
                let (input_tokens, output_tokens) = (below(600_000), below(100_000));
                let caching = below(1) == 1;
                let ask = Ask { input_tokens, output_tokens, searches: 0, caching, variant, when };
                let written = if caching { below(input_tokens) } else { 0 };
                let cache_write_long = below(written);
                let cache_read = below(input_tokens - written);
                let input = input_tokens - written - cache_read;
                let usage = Usage {
                    input,
                    cache_read,
                    cache_write: written - cache_write_long,
                    cache_write_long,
                    output: output_tokens,
                    reasoning: below(output_tokens),
                    audio_in: below(input),
                    image_in: below(input),
                    audio_out: below(output_tokens),
                    image_out: below(output_tokens),
                    ..Usage::default()
                };
                let cost = price.cost(&with(usage, variant, Some("us")), when);
                let worst = price.worst_of(&ask);
                assert!(cost <= worst, "{provider}:{model} {variant:?} {usage:?}: {cost:?} > {worst:?}");
            }
        }
    }
    assert!(rows > 1400, "{rows}");
}
