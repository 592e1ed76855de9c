use super::*;
use crate::call::CallRecord;
use crate::dialect::{Dialect, Operation};
use crate::provider_limits::ProviderLimit;
use crate::store::admission::{Admission, admit};
use crate::store::calls::{self, Settlement};
use crate::time::Micros;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as Cell};

const SCHEMA: &str = concat!(
    include_str!("../../../../../migrations/0001_init.sql"),
    include_str!("../../../../../migrations/0002_responses.sql"),
    include_str!("../../../../../migrations/0003_credentials.sql"),
    include_str!("../../../../../migrations/0004_audit.sql"),
    include_str!("../../../../../migrations/0005_limits.sql"),
    include_str!("../../../../../migrations/0006_records.sql"),
    include_str!("../../../../../migrations/0007_sessions.sql"),
    include_str!("../../../../../migrations/0008_tools.sql"),
    include_str!("../../../../../migrations/0009_captures.sql"),
    include_str!("../../../../../migrations/0010_reprice.sql"),
);
const NOW: UnixMs = UnixMs(1_795_507_200_000);

/// Whether the last statement gave a row.
fn run(database: &mut Connection, batch: Vec<Statement>) -> bool {
    let transaction = database.transaction().unwrap();
    let mut rows = 0;
    for statement in batch {
        let mut prepared = transaction.prepare(&statement.sql).unwrap();
        let params = statement.params.into_iter().map(|value| match value {
            Value::Null => ToSqlOutput::Owned(Cell::Null),
            Value::Int(n) => ToSqlOutput::Owned(Cell::Integer(n)),
            Value::Text(text) => ToSqlOutput::Owned(Cell::Text(text)),
        });
        let mut read = prepared.query(rusqlite::params_from_iter(params)).unwrap();
        rows = 0;
        while read.next().unwrap().is_some() {
            rows += 1;
        }
    }
    transaction.commit().unwrap();
    rows > 0
}

fn budget(dollars: i64) -> ProviderLimit {
    let amount = Nano(dollars * Nano::PER_DOLLAR);
    ProviderLimit { rate: None, budget: Some(crate::budget::Budget { amount, window: None }) }
}

fn model(provider: &'static str) -> ModelRef {
    ModelRef { provider, model: "m".to_owned() }
}

/// A token of $10 in a group of $8; a call that holds $2 and goes to `mock`, whose budget is $5.
fn stage() -> (Connection, CallRecord, Claims) {
    let mut database = Connection::open_in_memory().unwrap();
    database.execute_batch(SCHEMA).unwrap();
    database
        .execute_batch(
            "INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms, budget_nano, budget_group) \
             VALUES ('t', 'h', 'm', 'l', '[]', 0, 10000000000, 'g'); \
             INSERT INTO proxy_agent_budgets (id, budget_nano, created_ms) VALUES ('group:g', 8000000000, 0)",
        )
        .unwrap();
    let mut record =
        CallRecord::begin("c".into(), "c".into(), NOW, Micros(0), Dialect::Chat, Operation::Generate);
    (record.token_id, record.target) = (Some("t".into()), Some(model("mock")));
    let claims = Claims { group: Some("g".into()), provider: Some(budget(5)), tokens: 0 };
    let admission = Admission {
        token_version: 1,
        epoch: 1,
        hold: Nano(2_000_000_000),
        lease: NOW,
        claims: &claims,
        draft: &record,
    };
    assert!(run(&mut database, admit(&admission)));
    (database, record, claims)
}

/// What the token, the group, `mock` and `other` hold, in dollars.
fn held(database: &Connection) -> [i64; 4] {
    let one =
        |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0) / 1_000_000_000;
    [
        one("SELECT held_nano FROM proxy_agent_tokens"),
        one("SELECT held_nano FROM proxy_agent_budgets WHERE id = 'group:g'"),
        one("SELECT held_nano FROM proxy_agent_budgets WHERE id = 'provider:mock'"),
        one("SELECT held_nano FROM proxy_agent_budgets WHERE id = 'provider:other'"),
    ]
}

#[test]
fn a_hold_moves_as_a_whole_or_not_at_all() {
    // To where, whose limit is this, holding so much: what holds then.
    for (target, limit, dollars, want) in [
        ("mock", Some(5), 5, Some([5, 5, 5, 0])),
        ("mock", Some(5), 6, None),
        ("other", Some(5), 2, Some([2, 2, 0, 2])),
        ("other", Some(5), 5, Some([5, 5, 0, 5])),
        ("other", Some(1), 2, None),
        ("other", None, 8, Some([8, 8, 0, 0])),
        ("other", None, 9, None),
    ] {
        let (mut database, record, claims) = stage();
        let claims = Claims { provider: limit.map(budget), ..claims };
        let to = model(target);
        let change_to = |moves, held: i64, hold: i64, from| {
            change(&Move {
                call: "c",
                token: "t",
                moves,
                target: &to,
                held: Nano(held * Nano::PER_DOLLAR),
                hold: Nano(hold * Nano::PER_DOLLAR),
                claims: &claims,
                from,
                now: NOW,
            })
        };
        assert_eq!(
            run(&mut database, change_to(0, 2, dollars, Some("mock"))),
            want.is_some(),
            "{target} {dollars}"
        );
        assert_eq!(held(&database), want.unwrap_or([2, 2, 2, 0]), "{target} {dollars}");
        // Whatever happened, the settlement gives all of it back, once.
        let settlement = Settlement { now: NOW, group: true, provider: true, ..Settlement::default() };
        for _ in 0..2 {
            run(&mut database, calls::settle(&record, &settlement));
            assert_eq!(held(&database), [0; 4], "{target} {dollars}");
        }
        assert!(
            !run(&mut database, change_to(1, dollars, dollars, Some(target))),
            "a closed call holds nothing"
        );
        assert_eq!(held(&database), [0; 4]);
    }
}
