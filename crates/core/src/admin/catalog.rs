//! What could be used: the providers, and the kinds of credentials that pay them.

use super::Admin;
use super::answer::Answer;
use crate::dialect::Dialect;
use crate::kind::{Field, KINDS, Kind};
use crate::problem::Problem;
use crate::provider::Provider;
use crate::proxy::Proxy;
use serde::Serialize;

#[derive(Serialize)]
struct Catalog {
    providers: Vec<Entry>,
    kinds: Vec<KindShown>,
}

/// A kind of credential, as forms need it.
#[derive(Serialize)]
struct KindShown {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    fields: Vec<FieldShown>,
}

#[derive(Serialize)]
struct FieldShown {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    secret: bool,
    required: bool,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    label: &'static str,
    /// Its own first.
    dialects: Vec<&'static str>,
    example_models: &'static [&'static str],
    /// The variable that holds its key; `null` where none is needed.
    key_variable: Option<&'static str>,
    offline: bool,
    /// The kinds of credentials that pay it.
    kinds: Vec<&'static str>,
}

pub(super) fn catalog<P>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    Answer::of(&Catalog {
        providers: proxy.house.config.directory.all().map(entry).collect(),
        kinds: KINDS.iter().map(|kind| shown(kind)).collect(),
    })
}

fn entry(provider: &'static Provider) -> Entry {
    Entry {
        name: provider.name,
        label: provider.label,
        dialects: provider.dialects().map(Dialect::name).collect(),
        example_models: provider.example_models,
        key_variable: Some(provider.key_variable).filter(|name| !name.is_empty()),
        offline: provider.offline,
        kinds: KINDS.iter().filter(|kind| (kind.pays)(provider)).map(|kind| kind.name).collect(),
    }
}

fn shown(kind: &Kind) -> KindShown {
    let field = |field: &Field| FieldShown {
        name: field.name,
        label: field.label,
        help: field.help,
        secret: field.secret,
        required: field.required,
    };
    KindShown {
        name: kind.name,
        label: kind.label,
        help: kind.help,
        fields: kind.fields.iter().map(field).collect(),
    }
}
