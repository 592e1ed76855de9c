use super::*;
use crate::call::ModelRef;
use crate::dialect::{Dialect, Operation};
use crate::time::Micros;

fn call(status: u16) -> CallRecord {
    let mut record = CallRecord::begin(
        "req_1".into(),
        "req_1".into(),
        UnixMs(0),
        Micros(0),
        Dialect::Chat,
        Operation::Generate,
    );
    record.status = status;
    record.end = End::Complete;
    record.target = Some(ModelRef { provider: "mock", model: "mock".into() });
    record.duration = Millis(40);
    record
}

fn seen(counted: Counted) -> Vec<(&'static str, &'static str, i64, i64)> {
    counted.0.into_iter().map(|(key, value)| (key.series, key.label, key.bucket, value)).collect()
}

#[test]
fn a_span_on_its_bound_belongs_to_it() {
    for (span, want) in [(0, 50), (50, 50), (51, 100), (100_000, 100_000), (100_001, ENDLESS)] {
        assert_eq!(bucket(SHORT, span), want, "{span}");
    }
}

#[test]
fn calls_are_counted_by_status_and_their_spans_only_where_something_was_sent() {
    let tally = Tally::default();
    let mut first = call(200);
    first.overhead = Some(Micros(120));
    first.first_byte = Some(Millis(700_000));
    tally.count(&first);
    tally.count(&call(200));
    let mut refused = call(402);
    (refused.end, refused.error) = (End::Refused, Some("budget_exhausted"));
    tally.count(&refused);
    assert_eq!(
        seen(tally.take()),
        [
            (DURATION, "mock", SUM, 80_000),
            (DURATION, "mock", 50_000, 2),
            (FIRST_BYTE, "mock", SUM, 700_000_000),
            (FIRST_BYTE, "mock", ENDLESS, 1),
            (OVERHEAD, "mock", SUM, 120),
            (OVERHEAD, "mock", 250, 1),
            (REFUSED, "budget_exhausted", 0, 1),
            (RESPONSES, "", 200, 2),
            (RESPONSES, "", 402, 1),
        ]
    );
    assert!(seen(tally.take()).is_empty());
}

#[test]
fn counts_are_written_every_few_seconds_and_survive_a_store_that_is_down() {
    let tally = Tally::default();
    tally.count(&call(200));
    let counted = tally.due(UnixMs(1_000_000));
    assert_eq!(counted.statements().count(), 3);
    tally.put_back(counted);
    tally.count(&call(200));
    assert!(seen(tally.due(UnixMs(1_009_999))).is_empty());
    assert!(seen(tally.due(UnixMs(1_010_000))).contains(&(RESPONSES, "", 200, 2)));
    // A clock that was set back does not stop the writing.
    tally.count(&call(200));
    assert!(!seen(tally.due(UnixMs(5))).is_empty());
}
