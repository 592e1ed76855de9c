//! Budgets as people write them (`5`, `5/day`, `20/month`, `5/30d`), and what is said when one is used up.

use crate::money::Nano;
use crate::time::UnixMs;
use crate::window::Window;
use std::fmt;

/// An amount, for ever or for each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub amount: Nano,
    pub window: Option<Window>,
}

/// Whose budget it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    Token,
    Group(String),
    Provider(&'static str),
}

/// A call that did not fit into a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    pub whose: Whose,
    pub budget: Budget,
    pub spent: Nano,
    /// Set aside for running calls.
    pub held: Nano,
    /// What the call might cost.
    pub needed: Nano,
    /// When the budget starts again, if it does.
    pub resets: Option<UnixMs>,
}

impl Budget {
    /// Reads `5`, `$5`, `5/day`.
    ///
    /// # Errors
    /// How to write it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (amount, window) = match text.split_once('/') {
            Some((amount, window)) => (amount, Some(Window::parse(window).ok_or(FORM)?)),
            None => (text, None),
        };
        let amount = Nano::parse_dollars(amount.strip_prefix('$').unwrap_or(amount)).ok_or(FORM)?;
        Ok(Self { amount, window })
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "${:.2}", self.amount.dollars())?;
        match self.window {
            None => Ok(()),
            Some(Window::DAY) => out.write_str(" a day"),
            Some(Window::WEEK) => out.write_str(" a week"),
            Some(Window::MONTH) => out.write_str(" a month"),
            Some(window) => write!(out, " for {} days", window.days()),
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => out.write_str("the token's"),
            Self::Group(name) => write!(out, "the token group {name:?}'s"),
            Self::Provider(_) => out.write_str("this proxy's"),
        }
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whose, budget, spent, held, needed, resets } = self;
        write!(out, "{whose} budget of {budget}")?;
        if let Whose::Provider(name) = whose {
            write!(out, " for {name}")?;
        }
        write!(
            out,
            " is used up: ${:.6} spent, ${:.6} held by running calls, up to ${:.6} needed for this call; ",
            spent.dollars(),
            held.dollars(),
            needed.dollars()
        )?;
        match resets {
            Some(at) => write!(
                out,
                "it starts again on {}; until then ask the operator of this proxy to raise it",
                at.rfc3339()
            ),
            None => out.write_str("ask the operator of this proxy to raise it"),
        }
    }
}

const FORM: &str = "write dollars, or dollars for a span: 5, 0.25, 5/day, 20/week, 50/month, 5/30d";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_table() {
        for (text, want) in [
            ("5", Some((5_000_000_000, None))),
            ("$0.25", Some((250_000_000, None))),
            ("5/day", Some((5_000_000_000, Some(Window::DAY)))),
            ("20/month", Some((20_000_000_000, Some(Window::MONTH)))),
            ("0/week", Some((0, Some(Window::WEEK)))),
            ("5/30d", Some((5_000_000_000, Window::parse("30d")))),
            ("5/", None),
            ("5/year", None),
            ("/day", None),
            ("-5/day", None),
            ("5 / day", None),
            ("", None),
        ] {
            let budget = Budget::parse(text).ok().map(|b| (b.amount.0, b.window));
            assert_eq!(budget, want, "{text}");
        }
    }

    #[test]
    fn the_sentence_says_whose_and_until_when() {
        let short = |whose, window, resets| Shortfall {
            whose,
            budget: Budget { amount: Nano(5_000_000_000), window },
            spent: Nano(4_900_000_000),
            held: Nano(50_000_000),
            needed: Nano(70_000_000),
            resets,
        };
        let end = Some(UnixMs(1_795_564_800_000));
        for (shortfall, parts) in [
            (
                short(Whose::Token, None, None),
                ["the token's budget of $5.00 is used up", "needed for this call; ask the operator"],
            ),
            (
                short(Whose::Group("ci".into()), Some(Window::DAY), end),
                ["the token group \"ci\"'s budget of $5.00 a day is", "again on 2026-11-25T00:00:00.000Z"],
            ),
            (
                short(Whose::Provider("mock"), Some(Window::MONTH), end),
                ["this proxy's budget of $5.00 a month for mock is", "$4.900000 spent"],
            ),
        ] {
            for part in parts {
                assert!(shortfall.to_string().contains(part), "{shortfall}");
            }
        }
    }
}
