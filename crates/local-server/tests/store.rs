//! What the store promises: all or nothing, exact under contention, and an honest answer when the disk is not there.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use proxyagent_core::ports::{Row, Sql, Statement, StoreError, Value};
use proxyagent_core::proxy::Proxy;
use proxyagent_local_server::{Native, open};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct World {
    proxy: Arc<Proxy<Native>>,
    home: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let proxy = open(home.path(), BTreeMap::new()).await.unwrap();
        let world = Self { proxy, home };
        world
            .run(&[("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER NOT NULL CHECK (n < 1000)) STRICT", &[])])
            .await
            .unwrap();
        world
    }

    async fn run(&self, statements: &[(&'static str, &[Value])]) -> Result<Vec<Vec<Row>>, StoreError> {
        let statements =
            statements.iter().map(|(sql, params)| Statement::new(sql, params.to_vec())).collect();
        self.proxy.platform.batch(statements).await
    }

    async fn count(&self) -> i64 {
        self.run(&[("SELECT count(*) FROM t", &[])]).await.unwrap()[0][0].int(0).unwrap()
    }

    fn second_process(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.home.path().join("proxyagent.db")).unwrap()
    }
}

fn put(key: String, n: i64) -> Vec<Statement> {
    vec![Statement::new("INSERT INTO t VALUES (?1, ?2)", vec![key.into(), n.into()])]
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let world = World::new().await;
    let rows = world
        .run(&[("SELECT ?1, ?2, ?3", &[Value::Null, Value::Int(-(1 << 53)), Value::Text("ä\0'".into())])])
        .await
        .unwrap();
    assert_eq!(rows, [[Row(vec![Value::Null, Value::Int(-(1 << 53)), Value::Text("ä\0'".into())])]]);
    assert_eq!(world.run(&[("SELECT 1.5", &[])]).await, Err(StoreError::Malformed));
    assert_eq!(world.run(&[]).await, Ok(vec![]));
}

#[tokio::test]
async fn a_batch_takes_effect_whole_or_not_at_all() {
    let world = World::new().await;
    let outcome = world
        .run(&[
            ("INSERT INTO t VALUES ('a', 1)", &[]),
            ("UPDATE t SET n = 5", &[]),
            ("INSERT INTO t VALUES ('b', 1000)", &[]),
        ])
        .await;
    assert_eq!(outcome, Err(StoreError::Refused));
    assert_eq!(world.count().await, 0);
    assert_eq!(world.run(&[("INSERT INTO nowhere VALUES (1)", &[])]).await, Err(StoreError::Refused));
    let rows = world
        .run(&[("INSERT INTO t VALUES ('a', 1) RETURNING k", &[]), ("SELECT n FROM t", &[])])
        .await
        .unwrap();
    assert_eq!((rows[0][0].text(0), rows[1][0].int(0)), (Ok("a"), Ok(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failure_in_a_group_is_nobody_elses() {
    let world = World::new().await;
    let jobs: Vec<_> = (0..400)
        .map(|i| {
            let proxy = Arc::clone(&world.proxy);
            tokio::spawn(async move {
                let mut batch = put(format!("k{i}"), i);
                if i % 3 == 0 {
                    batch.extend(put(format!("k{i}"), i)); // the same key again
                }
                (i, proxy.platform.batch(batch).await)
            })
        })
        .collect();
    for job in jobs {
        let (i, outcome) = job.await.unwrap();
        assert_eq!(outcome.err(), (i % 3 == 0).then_some(StoreError::Refused), "{i}");
    }
    assert_eq!(world.count().await, (0..400).filter(|i| i % 3 != 0).count() as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cap_holds_exactly_under_any_number_of_callers() {
    let world = World::new().await;
    world.run(&[("INSERT INTO t VALUES ('cap', 0)", &[])]).await.unwrap();
    // Two processes on one file: the second has its own writer.
    let other = open(world.home.path(), BTreeMap::new()).await.unwrap();
    let jobs: Vec<_> = (0..200)
        .map(|i| {
            let proxy = Arc::clone(if i % 2 == 0 { &world.proxy } else { &other });
            tokio::spawn(async move {
                let sql = "UPDATE t SET n = n + 1 WHERE k = 'cap' AND n < 50 RETURNING n";
                proxy.platform.batch(vec![Statement::new(sql, vec![])]).await.unwrap()[0].len()
            })
        })
        .collect();
    let mut admitted = 0;
    for job in jobs {
        admitted += job.await.unwrap();
    }
    assert_eq!(admitted, 50);
}

#[tokio::test]
async fn what_was_written_is_read_next() {
    let world = World::new().await;
    for i in 0..100 {
        world.proxy.platform.batch(put(format!("k{i}"), i)).await.unwrap();
        assert_eq!(world.count().await, i + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_said_to_be_unavailable_in_time_and_nothing_is_written_later() {
    let world = World::new().await;
    let lock = world.second_process();
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

    let world = World::new().await;
    world.second_process().execute("INSERT INTO proxy_agent_migrations VALUES (999, 'x', 0)", []).unwrap();
    let error = open(world.home.path(), BTreeMap::new()).await.err().unwrap().to_string();
    assert!(error.contains("use a newer proxyagent"), "{error}");
}
