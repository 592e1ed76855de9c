//! `serve`, and the same commands against it as against a local store.

use crate::runner::Machine;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

/// A running server, ended when dropped.
struct Serving {
    child: Child,
    url: String,
    said: tempfile::NamedTempFile,
}

impl Serving {
    fn start(machine: &Machine) -> Self {
        let said = tempfile::NamedTempFile::new().unwrap();
        let mut child = machine.command("serve --port 0").stderr(said.reopen().unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("proxyagent listening on ").map(str::to_owned);
        let serving = Self { child, url: url.unwrap_or_else(|| panic!("the first line was {line:?}")), said };
        // It answers only when the greeting is over.
        assert!(serving.ask("GET", "/healthz", "", "").starts_with("HTTP/1.1 200"));
        serving
    }

    /// An answer, status line first.
    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {token}\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// What it wrote to standard error until now.
    fn said(&self) -> String {
        std::fs::read_to_string(self.said.path()).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_new_store_says_how_to_get_in_once() {
    let machine = Machine::new();
    let server = Serving::start(&machine);
    let admin = machine.run("admin-token").ok();
    let line = format!("admin token: {}  (shown again by: proxyagent admin-token)", admin.trim());
    assert!(server.said().contains(&line), "{}", server.said());
    drop(server);

    let said = Serving::start(&machine).said();
    assert!(!said.contains(admin.trim()) && !said.contains("curl"), "{said}");
}

#[test]
fn a_start_that_failed_does_not_use_up_the_first_greeting() {
    let machine = Machine::new();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    machine.run(&format!("serve --port {}", taken.local_addr().unwrap().port())).failed(1);
    machine.run("admin-token").ok();
    assert!(Serving::start(&machine).said().contains("admin token: admin_"));
}

#[test]
fn the_line_to_try_works_and_may_only_use_the_mock() {
    let machine = Machine::new();
    let server = Serving::start(&machine);
    let said = server.said();
    let line = said.lines().find(|line| line.trim_start().starts_with("curl ")).unwrap();
    let between = |before: &str, after: &str| {
        let (_, rest) = line.split_once(before).unwrap();
        rest.split_once(after).unwrap().0
    };
    let (token, body) = (between("x-api-key: ", "'"), between("-d '", "'"));
    let path = between(&server.url, " ");
    let answer = server.ask("POST", path, token, body);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"type\":\"message\""), "{answer}");
    let other = body.replace("mock", "claude-sonnet-4-5");
    assert!(server.ask("POST", path, token, &other).starts_with("HTTP/1.1 403"));

    let logs = machine.run("logs --json").json();
    let statuses: Vec<_> =
        logs.get("logs").unwrap().as_array().unwrap().iter().map(|log| log.get("status")).collect();
    assert_eq!(statuses, [Some(&json!(403)), Some(&json!(200))]);
    assert!(machine.run("logs").ok().contains("first-try"));
    assert!(machine.run("token ls").ok().contains("first-try"));
}

#[test]
fn an_admin_token_from_the_environment_is_not_printed() {
    let machine = Machine::new().with("PROXYAGENT_ADMIN_TOKEN", "chosen-by-the-operator");
    let said = Serving::start(&machine).said();
    assert!(!said.contains("chosen-by-the-operator"), "{said}");
}

#[test]
fn commands_work_the_same_against_a_server() {
    let machine = Machine::new();
    let server = Serving::start(&machine);
    let admin = machine.run("admin-token").ok();
    let remote =
        Machine::new().with("PROXYAGENT_PROXY", &server.url).with("PROXYAGENT_ADMIN_TOKEN", admin.trim());
    let token = remote.run("token new ci --scope mock --quiet").ok();
    assert!(token.starts_with("pa_"));
    remote.run("alias set gpt-5 mock:mock").ok();
    for line in ["token ls --json", "alias ls --json", "usage --json", "logs --json"] {
        assert_eq!(remote.run(line).json(), machine.run(line).json(), "{line}");
    }
    remote.run("alias rm gpt-5").ok();
    remote.run("token revoke ci").ok();
    remote.run("token revoke ci").failed(5);
    remote.run("alias rm gpt-5").failed(5);
    remote.run("token new ci --scope no-such-provider:x").failed(2);

    let stranger =
        Machine::new().with("PROXYAGENT_PROXY", &server.url).with("PROXYAGENT_ADMIN_TOKEN", "wrong-token");
    stranger.run("token ls").failed(4);
}

#[test]
fn a_busy_port_is_one_clear_line() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = Machine::new().run(&format!("serve --port {port}")).failed(1);
    assert!(said.contains(&port.to_string()) && said.contains("in use"), "{said}");
    assert!(!said.contains("admin token"), "it binds before it greets: {said}");
}

#[test]
fn an_address_others_can_reach_needs_a_tls_proxy_in_front() {
    let said = Machine::new().run("serve --host 0.0.0.0 --port 0").failed(3);
    assert!(said.contains("--behind-proxy"), "{said}");
}
