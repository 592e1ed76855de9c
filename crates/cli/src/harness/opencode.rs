//! opencode. Its whole configuration fits in a variable, which wins over the user's and the project's files.

use super::{Harness, Launch, Place, Setup, Value, Wish};
use proxyagent_core::dialect::Dialect;
use serde_json::{Map, json};

pub(super) static OPENCODE: Harness = Harness {
    name: "opencode",
    label: "opencode",
    program: "opencode",
    install: "npm install -g opencode-ai",
    dialect: Dialect::Messages,
    launch,
    setup,
};

fn launch(wish: &Wish<'_>) -> Launch {
    let mut launch = Launch::default();
    launch.variable("OPENCODE_CONFIG_CONTENT", config(&wish.place, wish.skip_permissions).to_string());
    launch.variable("OPENCODE_DISABLE_AUTOUPDATE", "1");
    launch.variable("OPENCODE_DISABLE_MODELS_FETCH", "1");
    if wish.goal.is_some() {
        launch.argument("run");
    }
    if let Some(model) = wish.place.model {
        launch.arguments(["--model", &qualified(model)]);
    }
    launch.extra(wish);
    // As arguments, the words would reach the model in quotation marks.
    launch.input = wish.goal.map(str::to_owned);
    launch
}

fn setup(place: &Place<'_>) -> Setup {
    Setup {
        variables: vec![("PROXYAGENT_TOKEN", Value::Token)],
        unset: &[],
        file: Some(("~/.config/opencode/opencode.json", format!("{:#}\n", config(place, false)))),
        start: "opencode".to_owned(),
    }
}

fn config(place: &Place<'_>, skip_permissions: bool) -> serde_json::Value {
    let model = place.model.map(qualified);
    let declared = model.as_deref().and_then(|model| model.split_once('/'));
    let mut providers = Map::new();
    for (name, path) in PROVIDERS {
        let options = json!({"baseURL": place.at(path), "apiKey": "{env:PROXYAGENT_TOKEN}"});
        // A model that is not in its own list is refused unless it is declared.
        let provider = match declared {
            Some((provider, id)) if provider == *name => json!({"options": options, "models": {id: {}}}),
            _ => json!({"options": options}),
        };
        providers.insert((*name).to_owned(), provider);
    }
    // No other provider may be chosen: it would be asked without the proxy.
    let names: Vec<&str> = PROVIDERS.iter().map(|(name, _)| *name).collect();
    let mut config = Map::new();
    let mut set = |name: &str, value| config.insert(name.to_owned(), value);
    set("$schema", json!("https://opencode.ai/config.json"));
    set("enabled_providers", json!(names));
    set("provider", json!(providers));
    if let Some(model) = &model {
        set("model", json!(model));
        set("small_model", json!(model));
    }
    if skip_permissions {
        set("permission", json!({"edit": "allow", "bash": "allow", "webfetch": "allow"}));
    }
    config.into()
}

/// opencode names models `provider/model`.
fn qualified(model: &str) -> String {
    match model.split_once('/') {
        Some(_) => model.to_owned(),
        None => format!("anthropic/{model}"),
    }
}

/// Its providers, and where each finds its API.
const PROVIDERS: &[(&str, &str)] =
    &[("anthropic", "/anthropic/v1"), ("openai", "/openai/v1"), ("google", "/gemini/v1beta")];
