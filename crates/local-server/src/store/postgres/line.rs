//! One connection: statements prepared once, and a whole transaction in one round trip. What is sent either commits as a
//! whole or not at all.

use super::cell::{self, Cell, Param};
use super::dialect;
use super::fault::Fault;
use futures_util::TryStreamExt;
use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use proxyagent_core::ports::{Row, Rows, Statement, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement as Prepared};

/// A connection and what was prepared on it.
pub(crate) struct Line {
    client: Client,
    /// By where the text lies; see the SQLite store's `prepared`.
    kept: HashMap<(usize, usize), Prepared>,
}

/// What stands around the statements.
#[derive(Clone, Copy)]
pub(crate) enum Frame {
    /// A transaction that begins with these words.
    Transaction(&'static str),
    /// One statement that is a unit by itself.
    Bare,
}

impl Line {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, kept: HashMap::new() }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs text with nothing prepared: several statements are one transaction of their own.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs all batches, one after another, as one unit. Everything is sent before anything is waited for.
    ///
    /// # Errors
    /// The first failure; then nothing took effect, unless the connection broke.
    pub(crate) async fn run(
        &mut self,
        frame: Frame,
        batches: &[&[Statement]],
    ) -> Result<Vec<Vec<Rows>>, Fault> {
        let mut prepared = Vec::new();
        let statements: Vec<&Statement> = batches.iter().flat_map(|batch| batch.iter()).collect();
        for statement in statements {
            prepared.push((self.prepared(statement).await?, statement));
        }
        let client = &self.client;
        let mut sent: Vec<MaybeDone<BoxFuture<'_, Result<Rows, Error>>>> = Vec::new();
        if let Frame::Transaction(opening) = frame {
            sent.push(words(client, opening));
        }
        let opened = sent.len();
        for (prepared, statement) in &prepared {
            sent.push(maybe_done(query(client, prepared, &statement.params).boxed()));
        }
        send(&mut sent).await;
        if let Frame::Transaction(_) = frame {
            // One that could not even be sent must not let the others take effect.
            let unsent = sent.iter_mut().any(|one| matches!(Pin::new(one).output_mut(), Some(Err(_))));
            sent.push(words(client, if unsent { "ROLLBACK" } else { "COMMIT" }));
        }
        let mut outcomes = Vec::with_capacity(sent.len());
        for one in &mut sent {
            Pin::new(&mut *one).await;
            outcomes.extend(Pin::new(one).take_output());
        }
        // All are awaited before the first failure is told: the connection is at rest then.
        let rows = outcomes.into_iter().collect::<Result<Vec<Rows>, Error>>()?;
        let mut rows = rows.into_iter().skip(opened);
        Ok(batches.iter().map(|batch| rows.by_ref().take(batch.len()).collect()).collect())
    }

    async fn prepared(&mut self, statement: &Statement) -> Result<Prepared, Fault> {
        let Cow::Borrowed(sql) = &statement.sql else {
            return self.prepare(statement).await;
        };
        let place = (sql.as_ptr().addr(), sql.len());
        if let Some(kept) = self.kept.get(&place).filter(|kept| fits(kept, &statement.params)) {
            return Ok(kept.clone());
        }
        let prepared = self.prepare(statement).await?;
        self.kept.insert(place, prepared.clone());
        Ok(prepared)
    }

    /// What type an absent value would have, the server finds out from where it stands; where it cannot, both are tried.
    async fn prepare(&self, statement: &Statement) -> Result<Prepared, Fault> {
        let sql = dialect::statement(&statement.sql);
        let mut open =
            vec![statement.params.iter().map(|value| Param(value).declared()).collect::<Vec<Type>>()];
        let mut last = Fault::Unfit;
        for _ in 0..MOST_TRIES {
            let Some(types) = open.pop() else { break };
            match self.client.prepare_typed(&sql, &types).await {
                Ok(prepared) => {
                    let known = prepared.columns().iter().all(|column| cell::is_known(column.type_()));
                    return match known && fits(&prepared, &statement.params) {
                        true => Ok(prepared),
                        false => Err(Fault::Unfit),
                    };
                }
                Err(cause) => {
                    let unknown = |at: &usize| types.get(*at) == Some(&Type::UNKNOWN);
                    let doubtful = doubtful(&cause, &types).filter(unknown);
                    for ty in doubtful.iter().flat_map(|_| [Type::TEXT, Type::INT8]) {
                        let mut with = types.clone();
                        doubtful
                            .and_then(|at| with.get_mut(at))
                            .into_iter()
                            .for_each(|slot| *slot = ty.clone());
                        open.push(with);
                    }
                    last = cause.into();
                }
            }
        }
        Err(last)
    }
}

/// The parameter whose type the server cannot tell, counted from 0; the first one open where it took one for a text and
/// found no operator for that.
fn doubtful(cause: &Error, types: &[Type]) -> Option<usize> {
    let said = cause.as_db_error()?;
    if *said.code() == SqlState::UNDEFINED_FUNCTION {
        return types.iter().position(|ty| *ty == Type::UNKNOWN);
    }
    if ![SqlState::INDETERMINATE_DATATYPE, SqlState::AMBIGUOUS_PARAMETER].contains(said.code()) {
        return None;
    }
    let (_, number) = said.message().split_once('$')?;
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number.get(..digits)?.parse::<usize>().ok()?.checked_sub(1)
}

/// How many types are tried for one statement's absent values.
const MOST_TRIES: usize = 64;

/// Polls each once, in order: that puts them on the connection in this order.
async fn send(sent: &mut [MaybeDone<BoxFuture<'_, Result<Rows, Error>>>]) {
    poll_fn(|context| {
        for one in &mut *sent {
            let _ = Pin::new(one).poll(context);
        }
        Poll::Ready(())
    })
    .await;
}

fn words<'a>(client: &'a Client, sql: &'a str) -> MaybeDone<BoxFuture<'a, Result<Rows, Error>>> {
    maybe_done(async move { client.batch_execute(sql).await.map(|()| Rows::new()) }.boxed())
}

async fn query(client: &Client, prepared: &Prepared, params: &[Value]) -> Result<Rows, Error> {
    let mut found = std::pin::pin!(client.query_raw(prepared, params.iter().map(Param)).await?);
    let mut rows = Rows::new();
    while let Some(row) = found.try_next().await? {
        let column = |n: usize| row.try_get::<_, Cell>(n).map(|cell| cell.0);
        rows.push(Row((0..row.len()).map(column).collect::<Result<_, _>>()?));
    }
    Ok(rows)
}

fn fits(prepared: &Prepared, params: &[Value]) -> bool {
    prepared.params().len() == params.len()
        && params.iter().zip(prepared.params()).all(|(value, ty)| Param(value).fits(ty))
}
