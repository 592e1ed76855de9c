use super::*;

fn filter(pieces: &[&[u8]]) -> String {
    let (mut hide, mut out) = (HideUsageChunk::default(), Vec::new());
    for piece in pieces {
        hide.push(Bytes::copy_from_slice(piece), &mut out);
    }
    hide.finish(&mut out);
    assert!(out.iter().all(|piece| !piece.is_empty()));
    String::from_utf8_lossy(&out.concat()).into_owned()
}

const USAGE: &str = r#"data: {"id":"x","choices":[],"usage":{"prompt_tokens":1}}"#;

#[test]
fn table_at_every_split() {
    let delta = r#"data: {"choices":[{"delta":{"content":"\"usage\":{}"}}],"usage":null}"#;
    let on_content = r#"data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}"#;
    let azure = r#"data: {"choices":[],"prompt_filter_results":[{"usage":{}}]}"#;
    let null = r#"data: {"choices":[],"usage":null}"#;
    let spaced = "data:{ \"choices\" : [ ] , \"usage\" : { } }";
    for (text, want) in [
        (format!("{delta}\n\n{USAGE}\n\ndata: [DONE]\n\n"), format!("{delta}\n\ndata: [DONE]\n\n")),
        (format!("{USAGE}\r\n\r\n{delta}\r\n\r\n"), format!("{delta}\r\n\r\n")),
        (format!("{delta}\r\r{USAGE}\r\r{delta}\r\r"), format!("{delta}\r\r{delta}\r\r")),
        (format!("{delta}\r\n\r\n{USAGE}\r\n\r\n{USAGE}\r\n\r\n"), format!("{delta}\r\n\r\n")),
        (format!("{spaced}\n\n\n{delta}\n\n"), format!("\n{delta}\n\n")),
        ("data: {\"choices\":[],\ndata: \"usage\":{}}\n\n: x\n\n".to_owned(), ": x\n\n".to_owned()),
        (format!("{delta}\n\n{USAGE}\n"), format!("{delta}\n\n")),
        (format!("{delta}\n\n{USAGE}"), format!("{delta}\n\n")),
        // Untouched.
        (
            format!("{on_content}\n\n{azure}\r\n\r\n{null}\n\n"),
            format!("{on_content}\n\n{azure}\r\n\r\n{null}\n\n"),
        ),
        (": keep-alive\n\n\n\r\n\rdata: 👋".to_owned(), ": keep-alive\n\n\n\r\n\rdata: 👋".to_owned()),
        (
            "data: {\"choices\":[],\"usage\":{\n\n".to_owned(),
            "data: {\"choices\":[],\"usage\":{\n\n".to_owned(),
        ),
        (String::new(), String::new()),
    ] {
        let bytes = text.as_bytes();
        for at in 0..=bytes.len() {
            assert_eq!(filter(&[&bytes[..at], &bytes[at..]]), want, "{text:?} at {at}");
        }
        assert_eq!(filter(&bytes.chunks(1).collect::<Vec<_>>()), want, "{text:?} byte by byte");
    }
}

#[test]
fn whole_events_go_on_at_once_and_uncopied() {
    let chunk = Bytes::from(format!("data: a\n\n{USAGE}\n\ndata: b\n\ndata: c"));
    let (mut hide, mut out) = (HideUsageChunk::default(), Vec::new());
    hide.push(chunk.clone(), &mut out);
    assert_eq!(out, ["data: a\n\n", "data: b\n\n"]);
    assert!(out.iter().all(|piece| chunk.as_ptr_range().contains(&piece.as_ptr())));
    out.clear();
    hide.push(Bytes::from_static(b"c\n\n"), &mut out);
    assert_eq!(out.concat(), b"data: cc\n\n");
}

#[test]
fn a_big_event_is_not_held_and_never_dropped() {
    let big = format!("data: {{\"choices\":[],\"usage\":{{\"x\":\"{}\"}}}}\n\n", "x".repeat(MAX_HELD));
    let text = format!("{big}{USAGE}\n\n");
    for piece in [1000, MAX_HELD, text.len()] {
        assert_eq!(filter(&text.as_bytes().chunks(piece).collect::<Vec<_>>()), big, "{piece}");
    }
    let (mut hide, mut out) = (HideUsageChunk::default(), Vec::new());
    hide.push(Bytes::from(text.as_bytes()[..MAX_HELD + 5].to_vec()), &mut out);
    assert_eq!(out.concat().len(), MAX_HELD + 5);
}
