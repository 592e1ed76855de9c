use super::*;
use crate::provider::PROVIDERS;

fn say(method: Method, path: &str) -> String {
    let directory = Directory::builtin();
    match find(&directory, &method, path, false) {
        Ok(Route::Call(c)) => {
            let named = match c.named {
                Named::InBody => String::new(),
                Named::InPath { model, stream } => format!(" {model} {stream}"),
            };
            format!("{} {} {:?}{named}", c.provider.name, c.dialect.name(), c.operation)
        }
        Ok(Route::Models(m)) => {
            format!("models {:?} {:?} {:?}", m.provider.map(|p| p.name), m.id, m.dialect.map(Dialect::name))
        }
        Ok(other) => format!("{other:?}"),
        Err(none) => format!("{} {:?}", none.problem.code(), none.dialect.map(Dialect::name)),
    }
}

#[test]
fn calls() {
    for (path, want) in [
        ("/anthropic/v1/messages", "anthropic messages Generate"),
        ("/anthropic/messages", "anthropic messages Generate"),
        ("/anthropic/v1/v1/messages", "anthropic messages Generate"),
        ("/anthropic/v1/messages/count_tokens", "anthropic messages CountTokens"),
        ("/openai/v1/chat/completions", "openai chat Generate"),
        ("/openai/chat/completions", "openai chat Generate"),
        ("/openai/v1/responses", "openai responses Generate"),
        ("/openai/v1/responses/input_tokens", "openai responses CountTokens"),
        ("/openai/v1/responses/compact", "openai responses Compact"),
        ("/openai/v1/completions", "openai chat Completions"),
        ("/openai/v1/embeddings", "openai chat Embeddings"),
        ("/openai/v1/moderations", "openai chat Moderations"),
        ("/openai/v1/images/generations", "openai chat Images"),
        ("/openai/v1/images/edits", "openai chat ImageEdits"),
        ("/openai/v1/audio/speech", "openai chat Speech"),
        ("/openai/v1/audio/transcriptions", "openai chat Transcriptions"),
        ("/openai/audio/translations", "openai chat Translations"),
        ("/mock/v1/responses", "mock responses Generate"),
        ("/groq/openai/v1/chat/completions", "groq chat Generate"),
        ("/groq/v1/chat/completions", "groq chat Generate"),
        ("/openrouter/api/v1/chat/completions", "openrouter chat Generate"),
        ("/deepseek/anthropic/v1/messages", "deepseek messages Generate"),
        ("/deepseek/v1/messages", "deepseek messages Generate"),
        ("/deepseek/chat/completions", "deepseek chat Generate"),
        ("/gemini/v1beta/openai/chat/completions", "gemini chat Generate"),
        ("/gemini/v1beta/openai/embeddings", "gemini chat Embeddings"),
        ("/gemini/v1/chat/completions", "gemini chat Generate"),
        ("/gemini/v1beta/models/g-1.5:generateContent", "gemini gemini Generate g-1.5 false"),
        ("/gemini/v1/models/g:streamGenerateContent", "gemini gemini Generate g true"),
        ("/gemini/models/g:countTokens", "gemini gemini CountTokens g false"),
        ("/gemini/v1beta1/publishers/google/models/g:generateContent", "gemini gemini Generate g false"),
        ("/gemini/v1beta/models/a:b:generateContent", "gemini gemini Generate a:b false"),
        ("/mock/v1beta/models/mock:generateContent", "mock gemini Generate mock false"),
        ("/openai/v1beta/models/gpt-5.5:generateContent", "openai gemini Generate gpt-5.5 false"),
    ] {
        assert_eq!(say(Method::POST, path), want, "{path}");
    }
}

#[test]
fn what_is_no_route() {
    for (path, want) in [
        ("/admin/tokens", "Admin"),
        ("/anthropic/v1/v1/v1/messages", "route_unknown Some(\"messages\")"),
        ("/anthropic/v1/messages/", "route_unknown Some(\"messages\")"),
        ("/anthropic//v1/messages", "route_unknown Some(\"messages\")"),
        ("/anthropic/../openai/v1/responses", "route_unknown Some(\"responses\")"),
        ("/anthropic/v1/%6dessages", "route_unknown Some(\"messages\")"),
        ("/anthropic/v1x/messages", "route_unknown Some(\"messages\")"),
        ("/Anthropic/v1/messages", "provider_unknown Some(\"messages\")"),
        ("/nobody/v1/chat/completions", "provider_unknown Some(\"chat\")"),
        ("/nobody/v1/files", "route_unknown None"),
        ("/v1/chat/completions", "provider_unknown Some(\"chat\")"),
        ("/groq/openai/openai/v1/chat/completions", "route_unknown Some(\"chat\")"),
        ("/gemini/v1beta/models/..:generateContent", "not_served Some(\"gemini\")"),
        ("/gemini/v1beta/models/a%2Fb:generateContent", "not_served Some(\"gemini\")"),
        ("/gemini/v1beta/models/a/b:generateContent", "not_served Some(\"gemini\")"),
        ("/gemini/v1beta/models/:generateContent", "not_served Some(\"gemini\")"),
        ("/gemini/v1beta/models/g:embedContent", "not_served Some(\"gemini\")"),
        ("/gemini/v1beta/models/g:batchGenerateContent", "not_served Some(\"gemini\")"),
        ("/administrator", "route_unknown None"),
        ("/", "route_unknown None"),
        ("", "route_unknown None"),
    ] {
        assert_eq!(say(Method::POST, path), want, "{path}");
    }
    assert_eq!(say(Method::GET, "/healthz"), "Health");
    assert_eq!(say(Method::POST, "/healthz"), "method_wrong None");
    assert_eq!(say(Method::GET, "/openai/v1/responses"), "method_wrong Some(\"responses\")");
    assert_eq!(say(Method::GET, "/gemini/v1beta/models/g:generateContent"), "method_wrong Some(\"gemini\")");
}

#[test]
fn what_belongs_to_the_account_is_not_served() {
    for (path, dialect) in [
        ("/openai/v1/files", "chat"),
        ("/openai/v1/files/file-1/content", "chat"),
        ("/openai/files", "chat"),
        ("/openai/v1/uploads", "chat"),
        ("/openai/v1/batches", "chat"),
        ("/openai/v1/vector_stores/vs_1/search", "chat"),
        ("/openai/v1/conversations", "chat"),
        ("/openai/v1/fine_tuning/jobs", "chat"),
        ("/openai/v1/organization/users", "chat"),
        ("/openai/v1/assistants", "chat"),
        ("/openai/v1/threads/t/runs", "chat"),
        ("/openai/v1/containers", "chat"),
        ("/openai/v1/realtime/sessions", "chat"),
        ("/openai/v1/responses/resp_1", "chat"),
        ("/openai/v1/responses/resp_1/cancel", "chat"),
        ("/openai/v1/chat/completions/chatcmpl-1", "chat"),
        ("/openai/v1/images/variations", "chat"),
        ("/openai/v1/videos", "chat"),
        ("/anthropic/v1/messages/batches", "messages"),
        ("/anthropic/v1/messages/batches/msgbatch_1/results", "messages"),
        ("/anthropic/v1/files", "messages"),
        ("/anthropic/v1/skills", "messages"),
        ("/anthropic/v1/agents", "messages"),
        ("/gemini/v1beta/cachedContents", "gemini"),
        ("/gemini/v1beta/files", "gemini"),
        ("/gemini/upload/v1beta/files", "gemini"),
        ("/gemini/v1beta/interactions", "gemini"),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            assert_eq!(say(method, path), format!("not_served Some({dialect:?})"), "{path}");
        }
    }
}

#[test]
fn lists_of_models() {
    for (path, want) in [
        ("/v1/models", "models None None None"),
        ("/v1beta/models", "models None None Some(\"gemini\")"),
        ("/v1/models/a/b", "models None Some(\"a/b\") None"),
        ("/anthropic/v1/models", "models Some(\"anthropic\") None None"),
        ("/anthropic/models/claude-x", "models Some(\"anthropic\") Some(\"claude-x\") None"),
        ("/openai/v1/v1/models", "models Some(\"openai\") None None"),
        ("/gemini/v1beta/models", "models Some(\"gemini\") None Some(\"gemini\")"),
        ("/gemini/v1beta/models/g", "models Some(\"gemini\") Some(\"g\") Some(\"gemini\")"),
        ("/gemini/v1/models", "models Some(\"gemini\") None None"),
        ("/gemini/models", "models Some(\"gemini\") None None"),
        ("/gemini/v1beta/openai/models", "models Some(\"gemini\") None Some(\"chat\")"),
        ("/nobody/v1/models", "provider_unknown None"),
        ("/anthropic/v1/modelsx", "route_unknown Some(\"messages\")"),
    ] {
        assert_eq!(say(Method::GET, path), want, "{path}");
    }
    assert_eq!(say(Method::DELETE, "/openai/v1/models/ft:x"), "method_wrong Some(\"chat\")");
}

#[test]
fn probes_telemetry_and_the_rest_of_the_gateway_contract() {
    for path in
        ["/anthropic/api/hello", "/anthropic", "/anthropic/", "/", "/api/hello", "/openrouter/api/hello"]
    {
        assert_eq!(say(Method::HEAD, path), "Hello", "{path}");
    }
    for path in ["/v1/metrics", "/v1/logs", "/v1/traces", "/anthropic/v1/metrics", "/openai/v1/logs"] {
        assert_eq!(say(Method::POST, path), "Telemetry", "{path}");
        assert_ne!(say(Method::GET, path), "Telemetry", "{path}");
    }
    for path in [
        "/api/oauth/usage",
        "/anthropic/api/oauth/usage",
        "/managed/settings",
        "/anthropic/managed/settings",
        "/.well-known/oauth-authorization-server",
        "/protocol",
        "/oauth/token",
    ] {
        for method in [Method::GET, Method::POST] {
            assert_eq!(say(method, path), "not_supported Some(\"messages\")", "{path}");
        }
    }
    assert_eq!(say(Method::GET, "/openai/api/oauth/usage"), "route_unknown Some(\"chat\")");
}

#[test]
fn a_websocket_is_refused_so_that_the_client_falls_back() {
    for path in ["/openai/v1/responses", "/openai/responses", "/mock/v1/responses"] {
        let refused = find(&Directory::builtin(), &Method::GET, path, true).unwrap_err();
        assert_eq!(refused.problem, Problem::NoWebSocket);
    }
}

#[test]
fn every_call_a_provider_serves_has_a_route() {
    for provider in PROVIDERS {
        for endpoint in provider.endpoints {
            let path = format!("/{}{}", provider.name, endpoint.path.replace("{model}", "m"));
            if provider.offline && endpoint.dialect == Dialect::Gemini {
                continue;
            }
            let route = find(&Directory::builtin(), &Method::POST, &path, false);
            let Ok(Route::Call(route)) = route else { panic!("{path}: {route:?}") };
            assert_eq!((route.dialect, route.operation), (endpoint.dialect, endpoint.operation), "{path}");
        }
    }
}
