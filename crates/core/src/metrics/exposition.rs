//! The text that Prometheus reads, in both of its forms. Families come one after another, each with one set of label
//! names; every value is exact.

use crate::money::Nano;
use crate::tally::{ENDLESS, SUM, bucket};
use std::fmt::Write;

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Prometheus text format 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0: a counter's family has no `_total`, and the text says where it ends.
    OpenMetrics,
}

impl Form {
    /// The form that a scraper's `accept` asks for.
    pub(super) fn wanted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A text being written.
pub(super) struct Exposition {
    form: Form,
    text: String,
}

/// A sample's labels, as (name, value).
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

impl Exposition {
    pub(super) fn new(form: Form) -> Self {
        Self { form, text: String::with_capacity(8 << 10) }
    }

    /// A counter's family. `name` without `_total`.
    pub(super) fn counter(&mut self, name: &str, help: &str) -> Counter<'_> {
        match self.form {
            Form::Prometheus => self.head(&format!("{name}_total"), "counter", help),
            Form::OpenMetrics => self.head(name, "counter", help),
        }
        Counter { out: self, name: format!("{name}_total") }
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: i64) {
        self.head(name, "gauge", help);
        self.sample(name, &[], None, &value.to_string());
    }

    /// A histogram's family in seconds. Each row of `counts` is (label, bucket, count), buckets in microseconds, as they
    /// were stored: buckets of other bounds count for the next larger one of `bounds`.
    pub(super) fn histogram(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        bounds: &[i64],
        counts: &[(&str, i64, i64)],
    ) {
        self.head(name, "histogram", help);
        let mut rest = counts;
        while let Some((value, ..)) = rest.first() {
            let same = rest.iter().take_while(|(other, ..)| other == value).count();
            let (group, behind) = rest.split_at_checked(same).unwrap_or((rest, &[]));
            self.series(name, &[(label, value)], bounds, group);
            rest = behind;
        }
    }

    fn series(&mut self, name: &str, labels: Labels<'_>, bounds: &[i64], group: &[(&str, i64, i64)]) {
        let of = |wanted: i64| {
            let mine = |at: &i64| *at != SUM && bucket(bounds, *at) == wanted;
            group.iter().filter(|(_, at, _)| mine(at)).map(|(.., count)| count).sum::<i64>()
        };
        let mut below = 0;
        for bound in bounds.iter().copied().chain([ENDLESS]) {
            below += of(bound);
            let le = if bound == ENDLESS { "+Inf".to_owned() } else { seconds(bound) };
            self.sample(&format!("{name}_bucket"), labels, Some(&le), &below.to_string());
        }
        let sum = group.iter().filter(|(_, at, _)| *at == SUM).map(|(.., sum)| sum).sum::<i64>();
        self.sample(&format!("{name}_sum"), labels, None, &seconds(sum));
        self.sample(&format!("{name}_count"), labels, None, &below.to_string());
    }

    pub(super) fn finish(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn head(&mut self, family: &str, kind: &str, help: &str) {
        // A String takes everything, here and below.
        let _ = writeln!(self.text, "# HELP {family} {help}\n# TYPE {family} {kind}");
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, le: Option<&str>, value: &str) {
        self.text.push_str(name);
        let all = labels.iter().copied().chain(le.map(|le| ("le", le)));
        for (at, (label, text)) in all.enumerate() {
            let _ = write!(self.text, "{}{label}=\"{}\"", if at == 0 { '{' } else { ',' }, escaped(text));
        }
        if !labels.is_empty() || le.is_some() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }
}

/// A counter's samples.
pub(super) struct Counter<'a> {
    out: &'a mut Exposition,
    name: String,
}

impl Counter<'_> {
    pub(super) fn add(&mut self, labels: Labels<'_>, value: i64) {
        self.out.sample(&self.name, labels, None, &value.to_string());
    }

    /// An amount, in dollars.
    pub(super) fn dollars(&mut self, labels: Labels<'_>, amount: Nano) {
        self.out.sample(&self.name, labels, None, &amount.decimal());
    }
}

/// Microseconds as seconds, with a fraction always: OpenMetrics wants the bounds of buckets to be written so.
fn seconds(micros: i64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

/// A label's value. Names of models come from callers: no control character reaches a scraper.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact_and_have_a_fraction() {
        for (micros, want) in [(0, "0.0"), (50, "0.00005"), (2_500_000, "2.5"), (600_000_000, "600.0")] {
            assert_eq!(seconds(micros), want);
        }
    }

    #[test]
    fn a_hostile_label_stays_within_its_quotes() {
        let mut out = Exposition::new(Form::Prometheus);
        out.counter("x", "X.").add(&[("model", "a\"} 1\nfake{b=\"\\\u{1b}")], 7);
        let line = out.finish();
        assert_eq!(line.lines().nth(2), Some("x_total{model=\"a\\\"} 1\\nfake{b=\\\"\\\\\u{fffd}\"} 7"));
    }

    #[test]
    fn buckets_are_cumulative_and_old_bounds_still_count() {
        let mut out = Exposition::new(Form::OpenMetrics);
        let counts = [("a", SUM, 900), ("a", 50, 2), ("a", 70, 1), ("a", ENDLESS, 1), ("b", 100, 4)];
        out.histogram("h_seconds", "H.", "p", &[50, 100], &counts);
        assert_eq!(
            out.finish(),
            "# HELP h_seconds H.\n# TYPE h_seconds histogram\n\
             h_seconds_bucket{p=\"a\",le=\"0.00005\"} 2\nh_seconds_bucket{p=\"a\",le=\"0.0001\"} 3\n\
             h_seconds_bucket{p=\"a\",le=\"+Inf\"} 4\nh_seconds_sum{p=\"a\"} 0.0009\nh_seconds_count{p=\"a\"} 4\n\
             h_seconds_bucket{p=\"b\",le=\"0.00005\"} 0\nh_seconds_bucket{p=\"b\",le=\"0.0001\"} 4\n\
             h_seconds_bucket{p=\"b\",le=\"+Inf\"} 4\nh_seconds_sum{p=\"b\"} 0.0\nh_seconds_count{p=\"b\"} 4\n# EOF\n"
        );
    }
}
