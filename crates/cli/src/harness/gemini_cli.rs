//! Gemini CLI. It takes a key from the environment only when its settings say so: they lie in a home of its own, so the
//! user's settings and sessions are not seen by a run.

use super::{Harness, Launch, Place, Setup, Value, Wish};
use proxyagent_core::dialect::Dialect;
use serde_json::json;

pub(super) static GEMINI_CLI: Harness = Harness {
    name: "gemini-cli",
    label: "Gemini CLI",
    program: "gemini",
    install: "npm install -g @google/gemini-cli",
    dialect: Dialect::Gemini,
    launch,
    setup,
};

fn launch(wish: &Wish<'_>) -> Launch {
    let mut launch = Launch::default();
    launch.variable("GOOGLE_GEMINI_BASE_URL", wish.place.at(BASE));
    launch.variable("GEMINI_API_KEY", wish.token);
    launch.variable("GEMINI_CLI_HOME", wish.profile);
    launch.files.push((".gemini/settings.json".into(), settings().to_string()));
    if let Some(model) = wish.place.model {
        launch.arguments(["--model", model]);
    }
    if wish.skip_permissions {
        launch.argument("--yolo");
    }
    if let Some(goal) = wish.goal {
        // Without a person to ask, it ends at once in a folder it was not told to trust.
        launch.argument("--skip-trust");
        launch.argument(format!("--prompt={goal}"));
    }
    launch.extra(wish);
    launch
}

fn setup(place: &Place<'_>) -> Setup {
    Setup {
        variables: vec![
            ("GOOGLE_GEMINI_BASE_URL", Value::Plain(place.at(BASE))),
            ("GEMINI_API_KEY", Value::Token),
        ],
        unset: &["GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
        file: Some(("~/.gemini/settings.json", format!("{:#}\n", settings()))),
        start: match place.model {
            Some(model) => format!("gemini --model {model}"),
            None => "gemini".to_owned(),
        },
    }
}

fn settings() -> serde_json::Value {
    json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": false},
        "general": {"enableAutoUpdate": false},
    })
}

const BASE: &str = "/gemini";
