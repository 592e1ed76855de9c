//! Everything that can go wrong, once: each variant has one status, one machine code and one sentence, and is
//! rendered in the caller's own dialect here and nowhere else. No sentence holds a secret, an address or a body.

mod render;

use crate::budget::Shortfall;
use crate::call::ModelRef;
use crate::limit::Limit;
use crate::ports::{Severed, StoreError, Unsent};
use crate::time::{Millis, UnixMs};
use http::StatusCode;

pub use render::{answer, event};

/// Why a request is refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "no machine token was sent; send it as x-api-key, Authorization: Bearer, api-key, x-goog-api-key or ?key="
    )]
    TokenMissing,
    #[error("the machine token is not valid: {0}")]
    TokenMalformed(&'static str),
    #[error("two different machine tokens were sent in one request")]
    TokenAmbiguous,
    #[error("the machine token is unknown")]
    TokenUnknown,
    #[error("the machine token expired on {}", .0.rfc3339())]
    TokenExpired(UnixMs),
    #[error("the machine token was revoked")]
    TokenRevoked,
    #[error("the machine token was changed, which ends its open streams; send the request again")]
    TokenChanged,
    #[error("this token may not use {0}; ask the operator of this proxy to widen its scope")]
    OutOfScope(ModelRef),
    #[error("{0}")]
    Budget(Box<Shortfall>),
    #[error(
        "the price of {0} is unknown, so a token with a budget may not use it; ask the operator of this proxy to set a price"
    )]
    PriceUnknown(ModelRef),
    #[error("{limit} is reached; retry in {} s", .retry_after.ceil_seconds().max(1))]
    RateLimited { limit: Limit, retry_after: Millis, at: UnixMs },
    #[error("there is no provider {0:?} here")]
    ProviderUnknown(String),
    #[error("there is no such route here")]
    RouteUnknown,
    #[error("this route does not take that method")]
    MethodWrong,
    #[error("{provider} does not serve this dialect, and it cannot be translated to one it serves")]
    DialectUnsupported { provider: &'static str },
    #[error(
        "not served here: {0}. What belongs to the provider's account, or cannot be metered, does not pass this proxy"
    )]
    NotServed(&'static str),
    #[error("this part of the gateway contract is not served here")]
    ContractUnsupported,
    #[error("WebSockets are not served here; use HTTP")]
    NoWebSocket,
    #[error("{0}")]
    BodyInvalid(String),
    #[error("the body is larger than {} MiB", .limit >> 20)]
    BodyTooLarge { limit: usize },
    #[error("the request's body did not arrive in time")]
    BodySlow,
    #[error("the aliases lead {0} around in a circle; ask the operator of this proxy to correct them")]
    AliasLoop(ModelRef),
    #[error("no credential is configured for {provider}; ask the operator of this proxy to add one")]
    CredentialMissing { provider: &'static str },
    #[error(
        "{provider} is paid with a person's login here, whose terms cover the vendor's own client only; use that client, or ask the operator of this proxy to add an API key"
    )]
    CredentialPersonal { provider: &'static str },
    #[error("{provider} refused the proxy's credential; the operator of this proxy has been told")]
    CredentialRefused { provider: &'static str },
    #[error("{provider} could not be reached: {cause}")]
    UpstreamUnreachable { provider: &'static str, cause: Unsent },
    #[error("{provider} did not answer in time")]
    UpstreamSlow { provider: &'static str },
    #[error("{provider} answered with a redirect, which is never followed")]
    UpstreamRedirect { provider: &'static str },
    #[error("{provider}'s answer is larger than {} MiB", .limit >> 20)]
    UpstreamTooLarge { provider: &'static str, limit: usize },
    #[error("{provider}'s answer broke off: {cause}")]
    UpstreamCut { provider: &'static str, cause: Severed },
    #[error("{provider}'s answer ended before it was complete")]
    UpstreamIncomplete { provider: &'static str },
    #[error("the proxy cannot record calls right now, so it makes none; retry shortly")]
    StoreDown,
    #[error("the proxy failed")]
    Internal,
    #[error("the admin token is missing or wrong")]
    AdminUnauthorized,
    #[error("too many wrong admin tokens; retry in {} s", .retry_after.ceil_seconds())]
    AdminThrottled { retry_after: Millis },
    #[error("the login link was used already or is too old; `proxyagent dashboard` prints a new one")]
    LoginLinkUsed,
    #[error("this was not sent by the dashboard itself, so it is not done")]
    CrossSite,
    #[error("there is no {0}")]
    NotFound(String),
    #[error("{0}")]
    AdminInvalid(String),
}

impl Problem {
    /// For a tool that is not there, or not for this token.
    pub(crate) fn tool_unknown(name: &str) -> Self {
        Self::NotFound(format!(
            "tool {:?} that this token may use",
            name.chars().take(64).collect::<String>()
        ))
    }

    pub fn status(&self) -> StatusCode {
        self.row().0
    }

    /// The machine code, stable: in `x-proxyagent-error`, in rows and in the log.
    pub fn code(&self) -> &'static str {
        self.row().1
    }

    fn row(&self) -> (StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::TokenMissing => (S::UNAUTHORIZED, "token_missing"),
            Self::TokenMalformed(_) => (S::UNAUTHORIZED, "token_malformed"),
            Self::TokenAmbiguous => (S::UNAUTHORIZED, "token_ambiguous"),
            Self::TokenUnknown => (S::UNAUTHORIZED, "token_unknown"),
            Self::TokenExpired(_) => (S::UNAUTHORIZED, "token_expired"),
            Self::TokenRevoked => (S::UNAUTHORIZED, "token_revoked"),
            Self::TokenChanged => (S::CONFLICT, "token_changed"),
            Self::OutOfScope(_) => (S::FORBIDDEN, "scope_denied"),
            Self::Budget(_) => (S::PAYMENT_REQUIRED, "budget_exhausted"),
            Self::PriceUnknown(_) => (S::PAYMENT_REQUIRED, "price_unknown"),
            Self::RateLimited { .. } => (S::TOO_MANY_REQUESTS, "rate_limited"),
            Self::ProviderUnknown(_) => (S::NOT_FOUND, "provider_unknown"),
            Self::RouteUnknown => (S::NOT_FOUND, "route_unknown"),
            Self::MethodWrong => (S::METHOD_NOT_ALLOWED, "method_wrong"),
            Self::DialectUnsupported { .. } => (S::NOT_IMPLEMENTED, "not_supported"),
            // 403: agents retry a 404 or a 501, and hide its message.
            Self::NotServed(_) => (S::FORBIDDEN, "not_served"),
            Self::ContractUnsupported => (S::NOT_IMPLEMENTED, "not_supported"),
            Self::NoWebSocket => (S::UPGRADE_REQUIRED, "no_websocket"),
            Self::BodyInvalid(_) => (S::BAD_REQUEST, "body_invalid"),
            Self::BodyTooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::BodySlow => (S::REQUEST_TIMEOUT, "body_slow"),
            Self::AliasLoop(_) => (S::BAD_REQUEST, "alias_loop"),
            // 400, not 503: agents retry a 503 dozens of times, and no retry adds a credential.
            Self::CredentialMissing { .. } => (S::BAD_REQUEST, "credential_missing"),
            Self::CredentialPersonal { .. } => (S::FORBIDDEN, "credential_personal"),
            Self::CredentialRefused { .. } => (S::BAD_GATEWAY, "credential_refused"),
            Self::UpstreamUnreachable { .. } => (S::BAD_GATEWAY, "upstream_unreachable"),
            Self::UpstreamSlow { .. } => (S::GATEWAY_TIMEOUT, "upstream_slow"),
            Self::UpstreamRedirect { .. } => (S::BAD_GATEWAY, "upstream_redirect"),
            Self::UpstreamTooLarge { .. } => (S::BAD_GATEWAY, "upstream_too_large"),
            Self::UpstreamCut { .. } => (S::BAD_GATEWAY, "upstream_cut"),
            Self::UpstreamIncomplete { .. } => (S::BAD_GATEWAY, "upstream_incomplete"),
            Self::StoreDown => (S::SERVICE_UNAVAILABLE, "store_down"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal"),
            Self::AdminUnauthorized => (S::UNAUTHORIZED, "admin_unauthorized"),
            Self::AdminThrottled { .. } => (S::TOO_MANY_REQUESTS, "admin_throttled"),
            Self::LoginLinkUsed => (S::UNAUTHORIZED, "login_link_used"),
            Self::CrossSite => (S::FORBIDDEN, "cross_site"),
            Self::NotFound(_) => (S::NOT_FOUND, "not_found"),
            Self::AdminInvalid(_) => (S::BAD_REQUEST, "invalid"),
        }
    }

    /// How long to wait, where waiting helps.
    pub fn retry_after(&self) -> Option<Millis> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::AdminThrottled { retry_after } => {
                Some(*retry_after)
            }
            Self::StoreDown => Some(Millis::seconds(1)),
            _ => None,
        }
    }

    /// Whether the same request may succeed when it is simply sent again.
    pub fn worth_retrying(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::AdminThrottled { .. }
                | Self::StoreDown
                | Self::BodySlow
                | Self::TokenChanged
                | Self::UpstreamUnreachable { .. }
                | Self::UpstreamSlow { .. }
                | Self::UpstreamCut { .. }
                | Self::UpstreamIncomplete { .. }
        )
    }
}

impl From<StoreError> for Problem {
    fn from(_: StoreError) -> Self {
        Self::StoreDown
    }
}
