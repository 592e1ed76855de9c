use super::*;
use bytes::Bytes;
use futures_util::StreamExt;
use http::Request;
use proxyagent_core::ports::{Patience, Severed, Sql, StoreError, Unsent, Upstream, Value};

const PATIENCE: Patience = Patience { connect: Millis(1), first_byte: Millis(2), idle: Millis(3) };

#[test]
fn a_batch_is_all_or_nothing() {
    let world = World::new();
    let bump =
        || Statement::new("UPDATE proxy_agent_meta SET value = value + 1 WHERE name = 'epoch'", vec![]);
    let clash =
        Statement::new("INSERT INTO proxy_agent_meta (name, value) VALUES (?1, 1)", vec!["epoch".into()]);
    assert_eq!(run(world.batch(vec![bump(), clash])), Err(StoreError::Refused));
    let epoch = || world.query("SELECT value FROM proxy_agent_meta WHERE name = 'epoch'");
    assert_eq!(epoch(), [Row(vec![Value::Int(1)])]);
    run(world.batch(vec![bump()])).unwrap();
    assert_eq!(epoch(), [Row(vec![Value::Int(2)])]);
    world.set_store_down(true);
    assert_eq!(run(world.batch(vec![bump()])), Err(StoreError::Unavailable));
    assert_eq!(world.batches(), 3);
}

#[test]
fn upstreams_follow_the_script() {
    let world = World::new();
    world.script(Reply::json(200, "{}").header("x-request-id", "r1").cut(Severed::Reset));
    world.script(Reply::Never(Unsent::Slow));
    let ask = || Request::post("https://api.example/v1").body(Bytes::from_static(b"hi")).unwrap();
    let mut answer = run(world.send(ask(), PATIENCE)).unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-request-id"].as_bytes()), (200, &b"r1"[..]));
    let body = run(async { answer.body_mut().collect::<Vec<_>>().await });
    assert_eq!(body, [Ok(Bytes::from_static(b"{}")), Err(Severed::Reset)]);
    assert_eq!(run(world.send(ask(), PATIENCE)).err(), Some(Unsent::Slow));
    let sent = world.take_sent();
    assert_eq!((sent.len(), sent[0].request.body().as_ref(), sent[0].patience), (2, &b"hi"[..], PATIENCE));
}

#[test]
fn time_passes_only_when_told() {
    let world = World::new();
    assert_eq!(world.now(), DAWN);
    run(world.sleep(Millis(5)));
    assert_eq!((world.now(), world.take_slept()), (DAWN + Millis(5), vec![Millis(5)]));
}

#[test]
fn the_cache_is_off_until_it_is_stale_for_ever() {
    let world = World::new();
    world.keep("k", "v", Millis(1));
    assert_eq!(run(world.recall("k")), None);
    world.with_stale_cache();
    world.keep("k", "v", Millis(1));
    assert_eq!(run(world.recall("k")).as_deref(), Some("v"));
}

#[test]
fn faults_and_records_are_kept() {
    let proxy = World::proxy(&[]);
    proxy.platform.fault("lost");
    assert_eq!(proxy.platform.take_faults(), ["lost"]);
    assert!(proxy.platform.take_records().is_empty());
}

#[test]
fn statements_that_only_sqlite_takes_are_refused() {
    for sql in [
        "INSERT OR IGNORE INTO t VALUES (?1)",
        "SELECT ifnull(a, 1) FROM t",
        "UPDATE t SET a = CASE WHEN ?1 THEN 1 ELSE 0 END",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b, n = n + 1",
    ] {
        assert!(std::panic::catch_unwind(|| portable::check(sql)).is_err(), "{sql}");
    }
    for sql in [
        "INSERT OR FAIL INTO t VALUES (?1)",
        "SELECT 'ifnull' FROM t WHERE a = ?1 OR b",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET n = t.n + CASE WHEN a = b THEN 1 ELSE 0 END",
    ] {
        portable::check(sql);
    }
}
