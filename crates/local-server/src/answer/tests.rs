use super::*;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Pieces, then an end, an error, or silence.
struct Pieces(Vec<&'static str>, End);

#[derive(Clone, Copy)]
enum End {
    Whole,
    Broken,
    Silent,
}

impl Stream for Pieces {
    type Item = std::io::Result<Bytes>;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.0.is_empty() {
            return Poll::Ready(Some(Ok(Bytes::from_static(self.0.remove(0).as_bytes()))));
        }
        match self.1 {
            End::Whole => Poll::Ready(None),
            End::Broken => Poll::Ready(Some(Err(std::io::ErrorKind::UnexpectedEof.into()))),
            End::Silent => Poll::Pending,
        }
    }
}

// The clock is tokio's own, paused: it jumps to the next deadline when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn bodies_end_whole_or_with_the_right_fault() {
    let table: [(Vec<&'static str>, End, Result<&str, BodyFault>); 7] = [
        (vec![], End::Whole, Ok("")),
        (vec!["12345678"], End::Whole, Ok("12345678")),
        (vec!["123", "", "45678"], End::Whole, Ok("12345678")),
        (vec!["12345678", "9"], End::Whole, Err(BodyFault::TooLarge)),
        (vec!["123456789"], End::Silent, Err(BodyFault::TooLarge)),
        (vec!["123"], End::Broken, Err(BodyFault::Broken)),
        (vec!["123"], End::Silent, Err(BodyFault::Slow)),
    ];
    for (pieces, end, expected) in table {
        let outcome = read(Body::from_stream(Pieces(pieces, end)), 8, Limits::default()).await;
        assert_eq!(outcome.as_deref(), expected.map(str::as_bytes).as_ref().map(|bytes| *bytes));
    }
}

#[tokio::test(start_paused = true)]
async fn a_declared_length_above_the_limit_is_refused_unread() {
    // `Full` declares its length.
    assert_eq!(read(Body::from("123456789"), 8, Limits::default()).await, Err(BodyFault::TooLarge));
    assert_eq!(read(Body::from("12345678"), 8, Limits::default()).await, Ok(Bytes::from("12345678")));
}

/// One byte at a time, each just in time: the whole has a limit too.
#[tokio::test(start_paused = true)]
async fn a_trickle_does_not_last_for_ever() {
    let limits =
        Limits { body: Duration::from_secs(30), body_silence: Duration::from_secs(20), ..Limits::default() };
    let (mut out, pieces) = futures_channel::mpsc::channel::<std::io::Result<Bytes>>(1);
    let sending = tokio::spawn(async move {
        while out.try_send(Ok(Bytes::from_static(b"x"))).is_ok() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    });
    let began = tokio::time::Instant::now();
    assert_eq!(read(Body::from_stream(pieces), 1000, limits).await, Err(BodyFault::Slow));
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    sending.abort();
}
