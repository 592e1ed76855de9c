//! `proxyagent logs --follow`: a line for every call that begins or ends, until the reader has enough. Asks once a second;
//! a proxy that is away for a while is waited for.

use super::{plain, table};
use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::{self, Answer, Shape};
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Deserialize)]
struct News {
    logs: Vec<Value>,
    follow: String,
}

/// Prints `earlier`, then what is new.
pub(super) async fn run(
    console: &Console,
    filter: &str,
    earlier: Vec<Value>,
    shape: Shape,
) -> Result<Answer, CliError> {
    let mut told = Told::default();
    let mut cursor = String::new();
    let mut news = earlier;
    let mut away = false;
    loop {
        for log in news.drain(..) {
            if told.is_new(&log) && !output::line(&shown(&log, shape)?)? {
                return Ok(Answer::default());
            }
        }
        let path = format!("/admin/logs?follow={}&filter={}", segment(&cursor), segment(filter));
        match console.send(Method::GET, &path, None).await {
            Ok(json) => {
                let step: News = crate::command::read(&json)?;
                // Only from the first answer on there is something to wait a second for.
                let begun = !std::mem::replace(&mut cursor, step.follow).is_empty();
                (news, away) = (step.logs, false);
                if begun {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            Err(error) if error.kind == Kind::Unreachable && !cursor.is_empty() => {
                if !std::mem::replace(&mut away, true) {
                    output::warn("the proxy cannot be reached; waiting for it", shape);
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn shown(log: &Value, shape: Shape) -> Result<String, CliError> {
    match shape {
        Shape::Human => table::line(log),
        Shape::Json => Ok(format!("{log}\n")),
        Shape::Quiet => Ok(format!("{}\n", log.get("id").map(plain).unwrap_or_default())),
    }
}

/// Which calls were printed, and in which state: each is told of more than once.
#[derive(Default)]
struct Told(BTreeMap<String, String>);

impl Told {
    fn is_new(&mut self, log: &Value) -> bool {
        let text = |name: &str| log.get(name).map(plain).unwrap_or_default();
        let state = text("state");
        let new = self.0.insert(text("id"), state.clone()).as_ref() != Some(&state);
        // Ids are ordered by time: what is forgotten is the oldest.
        while self.0.len() > REMEMBERED {
            self.0.pop_first();
        }
        new
    }
}

const PAUSE: Duration = Duration::from_secs(1);
const REMEMBERED: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_told_once_in_each_state() {
        let mut told = Told::default();
        let call = |id: &str, state: &str| json!({"id": id, "state": state});
        for (id, state, new) in [
            ("a", "open", true),
            ("a", "open", false),
            ("b", "open", true),
            ("a", "settled", true),
            ("a", "settled", false),
        ] {
            assert_eq!(told.is_new(&call(id, state)), new, "{id} {state}");
        }
    }
}
