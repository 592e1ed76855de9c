//! What the Worker was deployed with: its variables and secrets, resolved once per isolate. (Other values mean another
//! deployment, and that starts new isolates.)

use js_sys::{Array, Object};
use proxyagent_core::proxy::House;
use proxyagent_core::settings::Config;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use worker::{Env, console_error};

/// Configuration, prices and caches of this isolate. `None`: the settings are wrong, and the log says how.
pub(crate) fn house(env: &Env) -> Option<Arc<House>> {
    HOUSE.with(|house| house.get_or_init(|| build(env)).clone())
}

fn build(env: &Env) -> Option<Arc<House>> {
    match Config::resolve(&strings(env)) {
        Ok(mut config) => {
            config.body_limit = config.body_limit.min(MOST_BODY);
            Some(House::new(config))
        }
        Err(mistakes) => {
            for mistake in mistakes {
                console_error!("setting: {mistake}");
            }
            None
        }
    }
}

/// The bindings that are settings. The rest (the database, the cache, other programs' variables) is nobody's business.
fn strings(env: &Env) -> BTreeMap<String, String> {
    Object::entries(env.unchecked_ref())
        .iter()
        .filter_map(|entry| {
            let entry = entry.dyn_into::<Array>().ok()?;
            let (name, value) = (entry.get(0).as_string()?, entry.get(1).as_string()?);
            is_setting(&name).then_some((name, value))
        })
        .collect()
}

fn is_setting(name: &str) -> bool {
    name.starts_with("PROXYAGENT_") || name.ends_with("_API_KEY") || name.ends_with("_ENDPOINT")
}

/// The longest request body taken, in bytes. It is held about five times while it is worked on (the runtime's copy, ours,
/// and what is made of them), and an isolate has 128 MB.
const MOST_BODY: usize = 10 << 20;

thread_local! {
    static HOUSE: OnceCell<Option<Arc<House>>> = const { OnceCell::new() };
}
