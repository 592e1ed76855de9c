//! The upstream: answers every request with 1 KB of JSON, or with 100 events at once when a stream is asked for.

use crate::{Failure, process};
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use memchr::memmem;
use std::convert::Infallible;

/// Says its address on standard output, then serves until it is ended.
pub(crate) async fn serve() -> Result<(), Failure> {
    let plain = Bytes::from(plain());
    let events: Vec<Bytes> = events().into_iter().map(Bytes::from).collect();
    process::accept(move |connection| {
        let (plain, events) = (plain.clone(), events.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (plain, events) = (plain.clone(), events.clone());
            async move { answer(request, plain, events).await.map_err(std::io::Error::other) }
        });
        async move {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(connection, service).await;
        }
    })
    .await
}

async fn answer(
    request: Request<Incoming>,
    plain: Bytes,
    events: Vec<Bytes>,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Failure>>, Failure> {
    let body = request.into_body().collect().await?.to_bytes();
    let response = Response::builder();
    if memmem::find(&body, br#""stream":true"#).is_none() {
        return Ok(response
            .header(CONTENT_TYPE, "application/json")
            .body(Either::Right(Full::new(plain)))?);
    }
    let frames = events.into_iter().map(|event| Ok::<_, Infallible>(Frame::data(event)));
    let body = Either::Left(StreamBody::new(stream::iter(frames)));
    Ok(response.header(CONTENT_TYPE, "text/event-stream").body(body)?)
}

fn plain() -> String {
    format!(
        r#"{{"id":"msg_1","type":"message","role":"assistant","model":"{MODEL}","content":[{{"type":"text","text":"{}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":12,"output_tokens":180}}}}"#,
        "lorem ipsum ".repeat(68)
    )
}

fn events() -> Vec<String> {
    let event = |name: &str, rest: &str| format!("event: {name}\ndata: {{\"type\":\"{name}\"{rest}}}\n\n");
    let mut events = vec![
        event(
            "message_start",
            &format!(
                r#","message":{{"id":"msg_1","type":"message","role":"assistant","model":"{MODEL}","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":12,"output_tokens":1}}}}"#
            ),
        ),
        event("content_block_start", r#","index":0,"content_block":{"type":"text","text":""}"#),
    ];
    events.extend((0..95).map(|n| {
        event(
            "content_block_delta",
            &format!(r#","index":0,"delta":{{"type":"text_delta","text":"word {n} "}}"#),
        )
    }));
    events.push(event("content_block_stop", r#","index":0"#));
    events.push(event(
        "message_delta",
        r#","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":180}"#,
    ));
    events.push(event("message_stop", ""));
    events
}

/// A model with a price.
pub(crate) const MODEL: &str = "claude-haiku-4-5";
