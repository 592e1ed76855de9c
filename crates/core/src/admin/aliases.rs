//! The aliases: see them, replace them all, set or remove one.

use super::Admin;
use super::answer::Answer;
use super::body;
use crate::alias::{Aliases, unreplaced};
use crate::audit::{self, Deed};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::aliases;
use crate::store::audit::Only;
use bytes::Bytes;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacement {
    map: Pairs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    r#match: String,
    target: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(serialize_with = "as_map")]
    map: Vec<&'a (String, String)>,
    /// Those of `PROXYAGENT_MODEL_MAP` that hold because none above replaces them. They cannot be changed here.
    #[serde(serialize_with = "as_map")]
    settings: Vec<&'a (String, String)>,
}

/// A JSON object's members in their order, also those whose name repeats.
struct Pairs(Vec<(String, String)>);

pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    shown(proxy, &load(proxy).await?.0)
}

/// All of them, or, if one is wrong, none.
pub(super) async fn replace<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let Replacement { map: Pairs(pairs) } = body::read(body)?;
    check(proxy, &pairs).map_err(Problem::AdminInvalid)?;
    let detail = json!({ "map": pairs });
    let deed = Deed { action: "alias.replace", subject: "*", detail, only: Only::Always };
    audit::carry_out(proxy, admin, deed, aliases::replace(&pairs, proxy.platform.now())).await?;
    shown(proxy, &pairs)
}

/// One more, or another target for one. It is checked together with all the others.
pub(super) async fn put<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let one: One = body::read(body)?;
    // Someone else may change the aliases in between; then it is checked against theirs.
    for _ in 0..TRIES {
        let (mut pairs, epoch) = load(proxy).await?;
        match pairs.iter_mut().find(|(written, _)| *written == one.r#match) {
            Some((_, target)) => target.clone_from(&one.target),
            None => pairs.push((one.r#match.clone(), one.target.clone())),
        }
        check(proxy, &pairs).map_err(Problem::AdminInvalid)?;
        let put = aliases::put(&one.r#match, &one.target, epoch, proxy.platform.now());
        let deed = Deed {
            action: "alias.set",
            subject: &one.r#match,
            detail: json!({ "target": one.target }),
            only: Only::epoch(epoch),
        };
        if audit::carry_out(proxy, admin, deed, put).await?.first().is_some_and(|rows| !rows.is_empty()) {
            return shown(proxy, &pairs);
        }
    }
    Err(Problem::StoreDown)
}

pub(super) async fn remove<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    encoded: &str,
) -> Result<Answer, Problem> {
    let written = body::percent_decoded(encoded)?;
    let (before, _) = load(proxy).await?;
    let mut after = before.clone();
    after.retain(|(other, _)| *other != written);
    // One of the settings may come to light that goes badly with the rest. What is already wrong may get better.
    if let (Ok(_), Err(why)) = (check(proxy, &before), check(proxy, &after)) {
        return Err(Problem::AdminInvalid(why));
    }
    let deed =
        Deed { action: "alias.remove", subject: &written, detail: json!({}), only: Only::alias(&written) };
    let rows = audit::carry_out(proxy, admin, deed, aliases::remove(&written)).await?;
    if rows.last().is_none_or(Vec::is_empty) {
        return Err(Problem::NotFound(format!("alias {written:?}")));
    }
    shown(proxy, &after)
}

/// Those that calls are routed by.
pub(super) async fn holding<P: Platform>(proxy: &Proxy<P>) -> Result<Aliases, Problem> {
    check(proxy, &load(proxy).await?.0).map_err(Problem::AdminInvalid)
}

async fn load<P: Platform>(proxy: &Proxy<P>) -> Result<(Vec<(String, String)>, i64), Problem> {
    Ok(aliases::from_rows(&proxy.platform.batch(aliases::load()).await?)?)
}

fn check<P>(proxy: &Proxy<P>, stored: &[(String, String)]) -> Result<Aliases, String> {
    let config = &proxy.house.config;
    Aliases::layered(stored, &config.model_map, &config.directory)
}

fn shown<P>(proxy: &Proxy<P>, stored: &[(String, String)]) -> Result<Answer, Problem> {
    let settings = unreplaced(stored, &proxy.house.config.model_map).collect();
    Answer::of(&Shown { map: stored.iter().collect(), settings })
}

fn as_map<S: Serializer>(pairs: &[&(String, String)], out: S) -> Result<S::Ok, S::Error> {
    out.collect_map(pairs.iter().map(|(written, target)| (written, target)))
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object whose values are strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        input.deserialize_map(Members)
    }
}

const TRIES: usize = 5;
