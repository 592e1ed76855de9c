//! Tells the operator when a budget is nearly or wholly used up: one signed POST per budget, window and threshold. Noted
//! with the settlement, sent by housekeeping: no call ever waits for it.

use crate::admin::Dollars;
use crate::money::Nano;
use crate::ports::{Patience, Platform, Row, StoreError};
use crate::proxy::Proxy;
use crate::secret::Secret;
use crate::store::notices;
use crate::time::{Millis, UnixMs};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request, header};
use serde::Serialize;
use sha2::Sha256;

/// Where notices go, and what they are signed with.
#[derive(Clone)]
pub struct Webhook {
    url: http::Uri,
    secret: Secret,
}

/// A budget that passed a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `token:ID`, `group:NAME`, `provider:NAME`
    pub(crate) budget: String,
    pub(crate) label: Option<String>,
    pub(crate) window_start: UnixMs,
    pub(crate) amount: Nano,
    /// Per cent.
    pub(crate) threshold: i64,
    pub(crate) spent: Nano,
    pub(crate) at: UnixMs,
    pub(crate) tries: i64,
}

#[derive(Serialize)]
struct Told<'a> {
    r#type: &'static str,
    /// `token`, `group` or `provider`
    whose: &'a str,
    id: &'a str,
    label: Option<&'a str>,
    threshold_percent: i64,
    budget_usd: Dollars,
    spent_usd: Dollars,
    /// `null` for a budget that is for ever.
    window_start: Option<String>,
    at: String,
}

impl Webhook {
    /// # Errors
    /// What is wrong with the URL, as the end of a sentence.
    pub fn new(url: &str, secret: Secret) -> Result<Self, &'static str> {
        const WRONG: &str = "not an https:// URL (http:// only to this machine)";
        let url: http::Uri = url.trim().parse().map_err(|_| WRONG)?;
        let local = url.host().is_some_and(|host| LOCAL.contains(&host));
        match url.scheme_str() {
            Some("https") if url.host().is_some() => Ok(Self { url, secret }),
            Some("http") if local => Ok(Self { url, secret }),
            _ => Err(WRONG),
        }
    }

    /// `v1=` and the hexadecimal HMAC-SHA256 of the timestamp, a full stop and the body.
    fn signature(&self, timestamp: &str, body: &[u8]) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()).ok()?;
        mac.update(timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        Some(digest.iter().fold("v1=".to_owned(), |text, byte| text + &format!("{byte:02x}")))
    }

    fn request(&self, notice: &Notice, now: UnixMs) -> Option<Request<Bytes>> {
        let (whose, id) = notice.budget.split_once(':')?;
        let told = Told {
            r#type: "budget.threshold",
            whose,
            id,
            label: notice.label.as_deref(),
            threshold_percent: notice.threshold,
            budget_usd: Dollars(notice.amount),
            spent_usd: Dollars(notice.spent),
            window_start: (notice.window_start.0 > 0).then(|| notice.window_start.rfc3339()),
            at: notice.at.rfc3339(),
        };
        let body = Bytes::from(serde_json::to_vec(&told).ok()?);
        let timestamp = now.0.div_euclid(1000).to_string();
        let signature = self.signature(&timestamp, &body)?;
        Request::post(self.url.clone())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header("x-proxyagent-timestamp", timestamp)
            .header("x-proxyagent-signature", signature)
            .body(body)
            .ok()
    }
}

impl Notice {
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            budget: row.text(0)?.to_owned(),
            window_start: UnixMs(row.int(1)?),
            amount: Nano(row.int(2)?),
            threshold: row.int(3)?,
            spent: Nano(row.int(4)?),
            at: UnixMs(row.int(5)?),
            tries: row.int(6)?,
            label: row.maybe_text(7)?.map(str::to_owned),
        })
    }
}

/// Sends what is due; what fails is due again later, a few times.
pub(crate) async fn deliver<P: Platform>(proxy: &Proxy<P>) -> Result<(), StoreError> {
    let Some(webhook) = &proxy.house.config.webhook else { return Ok(()) };
    let now = proxy.platform.now();
    let rows = proxy.platform.batch(vec![notices::due(now, PER_ROUND)]).await?;
    let due: Vec<Notice> = rows.iter().flatten().map(Notice::from_row).collect::<Result<_, _>>()?;
    for notice in due {
        let again =
            usize::try_from(notice.tries).ok().and_then(|tries| AGAIN.get(tries)).map(|wait| now + *wait);
        // Another process may have taken it.
        let taken = proxy.platform.batch(vec![notices::take(&notice, again)]).await?;
        if taken.iter().flatten().next().is_none() {
            continue;
        }
        let Some(request) = webhook.request(&notice, now) else { continue };
        match proxy.platform.send(request, PATIENCE).await {
            Ok(answer) if answer.status().is_success() => {
                proxy.platform.batch(vec![notices::told(&notice)]).await?;
            }
            Ok(answer) => proxy.platform.fault(&format!("the webhook answered {}", answer.status().as_u16())),
            Err(cause) => proxy.platform.fault(&format!("the webhook could not be told: {cause}")),
        }
    }
    Ok(())
}

const PATIENCE: Patience =
    Patience { connect: Millis::seconds(5), first_byte: Millis::seconds(10), idle: Millis::seconds(5) };
/// After the first try, the second, …; then it is given up.
const AGAIN: [Millis; 4] =
    [Millis::seconds(30), Millis::seconds(120), Millis::seconds(600), Millis::seconds(3600)];
const PER_ROUND: i64 = 20;
const LOCAL: [&str; 4] = ["127.0.0.1", "localhost", "[::1]", "::1"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_table() {
        for (url, good) in [
            ("https://hooks.example/x?y=1", true),
            ("http://127.0.0.1:9/x", true),
            ("http://localhost/x", true),
            ("http://hooks.example/x", false),
            ("ftp://hooks.example", false),
            ("hooks.example", false),
            ("", false),
        ] {
            assert_eq!(Webhook::new(url, Secret::new("s").unwrap()).is_ok(), good, "{url}");
        }
    }

    #[test]
    fn the_signature_is_the_published_one() {
        // RFC 4231, test case 2: HMAC-SHA-256 of "what do ya want for nothing?" under "Jefe".
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        assert_eq!(mac.finalize().into_bytes()[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        let webhook = Webhook::new("https://h.example", Secret::new("Jefe").unwrap()).unwrap();
        let signature = webhook.signature("1", b"{}").unwrap();
        assert_eq!(signature.len(), 3 + 64);
        assert_ne!(Some(signature.clone()), webhook.signature("2", b"{}"));
        assert_ne!(Some(signature), webhook.signature("1", b"{ }"));
    }
}
