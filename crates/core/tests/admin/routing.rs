use super::{refused, send};
use crate::world::World;

#[test]
fn every_answer_is_private_json_with_a_request_id() {
    let proxy = World::proxy(&[]);
    for (method, path, status) in [
        ("GET", "/admin/tokens", 200),
        ("GET", "/admin/nothing", 404),
        ("PUT", "/admin/tokens", 405),
        ("POST", "/admin/tokens", 400),
    ] {
        let answer = send(&proxy, method, path, "");
        let headers = answer.headers();
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-type"], "application/json");
        assert!(headers["x-proxyagent-request-id"].to_str().unwrap().starts_with("req_"));
    }
}

#[test]
fn unknown_places_and_wrong_methods() {
    let proxy = World::proxy(&[]);
    for path in [
        "/admin",
        "/admin/",
        "/admin/nothing",
        "/admin/tokens/",
        "/admin/tokens/a/b",
        "/admin/aliases/",
        "/admin/logs/1",
        "/admin/providers/",
        "/admin/providers/a/b",
        "/admin/providers/a/enable/c",
        "/admin/Tokens",
        "/administrator",
    ] {
        refused(&proxy, "GET", path, "", 404);
    }
    for (method, path, allow) in [
        ("DELETE", "/admin/tokens", "GET, POST"),
        ("HEAD", "/admin/tokens", "GET, POST"),
        ("GET", "/admin/tokens/tok_1", "PATCH, DELETE"),
        ("DELETE", "/admin/aliases", "GET, PUT, POST"),
        ("GET", "/admin/aliases/x", "DELETE"),
        ("POST", "/admin/logs", "GET"),
        ("DELETE", "/admin/providers", "GET, POST"),
        ("GET", "/admin/providers/cred_1", "PATCH, DELETE"),
        ("GET", "/admin/providers/cred_1/enable", "POST"),
    ] {
        let answer = send(&proxy, method, path, "");
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()),
            (405, allow),
            "{path}"
        );
    }
}

#[test]
fn a_store_that_is_down_is_said_to_be() {
    let proxy = World::proxy(&[]);
    proxy.platform.set_store_down(true);
    for (method, path, body) in [
        ("GET", "/admin/tokens", ""),
        ("POST", "/admin/tokens", r#"{"label":"x"}"#),
        ("PATCH", "/admin/tokens/tok_1", r#"{"label":"x"}"#),
        ("DELETE", "/admin/tokens/tok_1", ""),
        ("GET", "/admin/aliases", ""),
        ("PUT", "/admin/aliases", r#"{"map":{}}"#),
        ("POST", "/admin/aliases", r#"{"match":"a","target":"b"}"#),
        ("DELETE", "/admin/aliases/a", ""),
        ("GET", "/admin/logs", ""),
        ("GET", "/admin/usage", ""),
        ("GET", "/admin/providers", ""),
        ("DELETE", "/admin/providers/cred_1", ""),
    ] {
        refused(&proxy, method, path, body, 503);
    }
}
