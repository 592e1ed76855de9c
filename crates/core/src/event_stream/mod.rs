//! AWS's binary event stream (`application/vnd.amazon.eventstream`), incrementally: bytes in, whole frames out, the same
//! for every split. A frame that is not exactly what its sender wrote ends the stream: there is no way to find the next.
//! Source: docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html, awslabs/aws-c-event-stream.

/// One frame whose two checksums are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    headers: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The value of a string header, e.g. `:event-type`.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.headers;
        while let Some((header, tail)) = next_header(rest) {
            if header.name == name.as_bytes() && header.kind == STRING {
                return std::str::from_utf8(header.value).ok();
            }
            rest = tail;
        }
        None
    }
}

/// The stream is not what its sender wrote, or none of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    #[error("a frame's length is impossible")]
    Length,
    #[error("a frame's checksum is wrong")]
    Checksum,
    #[error("a frame's headers are malformed")]
    Headers,
}

/// Cuts bytes into frames. Holds at most one frame.
#[derive(Debug, Default)]
pub struct Decoder {
    partial: Vec<u8>,
    corrupt: Option<Corrupt>,
}

impl Decoder {
    /// Reads `chunk` and calls `on_frame` for every frame it completes.
    ///
    /// # Errors
    /// [`Corrupt`], from the first wrong frame on for ever. The frames before it have been handed out.
    pub fn feed(&mut self, chunk: &[u8], on_frame: impl FnMut(Frame<'_>)) -> Result<(), Corrupt> {
        if let Some(corrupt) = self.corrupt {
            return Err(corrupt);
        }
        let fed = if self.partial.is_empty() {
            frames(chunk, on_frame)
                .map(|used| self.partial.extend_from_slice(chunk.get(used..).unwrap_or_default()))
        } else {
            self.partial.extend_from_slice(chunk);
            let mut held = std::mem::take(&mut self.partial);
            frames(&held, on_frame).map(|used| {
                held.drain(..used);
                self.partial = held;
            })
        };
        self.corrupt = fed.err();
        fed
    }

    /// Nothing is left over: the bytes so far are whole frames.
    pub fn is_whole(&self) -> bool {
        self.partial.is_empty() && self.corrupt.is_none()
    }
}

/// Hands out the whole frames at the start of `bytes`, and says how long they are.
fn frames(bytes: &[u8], mut on_frame: impl FnMut(Frame<'_>)) -> Result<usize, Corrupt> {
    let mut used = 0;
    while let Some(rest) = bytes.get(used..) {
        let Some((length, frame)) = first_frame(rest)? else { break };
        on_frame(frame);
        used += length;
    }
    Ok(used)
}

/// The frame that `bytes` begins with, and its length; `None` while it is not whole.
fn first_frame(bytes: &[u8]) -> Result<Option<(usize, Frame<'_>)>, Corrupt> {
    let (Some(total), Some(headers), Some(prelude_sum)) = (word(bytes, 0), word(bytes, 4), word(bytes, 8))
    else {
        return Ok(None);
    };
    // Before the length is believed: a wrong one would wait for bytes that never come.
    if crc32fast::hash(bytes.get(..8).unwrap_or_default()) != prelude_sum {
        return Err(Corrupt::Checksum);
    }
    let (total, headers) = (total as usize, headers as usize);
    if !(SMALLEST..=LARGEST).contains(&total) || headers > LARGEST_HEADERS || headers > total - SMALLEST {
        return Err(Corrupt::Length);
    }
    let Some(frame) = bytes.get(..total) else { return Ok(None) };
    let (covered, _) = frame.split_at_checked(total - 4).ok_or(Corrupt::Length)?;
    if word(frame, total - 4) != Some(crc32fast::hash(covered)) {
        return Err(Corrupt::Checksum);
    }
    let inside = covered.get(PRELUDE..).ok_or(Corrupt::Length)?;
    let (headers, payload) = inside.split_at_checked(headers).ok_or(Corrupt::Length)?;
    check_headers(headers)?;
    Ok(Some((total, Frame { headers, payload })))
}

fn check_headers(mut headers: &[u8]) -> Result<(), Corrupt> {
    while !headers.is_empty() {
        (_, headers) = next_header(headers).ok_or(Corrupt::Headers)?;
    }
    Ok(())
}

struct Header<'a> {
    name: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

/// The first header, and what follows it.
fn next_header(bytes: &[u8]) -> Option<(Header<'_>, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*length))?;
    let (kind, rest) = rest.split_first()?;
    let (length, rest) = match *kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        9 => (16, rest),
        6 | STRING => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((Header { name, kind: *kind, value }, rest))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Two lengths and their checksum.
const PRELUDE: usize = 12;
/// A frame of nothing: the prelude and the last checksum.
const SMALLEST: usize = PRELUDE + 4;
/// AWS sends at most 16 MiB of payload.
const LARGEST: usize = 24 << 20;
const LARGEST_HEADERS: usize = 128 << 10;
const STRING: u8 = 7;

#[cfg(test)]
mod tests;
