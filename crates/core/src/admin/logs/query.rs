//! What is asked of the calls: `?filter=`, `?limit=`, and where to go on.

use super::cursor::Cursor;
use crate::admin::body::percent_decoded;
use crate::filter::Filter;
use crate::problem::Problem;
use crate::request_id;
use crate::time::UnixMs;

pub(crate) struct Query {
    pub(super) filter: Filter,
    pub(super) limit: usize,
    /// The page begins behind this call.
    pub(super) before: Option<String>,
    /// What is new since then is asked for instead of a page.
    pub(super) follow: Option<Cursor>,
    pub(super) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    /// One object per line.
    Lines,
    Csv,
}

impl Query {
    /// # Errors
    /// [`Problem::AdminInvalid`]: what is wrong with which parameter.
    pub(crate) fn read(query: &str, now: UnixMs) -> Result<Self, Problem> {
        let invalid = |why: String| Err(Problem::AdminInvalid(why));
        let mut read = Self {
            filter: Filter::default(),
            limit: DEFAULT_LIMIT,
            before: None,
            follow: None,
            format: Format::Json,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "limit" => match value.parse().ok().filter(|limit| (1..=HIGHEST_LIMIT).contains(limit)) {
                    Some(limit) => read.limit = limit,
                    None => return invalid(format!("limit must be a number from 1 to {HIGHEST_LIMIT}")),
                },
                "before" => {
                    let value = percent_decoded(value)?;
                    if request_id::accept(&value).is_none() {
                        return invalid("before must be the id of a call".to_owned());
                    }
                    read.before = Some(value);
                }
                // A form writes a space as a plus, and no term has one.
                "filter" => {
                    let text = percent_decoded(&value.replace('+', " "))?;
                    read.filter = Filter::parse(&text, now).map_err(|why| {
                        Problem::AdminInvalid(format!("the filter is not understood: {why}"))
                    })?;
                }
                "follow" => match Cursor::parse(&percent_decoded(value)?) {
                    Some(cursor) => read.follow = Some(cursor),
                    None => return invalid("follow must be empty or what the last answer named".to_owned()),
                },
                "format" => match value {
                    "json" => read.format = Format::Json,
                    "jsonl" => read.format = Format::Lines,
                    "csv" => read.format = Format::Csv,
                    _ => return invalid("format must be json, jsonl or csv".to_owned()),
                },
                _ => {
                    return invalid(format!(
                        "there is no parameter {name:?}; there are filter, limit, before, follow and format"
                    ));
                }
            }
        }
        Ok(read)
    }
}

const DEFAULT_LIMIT: usize = 100;
const HIGHEST_LIMIT: usize = 1000;
