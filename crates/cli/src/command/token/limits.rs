//! The limits of a token on the command line, for a new one and for an edit. `none` is not zero.

use crate::span::parse_seconds;
use proxyagent_core::budget::Budget;
use proxyagent_core::window::Window;
use serde_json::{Map, Value, json};

/// What was given; the rest is left as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// How long it is valid: seconds, 30m, 12h, 30d, or none
    #[arg(long, value_name = "SPAN", value_parser = limit::<Seconds>)]
    ttl: Option<Limit<Seconds>>,
    /// The most calls per minute, or none
    #[arg(long, value_name = "N", value_parser = limit::<Count>)]
    rate: Option<Limit<Count>>,
    /// The most model tokens per minute, or none
    #[arg(long, value_name = "N", value_parser = limit::<Count>)]
    tokens_per_minute: Option<Limit<Count>>,
    /// The most calls at once, or none
    #[arg(long, value_name = "N", value_parser = limit::<Count>)]
    concurrency: Option<Limit<Count>>,
    /// The most it may spend, in dollars: 20, or 5/day, 20/week, 50/month, 5/30d (UTC), or none
    #[arg(long, value_name = "USD", value_parser = limit::<Usd>)]
    budget: Option<Limit<Usd>>,
    /// The group whose budget its calls also draw on, or none
    #[arg(long, value_name = "GROUP")]
    budget_group: Option<String>,
}

impl Limits {
    /// Seconds, where they are limited.
    pub(super) fn lifetime(&self) -> Option<u64> {
        match self.ttl {
            Some(Limit::To(Seconds(seconds))) => Some(seconds),
            Some(Limit::None) | None => None,
        }
    }

    /// Adds what was given to a body of the admin API; `none` is said as null.
    pub(super) fn put(&self, wish: &mut Map<String, Value>) {
        let mut limit = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                wish.insert(name.to_owned(), value);
            }
        };
        let count = |given: Option<Limit<Count>>| given.map(|given| given.json(|Count(n)| json!(n)));
        limit("ttl_seconds", self.ttl.map(|ttl| ttl.json(|Seconds(n)| json!(n))));
        limit("rate_limit", count(self.rate));
        limit("tokens_per_minute", count(self.tokens_per_minute));
        limit("concurrency", count(self.concurrency));
        limit(
            "budget_usd",
            self.budget.map(|budget| budget.json(|Usd(budget)| json!(budget.amount.dollars()))),
        );
        let window = |Usd(budget): Usd| json!(budget.window.map(Window::name));
        limit("budget_window", self.budget.map(|budget| budget.json(window)));
        limit(
            "budget_group",
            self.budget_group.as_ref().map(|name| match name.as_str() {
                "none" => Value::Null,
                name => json!(name),
            }),
        );
    }
}

/// A limit, or the wish for none: never the same as a limit of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit<T> {
    None,
    To(T),
}

impl<T> Limit<T> {
    fn json(self, value: impl FnOnce(T) -> Value) -> Value {
        match self {
            Self::None => Value::Null,
            Self::To(limit) => value(limit),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seconds(u64);
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count(u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Usd(Budget);

trait Parse: Sized {
    fn parse(text: &str) -> Result<Self, String>;
}

impl Parse for Seconds {
    fn parse(text: &str) -> Result<Self, String> {
        match parse_seconds(text)? {
            0 => Err("a token that is valid for no time is of no use; `none` means without end".to_owned()),
            seconds => Ok(Self(seconds)),
        }
    }
}

impl Parse for Count {
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<u32>() {
            Ok(0) => Err("a token that may do nothing is of no use; `none` means without limit".to_owned()),
            Ok(count) => Ok(Self(count)),
            Err(_) => Err("write a whole number".to_owned()),
        }
    }
}

impl Parse for Usd {
    fn parse(text: &str) -> Result<Self, String> {
        Budget::parse(text).map(Self).map_err(str::to_owned)
    }
}

fn limit<T: Parse>(text: &str) -> Result<Limit<T>, String> {
    match text {
        "none" => Ok(Limit::None),
        text => T::parse(text).map(Limit::To),
    }
}
