//! A database that goes away and comes back, instances that start together, and what cannot be connected to.

use crate::world::{World, put};
use proxyagent_core::ports::{Sql, Statement, StoreError};
use proxyagent_local_server::open;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_without_what_it_cannot_hold() {
    let Some(world) = World::postgres().await else { return };
    let rows = world.run(&[("SELECT ?1", &["a\0b".into()])]).await.unwrap();
    assert_eq!(rows[0][0].text(0), Ok("a\u{2400}b"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_start_together_make_one_schema() {
    let Some(world) = World::postgres().await else { return };
    let server = Arc::clone(world.server.as_ref().unwrap());
    let vars = BTreeMap::from([("PROXYAGENT_DATABASE_URL".to_owned(), server.new_database().await)]);
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let vars = vars.clone();
            tokio::spawn(async move {
                let home = tempfile::tempdir().unwrap();
                let proxy = open(home.path(), vars).await.map_err(|error| error.to_string())?;
                let count =
                    Statement::new("SELECT COUNT(*) FROM proxy_agent_meta WHERE name = 'epoch'", vec![]);
                Ok::<_, String>(proxy.platform.batch(vec![count]).await.unwrap()[0][0].int(0).unwrap())
            })
        })
        .collect();
    for start in starts {
        assert_eq!(start.await.unwrap(), Ok(1));
    }
    server
        .execute(&vars["PROXYAGENT_DATABASE_URL"], "INSERT INTO proxy_agent_migrations VALUES (999, 'x', 0)")
        .await;
    let home = tempfile::tempdir().unwrap();
    let error = open(home.path(), vars).await.err().unwrap().to_string();
    assert!(error.contains("use a newer proxyagent"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restart_of_the_database_loses_nothing_that_was_answered() {
    let Some(world) = World::postgres_of_its_own().await else { return };
    let server = Arc::clone(world.server.as_ref().unwrap());
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (proxy, over) = (Arc::clone(&world.proxy), Arc::clone(&over));
            tokio::spawn(async move {
                let (mut written, mut refused) = (BTreeSet::new(), 0);
                let mut n = 0;
                while !over.load(Ordering::Relaxed) {
                    n += 1;
                    let key = format!("w{writer}-{n}");
                    match proxy.platform.batch(put(key.clone(), 1)).await {
                        Ok(_) => drop(written.insert(key)),
                        Err(StoreError::Unavailable) => refused += 1,
                        Err(other) => panic!("{other}"),
                    }
                }
                (written, refused)
            })
        })
        .collect();
    for _ in 0..3 {
        let restart = Arc::clone(&server);
        tokio::task::spawn_blocking(move || restart.restart()).await.unwrap();
        let back = Instant::now();
        while world.run(&[("UPDATE t SET n = 2", &[])]).await.is_err() {}
        assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
        while world.run(&[("SELECT 1", &[])]).await.is_err() {}
        assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
    }
    over.store(true, Ordering::Relaxed);
    let mut answered = BTreeSet::new();
    for writer in writers {
        answered.extend(writer.await.unwrap().0);
    }
    let rows = world.run(&[("SELECT k FROM t", &[])]).await.unwrap();
    let stored: BTreeSet<String> = rows[0].iter().map(|row| row.text(0).unwrap().to_owned()).collect();
    assert_eq!(answered.difference(&stored).count(), 0, "answered but lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_said_to_be_unavailable_in_time_and_nothing_is_written_later() {
    let Some(world) = World::postgres_of_its_own().await else { return };
    let server = world.server.as_ref().unwrap();
    server.stop("fast");
    let began = Instant::now();
    assert_eq!(world.proxy.platform.batch(put("lost".into(), 1)).await, Err(StoreError::Unavailable));
    assert_eq!(world.run(&[("SELECT 1", &[])]).await, Err(StoreError::Unavailable));
    assert!(began.elapsed() < Duration::from_millis(5500), "two waits: {:?}", began.elapsed());
    server.start_again();
    let back = Instant::now();
    while world.proxy.platform.batch(put("kept".into(), 1)).await.is_err() {}
    assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
    assert_eq!(world.count().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_hangs_in_a_transaction_stops_the_others_only_for_a_moment() {
    let Some(world) = World::postgres().await else { return };
    let url = &world.vars["PROXYAGENT_DATABASE_URL"];
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(
            "SET idle_in_transaction_session_timeout = '2s'; BEGIN; SELECT pg_advisory_xact_lock(5784651)",
        )
        .await
        .unwrap();
    let began = Instant::now();
    assert_eq!(world.proxy.platform.batch(put("a".into(), 1)).await, Err(StoreError::Unavailable));
    assert_eq!(world.count().await, 0, "reading goes on");
    while world.proxy.platform.batch(put("b".into(), 1)).await.is_err() {}
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(world.count().await, 1);
}

#[tokio::test]
async fn what_cannot_be_connected_to_stops_the_start_and_its_password_is_not_shown() {
    let home = tempfile::tempdir().unwrap();
    for (url, reason) in [
        ("mysql://u:s3cret@localhost/d", "not a URL that begins with postgres://"),
        ("postgres://u:s3cret@localhost:notaport/d", "not understood"),
        ("postgres://u:s3cret@localhost/d?sslmode=maybe", "sslmode"),
        ("postgres://u:s3cret@%2Fnonexistent/d", "the database cannot be used"),
    ] {
        let vars = BTreeMap::from([("PROXYAGENT_DATABASE_URL".to_owned(), url.to_owned())]);
        let error = open(home.path(), vars).await.err().unwrap().to_string();
        assert!(error.contains(reason), "{url}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
