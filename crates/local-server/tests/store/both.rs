//! All or nothing, exact under contention, and the same answers from either store.

use crate::world::{World, put};
use proxyagent_core::ports::{Row, Sql, Statement, StoreError, Value};
use std::sync::Arc;

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(super::World::sqlite().await.unwrap()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                if let Some(world) = super::World::postgres().await {
                    super::$name(world).await;
                }
            })*
        }
    };
}

on_both!(
    values_come_back_as_they_went_in,
    a_batch_takes_effect_whole_or_not_at_all,
    a_failure_in_a_group_is_nobody_elses,
    a_cap_holds_exactly_under_any_number_of_callers,
    what_was_written_is_read_next,
    a_batch_may_decide_by_rows_that_it_does_not_write,
    sqlites_words_mean_the_same,
);

async fn values_come_back_as_they_went_in(world: World) {
    let rows = world
        .run(&[("SELECT ?1, ?2, ?3", &[Value::Null, Value::Int(-(1 << 53)), Value::Text("ä'\"\\".into())])])
        .await
        .unwrap();
    assert_eq!(rows, [[Row(vec![Value::Null, Value::Int(-(1 << 53)), Value::Text("ä'\"\\".into())])]]);
    assert_eq!(world.run(&[("SELECT 1.5", &[])]).await, Err(StoreError::Malformed));
    assert_eq!(world.run(&[]).await, Ok(vec![]));
    // One text with nothing, then a number, then a text in the same place.
    for value in [Value::Null, 7.into(), Value::Null, "x".into(), 8.into()] {
        let rows = world.run(&[("SELECT ?1 AS a", std::slice::from_ref(&value))]).await.unwrap();
        assert_eq!(rows[0][0].0, [value]);
    }
    // Nothing says at first what an absent value would be.
    let sql = "SELECT COUNT(*) FROM t WHERE (?1 IS NULL OR k = ?1) AND (?2 IS NULL OR n < CASE ?2 WHEN 7 THEN 8 ELSE ?2 END)";
    for (key, most) in [
        (Value::Null, Value::Null),
        ("k".into(), Value::Null),
        (Value::Null, 7.into()),
        ("k".into(), 7.into()),
    ] {
        let rows = world.run(&[(sql, &[key, most])]).await.unwrap();
        assert_eq!(rows[0][0].0, [0.into()]);
    }
}

async fn a_batch_takes_effect_whole_or_not_at_all(world: World) {
    for failing in ["INSERT INTO t VALUES ('b', 1000)", "INSERT INTO nowhere VALUES (1)"] {
        let outcome = world
            .run(&[("INSERT INTO t VALUES ('a', 1)", &[]), ("UPDATE t SET n = 5", &[]), (failing, &[])])
            .await;
        assert_eq!(outcome, Err(StoreError::Refused));
        assert_eq!(world.count().await, 0);
    }
    let rows = world
        .run(&[("INSERT INTO t VALUES ('a', 1) RETURNING k", &[]), ("SELECT n FROM t", &[])])
        .await
        .unwrap();
    assert_eq!((rows[0][0].text(0), rows[1][0].int(0)), (Ok("a"), Ok(1)));
}

async fn a_failure_in_a_group_is_nobody_elses(world: World) {
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

async fn a_cap_holds_exactly_under_any_number_of_callers(world: World) {
    world.run(&[("INSERT INTO t VALUES ('cap', 0)", &[])]).await.unwrap();
    let other = world.another().await;
    let jobs: Vec<_> = (0..400)
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

async fn what_was_written_is_read_next(world: World) {
    let other = world.another().await;
    for i in 0..50 {
        world.proxy.platform.batch(put(format!("k{i}"), i)).await.unwrap();
        assert_eq!(world.count().await, i + 1);
        let seen =
            other.platform.batch(vec![Statement::new("SELECT count(*) FROM t", vec![])]).await.unwrap();
        assert_eq!(seen[0][0].int(0), Ok(i + 1), "in another process too");
    }
}

/// Two that each look at the other's row before they write their own: run side by side, both would see nothing.
async fn a_batch_may_decide_by_rows_that_it_does_not_write(world: World) {
    let other = world.another().await;
    let take = |key: &str| {
        let sql = "INSERT INTO t SELECT ?1, 1 WHERE (SELECT COALESCE(SUM(n), 0) FROM t) < 10";
        vec![Statement::new(sql, vec![key.into()])]
    };
    let jobs: Vec<_> = (0..200)
        .map(|i| {
            let proxy = Arc::clone(if i % 2 == 0 { &world.proxy } else { &other });
            let batch = take(&format!("k{i}"));
            tokio::spawn(async move { proxy.platform.batch(batch).await.unwrap() })
        })
        .collect();
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(world.count().await, 10);
}

async fn sqlites_words_mean_the_same(world: World) {
    let list = r#"[["b","2"],["a\"","ä"]]"#;
    world
        .run(&[
            ("INSERT OR FAIL INTO t VALUES ('old', 1) ON CONFLICT (k) DO UPDATE SET n = t.n + 1", &[]),
            ("UPDATE OR FAIL t SET n = n + 1 WHERE k = 'old' OR k = 'OLD'", &[]),
            (
                "INSERT INTO t (k, n) SELECT json_extract(value, '$[0]'), key FROM json_each(?1)",
                &[list.into()],
            ),
        ])
        .await
        .unwrap();
    let rows = world.run(&[("SELECT k, n FROM t ORDER BY k", &[])]).await.unwrap();
    let found: Vec<_> = rows[0].iter().map(|row| (row.text(0).unwrap(), row.int(1).unwrap())).collect();
    assert_eq!(found, [("a\"", 1), ("b", 0), ("old", 2)]);
    // Upper case sorts before lower case, and sums of integers are integers.
    let rows = world
        .run(&[
            ("INSERT INTO t VALUES ('Z', 5)", &[]),
            ("SELECT MIN(k), SUM(n), COUNT(*), EXISTS (SELECT 1 FROM t WHERE n = 5) FROM t", &[]),
            ("SELECT COALESCE(SUM(n), 0), SUM(-9007199254740991 * n) FROM t WHERE n < 2", &[]),
        ])
        .await
        .unwrap();
    assert_eq!(rows[1][0].0, [Value::from("Z"), 8.into(), 4.into(), 1.into()]);
    assert_eq!(rows[2][0].0, [Value::from(1), (-9_007_199_254_740_991).into()]);
}
