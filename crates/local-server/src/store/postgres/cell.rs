//! Values of the port as PostgreSQL's binary columns and parameters.

use bytes::{BufMut, BytesMut};
use proxyagent_core::ports::Value;
use std::borrow::Cow;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// One column of a row.
pub(crate) struct Cell(pub(crate) Value);

/// One parameter.
#[derive(Debug)]
pub(crate) struct Param<'a>(pub(crate) &'a Value);

/// A column or parameter that is neither a whole number nor text.
#[derive(Debug, thiserror::Error)]
#[error("neither a whole number nor text")]
pub(crate) struct NotOurs;

/// Whether a column of this type can be read. A NUMERIC can unless it has a fraction.
pub(crate) fn is_known(ty: &Type) -> bool {
    matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::BOOL | Type::NUMERIC) || is_text(ty)
}

impl Param<'_> {
    /// The type to prepare a statement with; the server finds out what an absent value is.
    pub(crate) fn declared(&self) -> Type {
        match self.0 {
            Value::Null => Type::UNKNOWN,
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
        }
    }

    /// Whether a statement that was prepared with this type takes the value.
    pub(crate) fn fits(&self, ty: &Type) -> bool {
        match self.0 {
            Value::Null => true,
            Value::Int(_) => *ty == Type::INT8,
            Value::Text(_) => is_text(ty),
        }
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Int(n) => out.put_i64(*n),
            Value::Text(text) => out.put_slice(without_nul(text).as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let value = match *ty {
            Type::INT8 => i64::from_be_bytes(raw.try_into()?).into(),
            Type::INT4 => i64::from(i32::from_be_bytes(raw.try_into()?)).into(),
            Type::INT2 => i64::from(i16::from_be_bytes(raw.try_into()?)).into(),
            Type::BOOL => i64::from(raw != [0]).into(),
            // What a sum of big integers is.
            Type::NUMERIC => whole(raw).ok_or(NotOurs)?.into(),
            _ if is_text(ty) => std::str::from_utf8(raw)?.into(),
            _ => return Err(NotOurs.into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// PostgreSQL's text cannot hold U+0000; the sign for it stands in its place.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

/// A NUMERIC without a fraction: count of digits, weight of the first, sign, scale, then digits to base 10,000.
fn whole(raw: &[u8]) -> Option<i64> {
    let mut words = raw.as_chunks::<2>().0.iter().map(|pair| i16::from_be_bytes(*pair));
    let (digits, weight, sign) = (words.next()?, words.next()?, words.next()?);
    let _scale = words.next()?;
    let mut value = 0i64;
    for place in 0..=weight.max(-1) {
        let digit = if place < digits { words.next()? } else { 0 };
        value = value.checked_mul(10_000)?.checked_add(i64::from(digit))?;
    }
    match sign {
        _ if digits > weight + 1 => None, // a fraction
        0 => Some(value),
        0x4000 => value.checked_neg(),
        _ => None, // not a number
    }
}
