//! An operator's own tool: a fixed URL that takes the arguments as a query or as a JSON body. Its headers hold its
//! credentials, and go to its own host only.

use super::address::{Host, Reach};
use super::fetch::{self, Limits};
use super::registry::{Runner, Tool};
use super::schema;
use crate::decimal::{Rounding, scaled};
use crate::money::Nano;
use crate::secret::Secret;
use crate::time::Millis;
use bytes::Bytes;
use http::{HeaderName, Method, Request, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where a tool is and what it is sent.
pub(crate) struct HttpTool {
    pub(crate) method: Method,
    pub(crate) url: Uri,
    headers: Vec<(HeaderName, Secret)>,
    pub(crate) limits: Limits,
}

/// As the operator writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) name: String,
    description: String,
    input_schema: Value,
    url: String,
    #[serde(default = "post")]
    method: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default = "default_seconds", alias = "timeout")]
    timeout_seconds: u64,
    #[serde(default = "default_bytes")]
    max_bytes: usize,
    /// The URL's host, where it is on this machine or in a private network.
    #[serde(default)]
    allowed_hosts: Vec<String>,
    /// What each call costs the token.
    price_usd: Option<Box<RawValue>>,
}

impl Written {
    /// # Errors
    /// One sentence that says what is wrong.
    pub(crate) fn settle(self) -> Result<Tool, String> {
        check_name(&self.name)?;
        if self.description.trim().is_empty() || self.description.len() > LONGEST_DESCRIPTION {
            return Err(format!(
                "description must be 1 to {LONGEST_DESCRIPTION} bytes long: a model reads it"
            ));
        }
        if self.input_schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err("input_schema must be an object schema: {\"type\": \"object\", …}".to_owned());
        }
        schema::understand(&self.input_schema)?;
        let method = METHODS.iter().find(|method| self.method.eq_ignore_ascii_case(method.as_str()));
        let method = method.ok_or_else(|| format!("there is no method {:?} for tools", self.method))?;
        if !(1..=LONGEST_TIMEOUT).contains(&self.timeout_seconds) {
            return Err(format!("timeout_seconds must be 1 to {LONGEST_TIMEOUT}"));
        }
        if !(1..=MOST_BYTES).contains(&self.max_bytes) {
            return Err(format!("max_bytes must be 1 to {MOST_BYTES}"));
        }
        let (url, reach) = place(&self.url, &self.allowed_hosts)?;
        let headers = self.headers.iter().map(|(name, value)| header(name, value));
        let http = HttpTool {
            method: method.clone(),
            url,
            headers: headers.collect::<Result<_, _>>()?,
            limits: Limits {
                reach,
                timeout: Millis::seconds(self.timeout_seconds),
                most_bytes: self.max_bytes,
            },
        };
        Ok(Tool {
            name: self.name,
            description: self.description,
            input_schema: self.input_schema,
            price: price(self.price_usd.as_deref())?,
            runner: Runner::Http(http),
        })
    }
}

impl HttpTool {
    /// The request of one call.
    ///
    /// # Errors
    /// The arguments make a URL that is too long.
    pub(crate) fn request(&self, arguments: &Map<String, Value>) -> Result<Request<Bytes>, String> {
        let in_query = matches!(self.method, Method::GET | Method::DELETE);
        let body = if in_query { Bytes::new() } else { Value::Object(arguments.clone()).to_string().into() };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = if in_query { with_query(&self.url, arguments)? } else { self.url.clone() };
        fetch::ask_json(&mut request);
        for (name, secret) in &self.headers {
            if let Some(value) = secret.header("") {
                request.headers_mut().insert(name, value);
            }
        }
        Ok(request)
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.headers.iter().map(|(_, secret)| secret)
    }
}

/// A URL under the rules of tools, and how far it may reach. Plain HTTP only to a listed host: a credential must not
/// cross a public network in clear.
///
/// # Errors
/// One sentence that says what is wrong.
pub(crate) fn place(url: &str, allowed_hosts: &[String]) -> Result<(Uri, Reach), String> {
    let uri: Uri = url.parse().map_err(|_| format!("{url:?} is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{url:?} is not an absolute URL"));
    };
    if authority.as_str().contains('@') {
        return Err("a URL with a user name or password is not accepted; use headers".to_owned());
    }
    let host = Host::parse(authority.host())?;
    let mut listed = false;
    for allowed in allowed_hosts {
        listed |= Host::parse(allowed)? == host;
    }
    if !allowed_hosts.is_empty() && !listed {
        return Err(format!("allowed_hosts does not hold {}, the only host it asks", authority.host()));
    }
    let reach = if listed { Reach::Private } else { Reach::Public };
    if !reach.permits_host(&host) {
        return Err(if Reach::Private.permits_host(&host) {
            format!("{} is not on the public internet; list it in allowed_hosts", authority.host())
        } else {
            format!("{} is an address that no tool may reach", authority.host())
        });
    }
    match scheme {
        "https" => Ok((uri, reach)),
        "http" if listed => Ok((uri, reach)),
        "http" => {
            Err(format!("{url:?} would be asked in clear; use https, or list its host in allowed_hosts"))
        }
        _ => Err(format!("{url:?} is neither http nor https")),
    }
}

fn with_query(url: &Uri, arguments: &Map<String, Value>) -> Result<Uri, String> {
    let mut text = url.to_string();
    let mut glue = if url.query().is_some() { '&' } else { '?' };
    for (name, value) in arguments {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.push(glue);
        text.push_str(&fetch::percent_encoded(name));
        text.push('=');
        text.push_str(&fetch::percent_encoded(&value));
        glue = '&';
    }
    if text.len() > LONGEST_URL {
        return Err("the arguments are too long for this tool's URL".to_owned());
    }
    text.parse().map_err(|_| "the arguments do not fit into this tool's URL".to_owned())
}

fn header(name: &str, value: &str) -> Result<(HeaderName, Secret), String> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header"))?;
    if NOT_THEIRS.contains(&parsed.as_str()) {
        return Err(format!("the header {name:?} is not a tool's to set"));
    }
    let secret = Secret::new(value).filter(|secret| secret.header("").is_some());
    Ok((parsed, secret.ok_or_else(|| format!("the header {name:?} holds nothing that can be sent"))?))
}

pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let fits = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits {
        Ok(())
    } else {
        Err("a tool's name is 1 to 64 letters, digits, _ and -, and begins with a letter".to_owned())
    }
}

fn price(usd: Option<&RawValue>) -> Result<Nano, String> {
    let Some(usd) = usd else { return Ok(Nano::ZERO) };
    let nano = scaled(usd.get(), 9, Rounding::Up).and_then(|nano| i64::try_from(nano).ok());
    nano.filter(|nano| *nano <= DEAREST)
        .map(Nano)
        .ok_or_else(|| "price_usd must be a number of dollars from 0 to 100".to_owned())
}

fn post() -> String {
    Method::POST.to_string()
}

fn default_seconds() -> u64 {
    20
}

fn default_bytes() -> usize {
    256 << 10
}

const METHODS: &[Method] = &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// What the HTTP client or the proxy says itself.
const NOT_THEIRS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "accept-encoding",
    "user-agent",
];
/// Well under the lease of an open call.
const LONGEST_TIMEOUT: u64 = 300;
const MOST_BYTES: usize = 4 << 20;
const LONGEST_DESCRIPTION: usize = 4096;
const LONGEST_URL: usize = 8192;
/// A hundred dollars a call.
const DEAREST: i64 = 100_000_000_000;
