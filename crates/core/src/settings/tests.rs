use super::*;

fn resolve(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    Config::resolve(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
}

#[test]
fn every_mistake_is_reported_at_once() {
    let wrong = resolve(&[
        ("PROXYAGENT_CASH_TTL", "1"),
        ("PROXYAGENT_IDLE_TIMEOUT", "soon"),
        ("PROXYAGENT_RETENTION_DAYS", "0"),
        ("PROXYAGENT_MODEL_MAP", "[]"),
        ("PROXYAGENT_OPENAI_ENDPOINT", "http://example.com"),
        ("OPENAI_API_KEY", "a\nb"),
        ("PATH", "/bin"),
    ])
    .err()
    .unwrap();
    for name in
        ["CASH_TTL", "IDLE_TIMEOUT", "RETENTION_DAYS", "MODEL_MAP", "OPENAI_ENDPOINT", "OPENAI_API_KEY"]
    {
        assert!(wrong.iter().any(|line| line.contains(name)), "{name}: {wrong:?}");
    }
    assert_eq!(wrong.len(), 6);
}

#[test]
fn keys_become_credentials_of_their_provider_only() {
    let config = resolve(&[("OPENAI_API_KEY", " sk-x\n"), ("ANTHROPIC_API_KEY", "")]).ok().unwrap();
    let ids: Vec<&str> = config.credentials().iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["env:openai"]);
    let credential = &config.credentials()[0];
    let draft = crate::kind::Draft {
        provider: credential.provider,
        endpoint: &credential.provider.endpoints[0],
        model: "m",
        stream: false,
        path: "/x",
        query: None,
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        now: crate::time::UnixMs(0),
    };
    let request = credential.prepare(draft, None).unwrap();
    assert_eq!(request.headers().get("authorization").unwrap(), "Bearer sk-x");
    assert!(request.headers().get("authorization").unwrap().is_sensitive());
}

#[test]
fn every_default_in_the_table_is_the_one_in_force() {
    let config = resolve(&[]).ok().unwrap();
    let default = |name| SETTINGS.iter().find(|s| s.name == name).unwrap().default.parse::<u64>().unwrap();
    assert_eq!(config.patience.connect, Millis::seconds(default(CONNECT)));
    assert_eq!(config.patience.first_byte, Millis::seconds(default(FIRST_BYTE)));
    assert_eq!(config.patience.idle, Millis::seconds(default(IDLE)));
    assert_eq!(config.hangup_drain, Millis::seconds(default(HANGUP_DRAIN)));
    assert_eq!(config.retention, Millis(default(RETENTION) * 86_400_000));
}
