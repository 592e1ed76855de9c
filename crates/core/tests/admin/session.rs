//! Signing in, and what a browser may do with the cookie.

use super::refused;
use crate::world::{World, run};
use bytes::Bytes;
use http::{Request, Response};
use proxyagent_core::maintain::maintain;
use proxyagent_core::proxy::Proxy;
use proxyagent_core::serve::{self, Body};
use proxyagent_core::time::Millis;
use serde_json::Value;
use std::sync::Arc;

const ADMIN: &str = "the-admin-token-of-this-test";
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

#[test]
fn the_admin_token_is_exchanged_for_a_cookie_that_no_script_can_read() {
    let proxy = proxy();
    let answer = send(&proxy, "POST", "/admin/session", &[OWN], &token(ADMIN));
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-pa_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=43200"), "{cookie}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    // What the browser holds is not in the store.
    let secret = cookie.split(['=', ';']).nth(1).unwrap();
    let rows = proxy.platform.query("SELECT hash, id, agent FROM proxy_agent_sessions");
    assert!(rows.len() == 1 && !format!("{rows:?}").contains(secret));
}

#[test]
fn wrong_tokens_run_out_of_tries_and_a_login_link_still_works() {
    let proxy = proxy();
    let link = super::ask(&proxy, "POST", "/admin/login-links", "");
    for _ in 0..10 {
        assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &token("wrong")).status(), 401);
    }
    let answer = send(&proxy, "POST", "/admin/session", &[OWN], &token(ADMIN));
    assert_eq!(answer.status(), 429, "not even the right one is tried");
    assert_eq!(answer.headers()["retry-after"], "60");
    let code = serde_json::json!({"code": link["code"]}).to_string();
    assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &code).status(), 200);
    proxy.platform.pass(Millis::seconds(60));
    assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &token(ADMIN)).status(), 200);
}

#[test]
fn a_login_link_works_once_and_not_for_long() {
    let proxy = proxy();
    let code = || {
        let link = super::ask(&proxy, "POST", "/admin/login-links", "");
        assert_eq!(link["path"], format!("/dashboard#code={}", link["code"].as_str().unwrap()));
        serde_json::json!({"code": link["code"]}).to_string()
    };
    let first = code();
    assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &first).status(), 200);
    assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &first).status(), 401);
    let late = code();
    proxy.platform.pass(Millis::seconds(300));
    assert_eq!(send(&proxy, "POST", "/admin/session", &[OWN], &late).status(), 401);
    assert_eq!(
        send(&proxy, "POST", "/admin/session", &[OWN], r#"{"code":"x","token":"y"}"#).status(),
        400,
        "one proof, not two"
    );
}

#[test]
fn who_may_do_what_with_the_cookie() {
    let proxy = proxy();
    let (cookie, csrf) = sign_in(&proxy);
    let wish = r#"{"label":"a","scope":["mock"]}"#;
    let host = ("host", "proxy.example");
    for (method, headers, want) in [
        ("GET", &[("cookie", cookie.as_str())][..], 200),
        ("GET", &[("cookie", &cookie), OWN], 200),
        ("GET", &[("cookie", &cookie), ("sec-fetch-site", "none")], 200),
        ("GET", &[("cookie", &cookie), ("sec-fetch-site", "same-site")], 403),
        ("GET", &[("cookie", &cookie), ("sec-fetch-site", "cross-site")], 403),
        ("GET", &[], 401),
        ("GET", &[("cookie", "__Host-pa_session=")], 401),
        ("GET", &[("cookie", &cookie[..cookie.len() - 1])], 401),
        ("POST", &[("cookie", &cookie), OWN, ("x-csrf-token", &csrf)], 200),
        (
            "POST",
            &[("cookie", &cookie), host, ("origin", "https://proxy.example"), ("x-csrf-token", &csrf)],
            200,
        ),
        ("POST", &[("cookie", &cookie), OWN], 403),
        ("POST", &[("cookie", &cookie), OWN, ("x-csrf-token", "wrong")], 403),
        ("POST", &[("cookie", &cookie), ("x-csrf-token", &csrf)], 403),
        ("POST", &[("cookie", &cookie), ("sec-fetch-site", "cross-site"), ("x-csrf-token", &csrf)], 403),
        (
            "POST",
            &[("cookie", &cookie), host, ("origin", "https://evil.example"), ("x-csrf-token", &csrf)],
            403,
        ),
        // A token in a header was not put there by a browser.
        ("POST", &[("x-admin-token", ADMIN)], 200),
        // Whoever shows a token is judged by it.
        ("POST", &[("cookie", &cookie), OWN, ("x-csrf-token", &csrf), ("x-admin-token", "wrong")], 401),
    ] {
        let body = if method == "POST" { wish } else { "" };
        assert_eq!(
            send(&proxy, method, "/admin/tokens", headers, body).status(),
            want,
            "{method} {headers:?}"
        );
    }
}

#[test]
fn signing_out_is_done_at_the_server() {
    let proxy = proxy();
    let (cookie, csrf) = sign_in(&proxy);
    let (other, _) = sign_in(&proxy);
    let own = [("cookie", cookie.as_str()), OWN, ("x-csrf-token", &csrf)];
    let listed = json(&send(&proxy, "GET", "/admin/sessions", &own, ""));
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);

    let answer = send(&proxy, "DELETE", "/admin/session", &own, "");
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(send(&proxy, "GET", "/admin/session", &own, "").status(), 401);
    assert_eq!(send(&proxy, "GET", "/admin/session", &[("cookie", &other)], "").status(), 200);

    super::ask(&proxy, "DELETE", "/admin/sessions", "");
    assert_eq!(send(&proxy, "GET", "/admin/session", &[("cookie", &other)], "").status(), 401);
    refused(&proxy, "DELETE", "/admin/sessions/ses_none", "", 404);
}

#[test]
fn a_session_ends_with_its_time() {
    let proxy = proxy();
    let (cookie, _) = sign_in(&proxy);
    proxy.platform.pass(Millis::seconds(12 * 3600));
    assert_eq!(send(&proxy, "GET", "/admin/session", &[("cookie", &cookie)], "").status(), 401);
    run(maintain(&proxy)).unwrap();
    assert!(proxy.platform.query("SELECT id FROM proxy_agent_sessions").is_empty());
}

#[test]
fn a_cookie_without_tls_is_for_the_machine_itself() {
    let proxy = proxy();
    let body = serde_json::json!({"token": ADMIN, "plain": true}).to_string();
    let from = |host: &'static str| [OWN, ("host", host)];
    assert_eq!(send(&proxy, "POST", "/admin/session", &from("proxy.example"), &body).status(), 400);
    let answer = send(&proxy, "POST", "/admin/session", &from("127.0.0.1:8080"), &body);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("pa_session=") && !cookie.contains("Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    for (host, want) in [("127.0.0.1:8080", 200), ("proxy.example", 401)] {
        let headers = [("cookie", pair), ("host", host)];
        assert_eq!(send(&proxy, "GET", "/admin/session", &headers, "").status(), want, "{host}");
    }
}

#[test]
fn another_site_signs_nobody_in() {
    let proxy = proxy();
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        assert_eq!(send(&proxy, "POST", "/admin/session", &[foreign], &token(ADMIN)).status(), 403);
    }
}

#[test]
fn the_pages_need_no_right_and_hold_no_secret() {
    let proxy = proxy();
    for (path, status, kind) in [
        ("/dashboard", 200, "text/html; charset=utf-8"),
        ("/dashboard/activity/req_1", 200, "text/html; charset=utf-8"),
        ("/dashboard/assets/none.js", 404, "application/json"),
    ] {
        let answer = send(&proxy, "GET", path, &[], "");
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (status, &kind.parse().unwrap())
        );
    }
    let page = send(&proxy, "GET", "/dashboard", &[], "");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"));
    let tag = page.headers()["etag"].to_str().unwrap().to_owned();
    let again = send(&proxy, "GET", "/dashboard", &[("if-none-match", &format!("\"x\", W/{tag}"))], "");
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
    assert_eq!(send(&proxy, "GET", "/", &[], "").headers()["location"], "/dashboard");
    assert_eq!(send(&proxy, "POST", "/dashboard", &[], "").status(), 405);
}

fn proxy() -> Arc<Proxy<World>> {
    World::proxy(&[("PROXYAGENT_ADMIN_TOKEN", ADMIN)])
}

fn token(text: &str) -> String {
    serde_json::json!({ "token": text }).to_string()
}

/// The cookie and the token against forgery.
fn sign_in(proxy: &Arc<Proxy<World>>) -> (String, String) {
    let answer = send(proxy, "POST", "/admin/session", &[OWN], &token(ADMIN));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    (cookie, json(&answer)["csrf"].as_str().unwrap().to_owned())
}

fn json(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// A whole request, from its head on.
fn send(
    proxy: &Arc<Proxy<World>>,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let head = serve::receive(&proxy.house, parts);
    run(serve::serve(proxy, head, Ok(Bytes::copy_from_slice(body.as_bytes())))).map(|body| match body {
        Body::Full(bytes) => bytes,
        Body::Stream(_) | Body::Conversation(_) | Body::Feed(_) => panic!("no page is streamed"),
    })
}
