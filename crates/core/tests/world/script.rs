//! Upstreams that say what they were told to say.

use super::{World, lock};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::Either;
use futures_util::stream::{self, Chain, Empty, Iter, Pending};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use proxyagent_core::ports::{Patience, Severed, Unsent, Upstream};
use proxyagent_core::tool::address::{Host, Reach};
use std::vec::IntoIter;

/// A scripted body: every chunk is there at once; behind the last it may never end.
pub(crate) type Chunks = Chain<
    Iter<IntoIter<Result<Bytes, Severed>>>,
    Either<Empty<Result<Bytes, Severed>>, Pending<Result<Bytes, Severed>>>,
>;

/// A request that left the proxy.
pub(crate) struct Sent {
    pub(crate) request: Request<Bytes>,
    pub(crate) patience: Patience,
}

/// What an upstream answers to one request.
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        chunks: Vec<Result<Bytes, Severed>>,
        silent: bool,
    },
    Never(Unsent),
}

impl Reply {
    /// A whole JSON answer in one chunk.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::chunks(status, "application/json", [body.as_bytes()])
    }

    /// An answer in these pieces.
    pub(crate) fn chunks<'a>(
        status: u16,
        content_type: &str,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> Self {
        Self::Answer {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            chunks: pieces.into_iter().map(|piece| Ok(Bytes::copy_from_slice(piece))).collect(),
            silent: false,
        }
    }

    /// The same answer, silent behind its last chunk for ever.
    pub(crate) fn silent(mut self) -> Self {
        if let Self::Answer { silent, .. } = &mut self {
            *silent = true;
        }
        self
    }

    /// The same answer with one more header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    /// The same answer, broken off behind its last chunk.
    pub(crate) fn cut(mut self, how: Severed) -> Self {
        if let Self::Answer { chunks, .. } = &mut self {
            chunks.push(Err(how));
        }
        self
    }
}

impl Upstream for World {
    type Body = Chunks;

    async fn send_guarded(
        &self,
        request: Request<Bytes>,
        patience: Patience,
        reach: Reach,
    ) -> Result<Response<Chunks>, Unsent> {
        let host = Host::parse(request.uri().host().unwrap()).unwrap();
        assert!(reach.permits_host(&host), "core lets {} pass", request.uri());
        self.send(request, patience).await
    }

    async fn send(&self, request: Request<Bytes>, patience: Patience) -> Result<Response<Chunks>, Unsent> {
        let target = request.uri().clone();
        let answered = lock(&self.answering).as_ref().map(|answering| answering(&request));
        lock(&self.sent).push(Sent { request, patience });
        match answered.or_else(|| lock(&self.replies).pop_front()) {
            None => panic!("no reply is scripted for {target}"),
            Some(Reply::Never(why)) => Err(why),
            Some(Reply::Answer { status, headers, chunks, silent }) => {
                let rest =
                    if silent { Either::Right(stream::pending()) } else { Either::Left(stream::empty()) };
                let mut response = Response::new(stream::iter(chunks).chain(rest));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                for (name, value) in headers {
                    let value = HeaderValue::from_str(&value).unwrap();
                    response.headers_mut().append(HeaderName::from_static(name), value);
                }
                Ok(response)
            }
        }
    }
}
