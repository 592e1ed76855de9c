//! AWS's published suite, requests signed by botocore, and the vectors of the protocol sheet.

use super::*;
use serde_json::Value;

const SUITE: &str = include_str!("../../tests/golden/sigv4/aws-suite.json");
const BEDROCK: &str = include_str!("../../tests/golden/sigv4/bedrock.json");
const SHEET: &str = include_str!("../../tests/golden/sigv4/sheet.json");

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn key(id: &Value, secret: &Value, session: Option<&str>) -> AccessKey {
    AccessKey {
        id: id.as_str().unwrap().to_owned(),
        secret: Secret::new(secret.as_str().unwrap()).unwrap(),
        session: session.and_then(Secret::new),
    }
}

/// Target, headers and body of a request as the suite writes it: a line that begins with a blank goes on with the last.
fn parse(text: &str) -> (String, String, Vec<(String, String)>, String) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let target = target.rsplit_once(' ').unwrap().0;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.strip_prefix(' ') {
            Some(more) => headers.last_mut().unwrap().1.push_str(&format!(" {more}")),
            None => {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    (method.to_owned(), target.to_owned(), headers, body.to_owned())
}

/// What an HTTP client does to a path before it sends it.
fn normalised(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        if segment == ".." {
            kept.pop();
        } else {
            kept.push(segment);
        }
    }
    let slash = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

#[test]
fn awss_suite_is_signed_exactly() {
    let suite = cases(SUITE);
    assert_eq!(suite.len(), 38);
    for case in suite {
        let name = case["name"].as_str().unwrap();
        let context = &case["context"];
        let (method, target, mut headers, body) = parse(case["request"].as_str().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        // The suite's service encodes a path once: it gets the plain path.
        let path = String::from_utf8(crate::percent::decoded(path)).unwrap();
        let path = if context["normalize"] == true { normalised(&path) } else { path };

        let stamp = context["timestamp"].as_str().unwrap().replace(['-', ':'], "");
        headers.push(("X-Amz-Date".into(), stamp.clone()));
        let credentials = &context["credentials"];
        let token = credentials["token"].as_str().filter(|_| context["omit_session_token"] != true);
        headers.extend(token.map(|token| ("X-Amz-Security-Token".into(), token.to_owned())));
        if context["sign_body"] == true {
            headers.push(("x-amz-content-sha256".into(), hex(&Sha256::digest(body.as_bytes()))));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let canonical = Canonical::of(&method, &path, query, &headers, body.as_bytes());
        assert_eq!(canonical.text, case["canonical_request"].as_str().unwrap(), "{name}");

        let key = key(&credentials["access_key_id"], &credentials["secret_access_key"], token);
        let scope = Scope { region: "us-east-1", service: "service" };
        let day = &stamp[..8];
        let credential = format!("{day}/us-east-1/service/aws4_request");
        let to_sign = string_to_sign(&canonical, &credential, &stamp);
        assert_eq!(to_sign, case["string_to_sign"].as_str().unwrap(), "{name}");
        let signature = hex(&signature(&key, day, scope, &to_sign).unwrap());
        assert_eq!(signature, case["signature"].as_str().unwrap(), "{name}");
        let value = authorization(&canonical, &key, scope, &stamp).unwrap();
        assert!(case["signed_request"].as_str().unwrap().contains(&value), "{name}: {value}");
    }
}

#[test]
fn bedrock_requests_are_signed_as_botocore_signs_them() {
    let golden = cases(BEDROCK);
    assert!(golden.len() >= 200, "{}", golden.len());
    for case in golden {
        let text = |name: &str| case[name].as_str().unwrap();
        let uri = format!("https://{}{}", text("host"), text("path"));
        let mut request = Request::post(&uri)
            .header("content-type", "application/json")
            .header("user-agent", "not signed")
            .header("x-amz-security-token", "a caller's own")
            .body(Bytes::from(text("body").to_owned()))
            .unwrap();
        let key = key(&case["key_id"], &case["secret"], case["session"].as_str());
        let now = UnixMs(case["now"].as_i64().unwrap() * 1000 + 999);
        sign(&mut request, &key, Scope { region: text("region"), service: "bedrock" }, now).unwrap();
        assert_eq!(request.headers()["authorization"], text("authorization"), "{uri}");
        assert_eq!(request.headers().get("x-amz-security-token").is_some(), key.session.is_some());
        assert!(request.headers()["authorization"].is_sensitive());
        let sent = format!("{}{}", request.uri().host().unwrap(), request.uri().path());
        assert_eq!(sent, uri["https://".len()..], "the path is sent as it was signed");
    }
}

#[test]
fn the_protocol_sheets_vectors_are_signed_exactly() {
    for case in cases(SHEET) {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let mut headers: Vec<(&str, &str)> = case["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        headers.extend([("host", text("host")), ("x-amz-date", text("x_amz_date"))]);
        headers.extend(case["session_token"].as_str().map(|token| ("x-amz-security-token", token)));
        let canonical =
            Canonical::of(text("method"), text("path"), text("query"), &headers, text("body").as_bytes());
        assert_eq!(canonical.text, text("canonical_request"), "{}", text("name"));
        let key = key(&case["access_key"], &case["secret_key"], None);
        let scope = Scope { region: text("region"), service: text("service") };
        let value = authorization(&canonical, &key, scope, text("x_amz_date")).unwrap();
        assert_eq!(value, text("authorization"), "{}", text("name"));
    }
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let key = AccessKey { id: "A\nB".into(), secret: Secret::new("s").unwrap(), session: None };
    let scope = Scope { region: "us-east-1", service: "bedrock" };
    let mut request = Request::post("https://host/x").body(Bytes::new()).unwrap();
    assert_eq!(sign(&mut request, &key, scope, UnixMs(0)), Err(Unsignable));
    let key = AccessKey { id: "A".into(), ..key };
    let mut request = Request::post("/no-host").body(Bytes::new()).unwrap();
    assert_eq!(sign(&mut request, &key, scope, UnixMs(0)), Err(Unsignable));
}
