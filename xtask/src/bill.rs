//! The software bill of materials: what Cargo links into the `proxyagent` binary on this platform, as CycloneDX. From the
//! lock file alone; the same lock file gives the same document.

use crate::tools;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Prints the document.
///
/// # Errors
/// Cargo did not say what it would link.
pub(crate) fn print() -> Result<(), String> {
    let host = tools::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let metadata = tools::output(Command::new(env!("CARGO")).args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        &host,
    ]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let document = bill(&metadata).ok_or("cargo metadata: not what was expected")?;
    tools::report(&serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?);
    Ok(())
}

fn bill(metadata: &Value) -> Option<Value> {
    let packages: BTreeMap<&str, &Value> =
        metadata["packages"].as_array()?.iter().filter_map(|p| Some((p["id"].as_str()?, p))).collect();
    let linked: BTreeMap<&str, Vec<&str>> = metadata
        .pointer("/resolve/nodes")?
        .as_array()?
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, links(node))))
        .collect();
    let root = packages.iter().find(|(_, package)| package["name"] == "proxyagent").map(|(id, _)| *id)?;
    let mut reached = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        open.extend(linked.get(id)?.iter().copied().filter(|next| reached.insert(next)));
    }
    let named = |id: &str| packages.get(id).map(|package| component(package));
    let components: Vec<Value> =
        reached.iter().filter(|id| **id != root).filter_map(|id| named(id)).collect();
    let dependencies: Vec<Value> = reached
        .iter()
        .filter_map(|id| {
            let on: Vec<String> =
                linked.get(id)?.iter().filter_map(|id| packages.get(id)).map(|p| purl(p)).collect();
            Some(json!({"ref": purl(packages.get(id)?), "dependsOn": on}))
        })
        .collect();
    Some(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": named(root)?},
        "components": components,
        "dependencies": dependencies,
    }))
}

/// What a package links: neither what only its tests nor what only its build script uses.
fn links(node: &Value) -> Vec<&str> {
    let is_linked = |dep: &Value| {
        dep["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
    };
    let deps = node["deps"].as_array().into_iter().flatten();
    deps.filter(|dep| is_linked(dep)).filter_map(|dep| dep["pkg"].as_str()).collect()
}

fn component(package: &Value) -> Value {
    let own = package["source"].is_null();
    let licences = package["license"].as_str().map(|one| json!({"expression": one.replace('/', " OR ")}));
    let repository = package["repository"].as_str().filter(|_| !own);
    let references = repository.map(|url| json!({"type": "vcs", "url": url}));
    json!({
        "type": if package["name"] == "proxyagent" { "application" } else { "library" },
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        "licenses": licences.into_iter().collect::<Vec<_>>(),
        "externalReferences": references.into_iter().collect::<Vec<_>>(),
    })
}

fn purl(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}
