//! A store that moves from SQLite to PostgreSQL.

use crate::postgres_server::Server;
use crate::world::World;
use proxyagent_core::ports::{Sql, Statement};
use proxyagent_local_server::{copy_store, open};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_and_only_into_an_empty_database() {
    let Some(server) = Server::shared() else { return };
    let world = World::sqlite().await.unwrap();
    world
        .run(&[
            (
                "INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms, budget_nano, spent_nano) \
                 VALUES ('tok_1', 'h', 'm', ?1, '[\"*\"]', 1795507200000, 9007199254740991, 7)",
                &["a \"b\"\n\u{e4}\0".into()],
            ),
            ("UPDATE proxy_agent_meta SET value = 12 WHERE name = 'epoch'", &[]),
            ("INSERT INTO proxy_agent_responses VALUES ('r1', 'tok_1', 'c', 1), ('r0', 'tok_1', 'c', 2)", &[]),
        ])
        .await
        .unwrap();
    for i in 0..2500i64 {
        let sql = "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation) \
                   VALUES (?1, 'q', 'settled', ?2, 'chat', 'generate')";
        world.run(&[(sql, &[format!("req_{i}").into(), i.into()])]).await.unwrap();
    }
    let url = server.new_database().await;
    let file = world.home.path().join("proxyagent.db");
    let copied = copy_store(&file, &url).await.unwrap();
    assert!(copied.contains(&("proxy_agent_calls".to_owned(), 2500)), "{copied:?}");
    let again = copy_store(&file, &url).await.unwrap_err().to_string();
    assert!(again.contains("in use already"), "{again}");

    let vars = BTreeMap::from([("PROXYAGENT_DATABASE_URL".to_owned(), url)]);
    let moved = open(world.home.path(), vars).await.unwrap();
    let ask = async |sql: &'static str| {
        let rows = moved.platform.batch(vec![Statement::new(sql, vec![])]).await.unwrap();
        rows.into_iter().next().unwrap()
    };
    let token = ask("SELECT label, budget_nano, revoked_ms FROM proxy_agent_tokens").await;
    assert_eq!(token[0].text(0), Ok("a \"b\"\n\u{e4}\u{2400}"));
    assert_eq!((token[0].int(1), token[0].maybe_int(2)), (Ok(9_007_199_254_740_991), Ok(None)));
    assert_eq!(ask("SELECT value FROM proxy_agent_meta WHERE name = 'epoch'").await[0].int(0), Ok(12));
    let calls = ask("SELECT COUNT(*), SUM(started_ms) FROM proxy_agent_calls").await;
    assert_eq!((calls[0].int(0), calls[0].int(1)), (Ok(2500), Ok(2499 * 1250)));
    // The order in which rows were made is kept, and goes on.
    ask("INSERT INTO proxy_agent_responses (id, token_id, credential_id, created_ms) VALUES ('r2', 'tok_1', 'c', 3)").await;
    let order = ask("SELECT id FROM proxy_agent_responses ORDER BY rowid").await;
    let order: Vec<&str> = order.iter().map(|row| row.text(0).unwrap()).collect();
    assert_eq!(order, ["r1", "r0", "r2"]);
}
