//! The agents on this machine, and what their environment would have them do without `run`.

use super::Selection;
use super::check::Check;
use crate::harness::{child, program, secrets};
use std::collections::BTreeMap;
use std::ffi::OsStr;

pub(super) async fn look(
    selection: &Selection,
    vars: &BTreeMap<String, String>,
    proxy: Option<&str>,
) -> Vec<Check> {
    let path = vars.get("PATH").map(String::as_str);
    let asked: Vec<_> = selection
        .harnesses
        .iter()
        .map(|harness| {
            let place = program::find(OsStr::new(harness.program), path);
            // All at once: some take seconds to say who they are.
            (
                harness,
                tokio::spawn(async move {
                    match place {
                        Ok(place) => Ok(child::version(&place).await),
                        Err(absent) => Err(absent),
                    }
                }),
            )
        })
        .collect();
    let mut checks = Vec::new();
    for (harness, answer) in asked {
        let help = format!("{} installs it", harness.install);
        checks.push(match answer.await {
            Ok(Ok(Some(version))) => Check::ok(harness.name, version),
            Ok(Ok(None)) => Check::warn(harness.name, "is there, but does not say its version", help),
            _ if selection.named => Check::fail(harness.name, "is not installed", help),
            _ => Check::warn(harness.name, "is not installed", help),
        });
    }
    checks.extend(stray(vars, proxy));
    checks
}

/// Real keys and foreign addresses that an agent started by hand would use.
fn stray(vars: &BTreeMap<String, String>, proxy: Option<&str>) -> Vec<Check> {
    let set = || vars.iter().filter(|(_, value)| !value.trim().is_empty());
    let keys: Vec<&str> = set()
        .filter(|(name, value)| secrets::is_provider_key(name) && !value.starts_with("pa_"))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut checks = vec![match keys.is_empty() {
        true => Check::ok("environment", "holds no provider's key"),
        false => Check::warn(
            "environment",
            format!("holds providers' keys: {}", keys.join(", ")),
            "`proxyagent run` hides them from agents; only the proxy's own host needs them",
        ),
    }];
    if let Some(proxy) = proxy {
        let proxy = proxy.trim_end_matches('/');
        for (name, value) in set().filter(|(name, _)| ADDRESSES.contains(&name.as_str())) {
            if !value.starts_with(proxy) {
                let help = format!("unset {name}; `proxyagent run` sets it by itself");
                checks.push(Check::warn("environment", format!("{name} does not point at the proxy"), help));
            }
        }
    }
    checks
}

const ADDRESSES: &[&str] = &["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL"];
