//! What the core asks of a home. Futures are not required to be `Send`: the native server proves `Send` where it
//! spawns, because its platform is a concrete type there; the Worker never has to.

use crate::call::CallRecord;
use crate::secret::Secret;
use crate::time::{Micros, Millis, UnixMs};
use crate::tool::address::Reach;
use bytes::Bytes;
use futures_core::Stream;
use http::{Request, Response};
use std::borrow::Cow;

/// The wall clock. A wrong answer lets expired tokens in (behind) or locks good ones out (ahead).
pub trait Clock {
    fn now(&self) -> UnixMs;
    /// For measuring spans: time since any fixed moment. A home with nothing finer than its wall clock answers that.
    fn stopwatch(&self) -> Micros {
        Micros(u64::try_from(self.now().0).unwrap_or(0).saturating_mul(1000))
    }
}

/// Cryptographic randomness. A predictable answer makes machine tokens guessable.
pub trait Entropy {
    fn fill(&self, out: &mut [u8]);
}

/// Waiting.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait Timer {
    async fn sleep(&self, span: Millis);
}

/// The store. One call is one atomic unit: all statements take effect, or none does, and no other batch runs between.
/// Text is SQLite's dialect with `?1` parameters.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait Sql {
    /// The rows of each statement, in order. `Err` means nothing was written, as far as can be known.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError>;
    /// What the store is, for the admin API to name.
    fn backend(&self) -> &'static str;
}

/// A read cache that may be stale, late or empty (Workers KV; none natively). What it says is never authority: the
/// admission statement re-checks everything read from here.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait ReadCache {
    async fn recall(&self, key: &str) -> Option<String>;
    fn keep(&self, key: &str, value: &str, ttl: Millis);
}

/// Answers kept for a while. It may forget at any time and is bounded; what it says is looked at again (its age too).
/// Nothing is asked of it where the settings keep no answers.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait AnswerCache {
    async fn kept_answer(&self, key: &str) -> Option<Bytes>;
    async fn keep_answer(&self, key: &str, answer: Bytes, ttl: Millis);
    /// How many there are, where that can be known.
    fn answers_kept(&self) -> Option<usize> {
        None
    }
}

/// The way out. Redirects are never followed; content encodings are never decoded.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait Upstream {
    type Body: Stream<Item = Result<Bytes, Severed>> + Unpin + 'static;
    async fn send(&self, request: Request<Bytes>, patience: Patience)
    -> Result<Response<Self::Body>, Unsent>;
    /// The same for a tool, to addresses within `reach` only. Where the platform resolves names itself, the address that is
    /// connected to is judged; where it cannot see addresses, the host as written has been judged before.
    async fn send_guarded(
        &self,
        request: Request<Bytes>,
        patience: Patience,
        reach: Reach,
    ) -> Result<Response<Self::Body>, Unsent>;
}

/// The vault's master keys, where they can change while the process runs.
pub trait Keys {
    /// As [`crate::vault::Vault::parse`] reads them; `None` where they are what they were at start. Asked only when a
    /// stored credential was sealed with a key that is not known.
    fn reread(&self) -> Option<String> {
        None
    }
}

/// Signing that needs more than the core carries: big numbers, which both homes have already.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait Signer {
    /// The RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256) of `message`. `None`: the key, a PKCS#8 PEM, cannot sign.
    async fn rs256(&self, _key: &Secret, _message: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// Where one line per call, and faults that no client sees, are written.
pub trait Journal {
    fn call(&self, record: &CallRecord);
    /// Something an operator must know. `text` holds no secret and no body.
    fn fault(&self, text: &str);
}

/// The dashboard's files, as they lie in the folder `dashboard`.
#[expect(async_fn_in_trait, reason = "callers are concrete; see the module's header")]
pub trait Shelf {
    /// `name` is a plain file name.
    async fn file(&self, name: &str) -> Option<Bytes>;
}

/// The whole outside world, as one bound.
pub trait Platform:
    Clock + Entropy + Timer + Sql + ReadCache + AnswerCache + Upstream + Signer + Keys + Journal + Shelf + 'static
{
}
impl<
    T: Clock
        + Entropy
        + Timer
        + Sql
        + ReadCache
        + AnswerCache
        + Upstream
        + Signer
        + Keys
        + Journal
        + Shelf
        + 'static,
> Platform for T
{
}

/// One SQL statement and its parameters, `?1` first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: Cow<'static, str>,
    pub params: Vec<Value>,
}

impl Statement {
    pub fn new(sql: &'static str, params: Vec<Value>) -> Self {
        Self { sql: Cow::Borrowed(sql), params }
    }
}

/// A column's value. Integers stay within ±2⁵³ (D1 hands them over as JavaScript numbers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
}

impl Value {
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Null | Self::Text(_) => None,
        }
    }
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(s) => Some(s),
            Self::Null | Self::Int(_) => None,
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::Text(s.to_owned())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::Text(s)
    }
}
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, its columns in the order they were selected. Column names of one statement must differ (D1 keys by name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or(StoreError::Malformed)
    }
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_)) | None => Err(StoreError::Malformed),
        }
    }
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.maybe_text(column)?.ok_or(StoreError::Malformed)
    }
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(s)) => Ok(Some(s)),
            Some(Value::Null) => Ok(None),
            Some(Value::Int(_)) | None => Err(StoreError::Malformed),
        }
    }
}

pub type Rows = Vec<Row>;

/// Why the store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the store is unavailable")]
    Unavailable,
    #[error("the store refused the statement")]
    Refused,
    #[error("the store holds a row this version cannot read")]
    Malformed,
}

/// How long to wait for an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To connect, TLS included.
    pub connect: Millis,
    /// From the request being sent to the answer's head.
    pub first_byte: Millis,
    /// Between two pieces of the body.
    pub idle: Millis,
}

/// An upstream call that got no answer. Carries no address and no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    #[error("could not connect")]
    Connect,
    /// Nothing at a permitted address; for guarded requests only.
    #[error("the address may not be reached")]
    Forbidden,
    #[error("the TLS handshake failed")]
    Tls,
    #[error("no answer in time")]
    Slow,
    #[error("the connection broke before an answer")]
    Reset,
}

/// An answer's body that broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Severed {
    #[error("the connection broke")]
    Reset,
    #[error("nothing arrived for too long")]
    Idle,
}
