//! A broken entry stops the start, and says why.

use super::TOOLS;
use proxyagent_core::settings::Config;
use serde_json::{Value, json};

fn start(settings: &[(&str, &str)]) -> Vec<String> {
    let given = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::resolve(&given).err().unwrap_or_default()
}

#[test]
fn good_entries_start() {
    assert_eq!(start(&[("PROXYAGENT_TOOLS", TOOLS)]), Vec::<String>::new());
    assert_eq!(
        start(&[
            ("PROXYAGENT_DISABLE_WEB_SEARCH", "1"),
            ("PROXYAGENT_TOOLS", &entry("name", json!("web_search")))
        ]),
        Vec::<String>::new()
    );
}

#[test]
fn every_broken_entry_is_named() {
    for (field, value, why) in [
        ("name", json!("web_search"), "another tool of that name"),
        ("name", json!("a b"), "a tool's name is"),
        ("name", json!("1a"), "a tool's name is"),
        ("name", json!("x".repeat(65)), "a tool's name is"),
        ("description", json!(" "), "description must be"),
        ("input_schema", json!({}), "must be an object schema"),
        (
            "input_schema",
            json!({"type": "object", "properties": {"a": {"pattern": "x"}}}),
            "\"pattern\" is not checked",
        ),
        ("method", json!("TRACE"), "no method"),
        ("timeout_seconds", json!(0), "timeout_seconds"),
        ("max_bytes", json!(99_999_999), "max_bytes"),
        ("price_usd", json!(-1), "price_usd"),
        ("price_usd", json!("1"), "price_usd"),
        ("headers", json!({"host": "x"}), "not a tool's to set"),
        ("headers", json!({"a b": "x"}), "is no header"),
        ("headers", json!({"x-key": "a\nb"}), "holds nothing that can be sent"),
        ("headers", json!({"x-key": ""}), "holds nothing that can be sent"),
        ("url", json!("ftp://example.com/"), "neither http nor https"),
        ("url", json!("/relative"), "not an absolute URL"),
        ("url", json!("https://user:pw@example.com/"), "user name or password"),
        ("url", json!("http://example.com/"), "asked in clear"),
        ("url", json!("https://localhost/"), "list it in allowed_hosts"),
        ("url", json!("https://127.0.0.1/"), "list it in allowed_hosts"),
        ("url", json!("https://[::1]/"), "list it in allowed_hosts"),
        ("url", json!("https://[::ffff:10.0.0.1]/"), "list it in allowed_hosts"),
        ("url", json!("https://169.254.169.254/latest"), "no tool may reach"),
        ("url", json!("https://[::ffff:a9fe:a9fe]/"), "no tool may reach"),
        ("url", json!("https://metadata.google.internal/"), "no tool may reach"),
        ("url", json!("https://0x7f.1/"), "a spelling that is not accepted"),
        ("url", json!("https://2130706433/"), "a spelling that is not accepted"),
        ("allowed_hosts", json!(["other.example"]), "does not hold example.com"),
        ("allowed_hosts", json!(["*"]), "is no host name"),
        ("nonsense", json!(1), "unknown field"),
    ] {
        let wrong = start(&[("PROXYAGENT_TOOLS", &entry(field, value.clone()))]);
        assert_eq!(wrong.len(), 1, "{field} {value}: {wrong:?}");
        assert!(
            wrong[0].starts_with("PROXYAGENT_TOOLS: ") && wrong[0].contains(why),
            "{field} {value}: {wrong:?}"
        );
    }
}

#[test]
fn a_listed_host_still_leads_to_no_metadata() {
    for url in ["http://169.254.169.254/", "http://metadata.google.internal/", "http://[fd00:ec2::254]/"] {
        let mut one: Value = serde_json::from_str(&entry("url", json!(url))).unwrap();
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        one[0]["allowed_hosts"] = json!([host]);
        assert!(start(&[("PROXYAGENT_TOOLS", &one.to_string())])[0].contains("no tool may reach"), "{url}");
    }
}

#[test]
fn a_wrong_search_stops_the_start_too() {
    for (name, value, why) in [
        ("PROXYAGENT_SEARXNG_URL", "searx.example", "not an absolute URL"),
        ("PROXYAGENT_SEARXNG_URL", "http://169.254.169.254/", "no tool may reach"),
        ("PROXYAGENT_SEARXNG_URL", "https://searx.example/?x=1", "no query"),
        ("PROXYAGENT_DISABLE_WEB_SEARCH", "yes", "0 or 1"),
        ("TAVILY_API_KEY", "a\nb", "no HTTP header"),
    ] {
        let wrong = start(&[(name, value)]);
        assert!(wrong.len() == 1 && wrong[0].starts_with(name) && wrong[0].contains(why), "{wrong:?}");
    }
}

fn entry(field: &str, value: Value) -> String {
    let mut one = json!({"name": "t", "description": "d", "url": "https://example.com/", "input_schema": {"type": "object"}});
    one[field] = value;
    json!([one]).to_string()
}
