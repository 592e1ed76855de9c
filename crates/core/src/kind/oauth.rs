//! A person's login: an access token that is renewed with a refresh token. The terms of such logins cover one person's use
//! of the vendor's own client; nothing here makes another client look like it.

use super::field::fits_a_header;
use super::{
    Denied, Draft, ENDPOINT, Exchange, Field, Filled, Garbled, Granted, Inbound, Kind, LeftOut, Payer,
    REFRESH, Site, TOKEN_ENDPOINT, bearer, granted, token_request,
};
use crate::credential::BaseUrl;
use crate::dialect::{Dialect, Operation};
use crate::headers;
use crate::oauth::chatgpt::Collect;
use crate::oauth::{self, Login, Manner, chatgpt, claude};
use crate::problem::Problem;
use crate::provider::Endpoint;
use crate::secret::Secret;
use crate::time::UnixMs;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};

pub(super) static OAUTH: Kind = Kind {
    name: "oauth",
    label: "Login (OAuth)",
    help: "a person's own login; its terms usually cover that person's use of the vendor's own client only",
    fields: &[
        Field::optional(
            "secret",
            "Access token",
            "used as it is where there is no refresh token",
            fits_a_header,
        )
        .secret(),
        Field::optional(
            REFRESH,
            "Refresh token",
            "renews the access token; log in separately for this proxy",
            fits_a_header,
        )
        .secret(),
        Field::optional(
            "client_id",
            "Client id",
            "of the login's client, if not the vendor's own",
            fits_a_header,
        ),
        Field::optional(
            "client_secret",
            "Client secret",
            "of the login's client, where it has one",
            fits_a_header,
        )
        .secret(),
        Field::optional("account_id", "Account id", "if the token does not say it", fits_a_header),
        Field::optional(
            "any_client",
            "Any client",
            "yes: callers other than the vendor's own client may use it",
            |text| {
                if text == "yes" { Ok(()) } else { Err("is yes, or left out") }
            },
        ),
        ENDPOINT,
        TOKEN_ENDPOINT,
    ],
    pays: |provider| provider.login.is_some(),
    build,
};

struct OAuth {
    base: BaseUrl,
    manner: Manner,
    /// `None`: the access token changes.
    access: Option<Secret>,
    renewal: Option<Renewal>,
    account: Option<String>,
    any_client: bool,
}

struct Renewal {
    login: &'static Login,
    refresh: Secret,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    token_url: BaseUrl,
}

fn build(site: &Site<'_>, filled: &Filled) -> Result<Box<dyn Payer>, String> {
    let login = site.provider.login.ok_or("no login pays this provider")?;
    let access = filled.secret("secret");
    let renewal = match filled.secret(REFRESH) {
        None => None,
        Some(refresh) => {
            let client_id = filled.text("client_id").map(str::to_owned);
            if client_id.is_none() && login.issuer.client_id.is_empty() {
                return Err("client_id is missing: the client that the login belongs to".to_owned());
            }
            let token_url = filled.text(TOKEN_ENDPOINT.name).unwrap_or(login.issuer.token_url);
            Some(Renewal {
                login,
                refresh,
                client_id,
                client_secret: filled.secret("client_secret"),
                token_url: BaseUrl::exact(token_url)?,
            })
        }
    };
    if access.is_none() && renewal.is_none() {
        return Err(format!("give {REFRESH} (a refresh token), or secret (an access token)"));
    }
    let base = match login.manner {
        Manner::ChatGpt => Site::base_or(filled, || chatgpt::BASE.to_owned())?,
        Manner::Claude | Manner::Plain => site.base(filled)?,
    };
    Ok(Box::new(OAuth {
        base,
        manner: login.manner,
        account: filled
            .text("account_id")
            .map(str::to_owned)
            .or_else(|| access.as_ref().and_then(chatgpt::account_of)),
        any_client: filled.text("any_client").is_some(),
        access,
        renewal,
    }))
}

impl Payer for OAuth {
    fn base(&self) -> &BaseUrl {
        &self.base
    }

    fn secrets(&self) -> Vec<&Secret> {
        let renewal = self
            .renewal
            .iter()
            .flat_map(|renewal| [&renewal.refresh].into_iter().chain(&renewal.client_secret));
        self.access.iter().chain(renewal).collect()
    }

    fn serves(&self, endpoint: &Endpoint, _: &str) -> bool {
        match self.manner {
            Manner::ChatGpt => {
                endpoint.dialect == Dialect::Responses
                    && matches!(endpoint.operation, Operation::Generate | Operation::Compact)
            }
            Manner::Claude | Manner::Plain => true,
        }
    }

    fn admits(&self, caller: &HeaderMap) -> bool {
        self.any_client || self.manner != Manner::Claude || claude::is_claude_code(caller)
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        self.renewal.as_ref().map(|renewal| renewal as &dyn Exchange)
    }

    fn prepare(&self, mut draft: Draft<'_>, access: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let provider = draft.provider;
        let missing = Problem::CredentialMissing { provider: provider.name };
        let access = access.or(self.access.as_ref()).ok_or(missing.clone())?;
        let mut left_out = Vec::new();
        let mut path = draft.path;
        match self.manner {
            Manner::Plain => {}
            Manner::Claude => claude::add_flag(&mut draft.headers),
            Manner::ChatGpt => {
                path = path.strip_prefix("/v1").unwrap_or(path);
                let account =
                    self.account.clone().or_else(|| chatgpt::account_of(access)).ok_or(missing.clone())?;
                let account = HeaderValue::from_str(&account).map_err(|_| missing)?;
                draft.headers.insert(ACCOUNT, account);
                if draft.endpoint.operation == Operation::Generate {
                    (draft.body, left_out) = chatgpt::body(&draft.body);
                    draft.headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
                }
            }
        }
        let url = self.base.join(path, draft.query.take().as_deref());
        let mut request = draft.to(&url)?;
        bearer(&mut request, access, provider)?;
        request.extensions_mut().insert(LeftOut(left_out));
        Ok(request)
    }

    fn inbound(
        &self,
        _: &str,
        stream: bool,
        status: &mut StatusCode,
        headers: &mut HeaderMap,
    ) -> Option<Box<dyn Inbound>> {
        let streamed = headers::content_type(headers).starts_with("text/event-stream");
        if self.manner != Manner::ChatGpt || stream || !streamed || !status.is_success() {
            return None;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(Box::new(Collect::default()))
    }
}

impl Exchange for Renewal {
    fn request(&self, _: UnixMs, _: Option<&str>) -> Result<Request<Bytes>, Problem> {
        let (id, secret) = (self.client_id.as_deref(), self.client_secret.as_ref());
        let (body, media_type) = oauth::refresh(&self.login.issuer, &self.refresh, id, secret);
        token_request(&self.token_url, media_type, body)
    }

    fn read(&self, status: StatusCode, body: &[u8], now: UnixMs) -> Result<Granted, Denied> {
        granted(status, body, now)
    }
}

impl Inbound for Collect {
    fn push(&mut self, bytes: &[u8], _: &mut Vec<u8>) -> Result<(), Garbled> {
        Self::push(self, bytes);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Garbled> {
        *out = Self::finish(self).ok_or(Garbled)?;
        Ok(())
    }
}

const ACCOUNT: HeaderName = HeaderName::from_static("chatgpt-account-id");
