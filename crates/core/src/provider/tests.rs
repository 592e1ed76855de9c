use super::*;
use std::collections::BTreeSet;

fn read(text: &str) -> Result<Vec<Upstream>, Vec<String>> {
    read_upstreams(text)
}

#[test]
fn the_table_is_sound() {
    let names: BTreeSet<&str> = PROVIDERS.iter().map(|p| p.name).collect();
    assert_eq!(names.len(), PROVIDERS.len());
    for provider in PROVIDERS.iter().filter(|p| !p.offline) {
        let name = provider.name;
        assert!(provider.base_url.starts_with("https://") && !provider.base_url.ends_with('/'), "{name}");
        assert_eq!(provider.key_variable, format!("{}_API_KEY", name.to_ascii_uppercase()));
        assert!(provider.dialects().next().is_some() && !provider.example_models.is_empty(), "{name}");
        let served: BTreeSet<_> = provider.endpoints.iter().map(|e| (e.dialect, e.operation)).collect();
        assert_eq!(served.len(), provider.endpoints.len(), "{name} serves something twice");
        for endpoint in provider.endpoints {
            assert!(endpoint.path.starts_with('/'), "{name} {}", endpoint.path);
            assert!(endpoint.path_for(provider.example_models[0], false).is_ok(), "{name} {}", endpoint.path);
        }
    }
}

#[test]
fn an_upstream_needs_a_name_and_a_place() {
    let upstreams = read(
        r#"[{"name":"ollama","base_url":"http://127.0.0.1:11434","free":true,"models":["llama3.3"]},
            {"name":"my-vllm","base_url":"https://gpu.example/v1/","key_variable":"VLLM_API_KEY"},
            {"name":"zai","base_url":"https://api.z.ai/api/paas/v4"},
            {"name":"full","base_url":"https://api.perplexity.ai/chat/completions"},
            {"name":"claude-like","base_url":"https://api.z.ai/api/anthropic/v1","dialect":"messages"},
            {"name":"responses-like","base_url":"https://host.example","dialect":"responses"},
            {"name":"lan","base_url":"http://10.0.0.7:8000/v1","allow_http":true}]"#,
    )
    .unwrap();
    let urls: Vec<String> =
        upstreams.iter().map(|up| up.base.join(up.provider.endpoints[0].path, None)).collect();
    assert_eq!(
        urls,
        [
            "http://127.0.0.1:11434/v1/chat/completions",
            "https://gpu.example/v1/chat/completions",
            "https://api.z.ai/api/paas/v4/chat/completions",
            "https://api.perplexity.ai/chat/completions",
            "https://api.z.ai/api/anthropic/v1/messages",
            "https://host.example/v1/responses",
            "http://10.0.0.7:8000/v1/chat/completions",
        ]
    );
    let ollama = upstreams[0].provider;
    assert_eq!((ollama.name, ollama.key_variable, ollama.billing), ("ollama", "", Billing::Free));
    assert_eq!(ollama.example_models, ["llama3.3"]);
    assert_eq!(
        (upstreams[1].provider.key_variable, upstreams[1].provider.billing),
        ("VLLM_API_KEY", Billing::Table)
    );
    assert_eq!(upstreams[4].provider.key_header, KeyHeader::Named("x-api-key"));
}

#[test]
fn every_mistake_of_an_upstream_is_named() {
    for (text, says) in [
        ("{}", "not a list"),
        (r#"[{"name":"a"}]"#, "base_url"),
        (r#"[{"name":"a","base_url":"https://h","typo":1}]"#, "typo"),
        (r#"[{"name":"","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"A","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"9a","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"a/b","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"a:b","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"aaaaaaaaaabbbbbbbbbbccccccccccddd","base_url":"https://h"}]"#, "lower-case"),
        (r#"[{"name":"openai","base_url":"https://h"}]"#, "taken"),
        (r#"[{"name":"admin","base_url":"https://h"}]"#, "taken"),
        (r#"[{"name":"v1","base_url":"https://h"}]"#, "taken"),
        (r#"[{"name":"mock","base_url":"https://h"}]"#, "taken"),
        (r#"[{"name":"mock-2","base_url":"https://h"}]"#, "taken"),
        (r#"[{"name":"a","base_url":"https://h"},{"name":"a","base_url":"https://h"}]"#, "twice"),
        (r#"[{"name":"a","base_url":"http://example.com"}]"#, "in clear"),
        (r#"[{"name":"a","base_url":"ftp://h","allow_http":true}]"#, "neither"),
        (r#"[{"name":"a","base_url":"https://u:p@h"}]"#, "user name"),
        (r#"[{"name":"a","base_url":"https://h?x=1"}]"#, "query"),
        (
            r#"[{"name":"a","base_url":"https://h","dialect":"gemini"}]"#,
            "there are chat, messages, responses",
        ),
        (r#"[{"name":"a","base_url":"https://h","key_variable":"HOME"}]"#, "_API_KEY"),
        (r#"[{"name":"a","base_url":"https://h","key_variable":"x_API_KEY"}]"#, "_API_KEY"),
        (r#"[{"name":"a","base_url":"https://h","key_variable":"OPENAI_API_KEY"}]"#, "another provider"),
        (r#"[{"name":"a","base_url":"https://h","models":["a b"]}]"#, "no model"),
    ] {
        let mistakes = read(text).map(|upstreams| upstreams.len()).expect_err(text);
        assert!(mistakes.iter().any(|mistake| mistake.contains(says)), "{text}: {mistakes:?}");
    }
    let two = read(r#"[{"name":"A","base_url":"https://h"},{"name":"b","base_url":"http://example.com"}]"#);
    assert_eq!(two.unwrap_err().len(), 2);
}

#[test]
fn a_directory_lists_upstreams_before_the_offline_provider() {
    let upstreams = read(r#"[{"name":"ollama","base_url":"http://localhost:11434"}]"#).unwrap();
    let directory = Directory::with(upstreams.iter().map(|up| up.provider).collect());
    let names: Vec<&str> = directory.all().map(|p| p.name).collect();
    assert_eq!(names[names.len() - 2..], ["ollama", "mock"]);
    assert!(directory.find("ollama").is_some() && Directory::builtin().find("ollama").is_none());
}
