//! Credentials as they are met in the wild, and what is left of them.

use super::super::text;

#[test]
fn credentials_are_taken_out() {
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    for (given, want) in [
        ("model sk-ant-api03-AbCdEfGh1234567890-xyzAA!", "model [redacted:anthropic-key]!"),
        ("key AKIAIOSFODNN7EXAMPLE", "key [redacted:aws-access-key-id]"),
        ("ghp_0123456789abcdefABCDEF0123456789abcd", "[redacted:github-token]"),
        ("xoxb-1234567890-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx", "[redacted:slack-bot-token]"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "[redacted:google-api-key]"),
        (
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
            "https://hooks.slack.com/services/[redacted:slack-webhook]",
        ),
        (
            "postgres://user:hunter2@db.example:5432/x",
            "postgres://user:[redacted:url-password]@db.example:5432/x",
        ),
        ("redis://:s3cr3t@cache", "redis://:[redacted:url-password]@cache"),
        ("https://u:p@ss@host/", "https://u:[redacted:url-password]@host/"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [redacted:bearer-token]"),
        (
            "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            "authorization: Basic [redacted:basic-credentials]",
        ),
        (
            "{\"Authorization\":\"Bearer tok12345\"}",
            "{\"Authorization\":\"Bearer [redacted:authorization]\"}",
        ),
        ("curl -H 'x-api-key: 9f8e7d6c5b4a39281706'", "curl -H 'x-api-key: [redacted:secret]'"),
        ("DB_PASSWORD=hunter2!", "DB_PASSWORD=[redacted:password]"),
        ("password: \"Tr0ub4dor&3\"", "password: \"[redacted:password]&3\""),
        ("Server=db;User Id=sa;Password=Str0ng!Pass;", "Server=db;User Id=sa;Password=[redacted:password];"),
        ("<password>hunter22</password>", "<password>[redacted:password]</password>"),
        ("env[\"API_KEY\"] = \"a8b7c6d5e4f3a2b1\"", "env[\"API_KEY\"] = \"[redacted:secret]\""),
        (
            "{\\\"client_secret\\\":\\\"q1w2e3r4t5y6u7i8\\\"}",
            "{\\\"client_secret\\\":\\\"[redacted:secret]\\\"}",
        ),
        ("?api_key=a1b2c3d4e5f6a7b8&x=1", "?api_key=[redacted:secret]&x=1"),
        ("DATADOG_KEY=3f786850e387550fdab836ed7e6dc881", "DATADOG_KEY=[redacted:secret]"),
        (
            "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
            "AWS_SECRET_ACCESS_KEY=[redacted:secret]",
        ),
        ("heroku_api_key: 12345678-ABCD-4abc-8def-1234567890ab", "heroku_api_key: [redacted:secret]"),
        ("Cookie: sid=abc123; theme=dark", "Cookie: [redacted:cookie]"),
        ("AccountKey=abcdEFGH1234+/abcdEFGH1234==;x", "AccountKey=[redacted:secret];x"),
        ("login --password hunter22 now", "login --password [redacted:argument] now"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nrest",
            "[redacted:private-key]\nrest",
        ),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blb cut off", "[redacted:private-key]"),
        (
            "two: ghp_0123456789abcdefABCDEF0123456789abcd AKIAIOSFODNN7EXAMPLE",
            "two: [redacted:github-token] [redacted:aws-access-key-id]",
        ),
    ] {
        assert_eq!(text(given), want);
    }
    assert_eq!(text(&format!("x {jwt} y")), "x [redacted:json-web-token] y");
}
