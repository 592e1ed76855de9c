//! Forwards a server-sent event stream in whole events. An event that never completes never leaves, so a cut stream can
//! end with an event of its own. All bytes leave unchanged and in order; the last event waits for its blank line only.

use bytes::{Bytes, BytesMut};

/// Holds back the bytes of the event that is still arriving.
#[derive(Default)]
pub(crate) struct WholeEvents {
    partial: BytesMut,
    /// A part of the current event has left already: it is too large to hold.
    mid_event: bool,
}

impl WholeEvents {
    /// The bytes that may leave once `chunk` has arrived.
    pub(crate) fn push(&mut self, chunk: Bytes) -> Bytes {
        // The common case: a chunk is whole events.
        if self.partial.is_empty() && BOUNDARIES.iter().any(|end| chunk.ends_with(end)) {
            self.mid_event = false;
            return chunk;
        }
        // A boundary may begin in the bytes that were held already.
        let searched = self.partial.len().saturating_sub(2);
        self.partial.extend_from_slice(&chunk);
        let boundary = self.partial.get(searched..).and_then(last_boundary).map(|at| searched + at);
        if let Some(end) = boundary {
            self.mid_event = false;
            return self.partial.split_to(end).freeze();
        }
        if self.partial.len() > LARGEST_HELD {
            self.mid_event = true;
            return self.partial.split().freeze();
        }
        Bytes::new()
    }

    /// What is left when the stream has ended of itself.
    pub(crate) fn finish(&mut self) -> Bytes {
        self.partial.split().freeze()
    }

    /// The stream broke off: the incomplete event is dropped. Returns what must come before an event of our own.
    pub(crate) fn cut(&mut self) -> &'static [u8] {
        self.partial.clear();
        if std::mem::take(&mut self.mid_event) { b"\n\n" } else { b"" }
    }
}

/// Just behind the last blank line: a line end that follows another, whichever of `\n`, `\r\n`, `\r` they are.
fn last_boundary(bytes: &[u8]) -> Option<usize> {
    let behind = |pattern: &[u8]| memchr::memmem::rfind(bytes, pattern).map(|at| at + pattern.len());
    BOUNDARIES.into_iter().filter_map(behind).max()
}

/// A line end and a blank line's end.
const BOUNDARIES: [&[u8]; 3] = [b"\n\n", b"\n\r\n", b"\r\r"];

/// Larger events (images, long results) leave as they arrive.
const LARGEST_HELD: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(pieces: &[&[u8]]) -> (Vec<Bytes>, WholeEvents) {
        let mut events = WholeEvents::default();
        let out = pieces.iter().map(|p| events.push(Bytes::copy_from_slice(p))).collect();
        (out, events)
    }

    #[test]
    fn nothing_leaves_but_whole_events_at_every_split() {
        for text in [
            "event: a\ndata: 1\n\n: c\n\ndata: 2\n\n",
            "data: 1\r\n\r\ndata: 2\r\n\r\n",
            "data: 1\r\rdata: 2\r\r",
        ] {
            for cut in 0..=text.len() {
                let (first, rest) = text.as_bytes().split_at(cut);
                let (out, mut events) = feed(&[first, rest]);
                for piece in out.iter().filter(|p| !p.is_empty()) {
                    assert_eq!(last_boundary(piece), Some(piece.len()), "{text:?} at {cut}");
                }
                let all = [out.concat(), events.finish().to_vec()].concat();
                assert_eq!(all, text.as_bytes(), "{text:?} at {cut}");
            }
        }
    }

    #[test]
    fn a_cut_event_is_dropped() {
        let (out, mut events) = feed(&[b"data: 1\n\ndata: {\"half"]);
        assert_eq!((out.concat().as_slice(), events.cut()), (&b"data: 1\n\n"[..], &b""[..]));
        assert!(events.finish().is_empty());
    }

    #[test]
    fn a_large_event_leaves_as_it_comes() {
        let large = vec![b'x'; LARGEST_HELD + 1];
        let (out, mut events) = feed(&[&large]);
        assert_eq!(out[0].len(), large.len());
        assert_eq!(events.cut(), b"\n\n");
        let (out, mut events) = feed(&[&large, b"yyy\n\n"]);
        assert_eq!(out.concat(), [large.as_slice(), b"yyy\n\n"].concat());
        assert_eq!(events.cut(), b"");
    }
}
