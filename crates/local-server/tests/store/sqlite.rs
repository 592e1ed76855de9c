//! An honest answer when the disk is not there.

use crate::world::{World, put};
use proxyagent_core::ports::{Sql, StoreError};
use proxyagent_local_server::open;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn second_process(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.home.path().join("proxyagent.db")).unwrap()
}

#[tokio::test]
async fn text_may_hold_anything() {
    let world = World::sqlite().await.unwrap();
    let rows = world.run(&[("SELECT ?1", &["a\0b".into()])]).await.unwrap();
    assert_eq!(rows[0][0].text(0), Ok("a\0b"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_said_to_be_unavailable_in_time_and_nothing_is_written_later() {
    let world = World::sqlite().await.unwrap();
    let lock = second_process(&world);
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let jobs: Vec<_> = (0..5)
        .map(|i| {
            let proxy = Arc::clone(&world.proxy);
            tokio::spawn(async move { proxy.platform.batch(put(format!("k{i}"), i)).await })
        })
        .collect();
    assert_eq!(world.count().await, 0, "reading goes on");
    assert!(began.elapsed() < Duration::from_secs(1));
    for job in jobs {
        assert_eq!(job.await.unwrap(), Err(StoreError::Unavailable));
    }
    assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
    lock.execute_batch("ROLLBACK").unwrap();
    world.proxy.platform.batch(put("after".into(), 1)).await.unwrap();
    assert_eq!(world.count().await, 1);
}

#[tokio::test]
async fn a_file_that_is_no_database_and_one_from_the_future_stop_the_start() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("proxyagent.db"), "not a database, but long enough to be read as one")
        .unwrap();
    let error = open(home.path(), BTreeMap::new()).await.err().unwrap().to_string();
    assert!(error.contains("file is not a database"), "{error}");

    let world = World::sqlite().await.unwrap();
    second_process(&world).execute("INSERT INTO proxy_agent_migrations VALUES (999, 'x', 0)", []).unwrap();
    let error = open(world.home.path(), BTreeMap::new()).await.err().unwrap().to_string();
    assert!(error.contains("use a newer proxyagent"), "{error}");
}
