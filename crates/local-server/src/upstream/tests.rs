use super::*;
use futures_core::Stream;
use proxyagent_core::ports::Severed;
use proxyagent_core::time::Millis;
use std::future::poll_fn;
use std::pin::Pin;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const AMPLE: Patience =
    Patience { connect: Millis::seconds(20), first_byte: Millis::seconds(20), idle: Millis::seconds(20) };

/// Takes one connection, answers each request on it with the next piece of text, then does as it is told.
struct Fake {
    address: String,
    running: JoinHandle<()>,
}

enum Then {
    Close,
    Hang,
}

impl Fake {
    async fn new(answers: &'static [&'static str], then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let running = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                request(&mut stream).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            if matches!(then, Then::Hang) {
                std::future::pending::<()>().await;
            }
        });
        Self { address, running }
    }

    fn get(&self, scheme: &str) -> Request<Bytes> {
        let address = format!("{scheme}://{}/v1", self.address);
        Request::post(address).header("x-api-key", "canary").body(Bytes::from_static(b"{}")).unwrap()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn request(stream: &mut TcpStream) {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n{}") {
        read.push(stream.read_u8().await.unwrap());
    }
}

async fn whole(mut body: Arriving) -> (String, Option<Severed>) {
    let mut text = String::new();
    loop {
        match poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            None => return (text, None),
            Some(Err(cause)) => return (text, Some(cause)),
            Some(Ok(bytes)) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
        }
    }
}

fn short(field: fn(&mut Patience) -> &mut Millis) -> Patience {
    let mut patience = AMPLE;
    *field(&mut patience) = Millis(30);
    patience
}

#[tokio::test]
async fn failures_before_an_answer_have_the_right_kind() {
    let outbound = Outbound::new().unwrap();
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let outbound = &outbound;
    let send = |request, patience| async move { outbound.send(request, patience).await.map(|_| ()) };
    assert_eq!(send(Request::post(refused).body(Bytes::new()).unwrap(), AMPLE).await, Err(Unsent::Connect));

    let plain = Fake::new(&[], Then::Close).await;
    let plain_tls = send(plain.get("https"), AMPLE).await;
    assert!(matches!(plain_tls, Err(Unsent::Tls | Unsent::Connect)), "{plain_tls:?}");

    let silent = Fake::new(&[], Then::Hang).await;
    assert_eq!(send(silent.get("https"), short(|p| &mut p.connect)).await, Err(Unsent::Connect));
    let silent = Fake::new(&[], Then::Hang).await;
    assert_eq!(send(silent.get("http"), short(|p| &mut p.first_byte)).await, Err(Unsent::Slow));

    for answer in
        [&[""], &["HTTP/1.1 200 OK\r\ncontent-le"], &["nonsense\r\n\r\n"]] as [&'static [&str; 1]; 3]
    {
        let broken = Fake::new(answer, Then::Close).await;
        assert_eq!(send(broken.get("http"), AMPLE).await, Err(Unsent::Reset), "{answer:?}");
    }
}

#[tokio::test]
async fn a_refused_handshake_is_a_tls_failure() {
    let outbound = Outbound::new().unwrap();
    // A handshake failure alert, as a server sends it that shares no cipher.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]).await.unwrap();
    });
    let outcome = outbound.send(Request::post(address).body(Bytes::new()).unwrap(), AMPLE).await;
    assert_eq!(outcome.map(|_| ()), Err(Unsent::Tls));
    server.await.unwrap();
}

#[tokio::test]
async fn bodies_end_whole_or_say_why_not() {
    let outbound = Outbound::new().unwrap();
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
    for (answer, then, patience, expected) in [
        (["HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"], Then::Hang, AMPLE, None),
        (["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"], Then::Close, AMPLE, Some(Severed::Reset)),
        ([chunked], Then::Close, AMPLE, Some(Severed::Reset)),
        ([chunked], Then::Hang, short(|p| &mut p.idle), Some(Severed::Idle)),
    ] {
        let fake = Fake::new(Vec::leak(answer.to_vec()), then).await;
        let response = outbound.send(fake.get("http"), patience).await.unwrap();
        assert_eq!(whole(response.into_body()).await, ("abc".to_owned(), expected));
    }
}

#[tokio::test]
async fn redirects_are_answers_and_connections_are_used_again() {
    let outbound = Outbound::new().unwrap();
    // One connection only: a second one would never be accepted.
    let moved = "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let fake = Fake::new(Vec::leak(vec![moved; 3]), Then::Hang).await;
    for _ in 0..3 {
        let response = outbound.send(fake.get("http"), AMPLE).await.unwrap();
        assert_eq!(response.status(), 307);
        assert_eq!(whole(response.into_body()).await, (String::new(), None));
    }
}

#[tokio::test]
async fn severing_ends_calls_and_streams_and_takes_no_new_ones() {
    let outbound = Arc::new(Outbound::new().unwrap());
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let streaming = Fake::new(Vec::leak(vec![chunked]), Then::Hang).await;
    let body = outbound.send(streaming.get("http"), AMPLE).await.unwrap().into_body();
    let hanging = Fake::new(&[], Then::Hang).await;
    let call = {
        let (outbound, request) = (Arc::clone(&outbound), hanging.get("http"));
        tokio::spawn(async move { outbound.send(request, AMPLE).await.map(|_| ()) })
    };
    outbound.sever();
    assert_eq!(whole(body).await, ("abc".to_owned(), Some(Severed::Reset)));
    assert_eq!(call.await.unwrap(), Err(Unsent::Reset));
    let new = Fake::new(&[], Then::Hang).await;
    assert_eq!(outbound.send(new.get("http"), AMPLE).await.map(|_| ()), Err(Unsent::Reset));
}

/// For tools: the address is judged, whether it is written or resolved; what is listed is reached; nothing is followed.
#[tokio::test]
async fn a_guarded_request_reaches_no_private_address_unless_it_is_listed() {
    let outbound = Outbound::new().unwrap();
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let fake = Fake::new(Vec::leak(vec![moved; 2]), Then::Hang).await;
    let port = fake.address.rsplit(':').next().unwrap();
    let ask = |host: &str| {
        let address = format!("http://{host}:{port}/v1");
        Request::post(address).header("x-api-key", "canary").body(Bytes::from_static(b"{}")).unwrap()
    };
    for host in
        ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254"]
    {
        let outcome = outbound.send_guarded(ask(host), AMPLE, Reach::Public).await;
        assert_eq!(outcome.map(|_| ()), Err(Unsent::Forbidden), "{host}");
    }
    let outcome = outbound.send_guarded(ask("169.254.169.254"), AMPLE, Reach::Private).await;
    assert_eq!(outcome.map(|_| ()), Err(Unsent::Forbidden));
    // The one connection: what was judged for private use is used again for private use only.
    for _ in 0..2 {
        let answer = outbound.send_guarded(ask("127.0.0.1"), AMPLE, Reach::Private).await.unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(whole(answer.into_body()).await, (String::new(), None));
    }
    let outcome = outbound.send_guarded(ask("127.0.0.1"), AMPLE, Reach::Public).await;
    assert_eq!(outcome.map(|_| ()), Err(Unsent::Forbidden));
}
