//! One shape: literals and runs of characters. `ghp_[a36+]` is a literal and at least 36 letters and digits;
//! `[h32]-us[d1-2]` is 32 hex digits, a literal, one or two digits. `>`: only what follows is redacted. A final `!`: a
//! digit and a letter must be in the runs. A leading `^`: the match may not stand inside base64.

use super::Find;
use super::signs::{Runs, Signs};
use std::ops::Range;

/// One row of the table.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    kind: &'static str,
    pieces: Vec<Piece>,
    /// The piece that is searched for: the first literal.
    anchor: usize,
    /// The first piece that is redacted.
    from: usize,
    mixed: bool,
    outside_base64: bool,
}

#[derive(Debug, Clone, Copy)]
enum Piece {
    Literal(&'static str),
    Run { signs: Signs, least: usize, most: usize },
}

impl Pattern {
    /// `None` for what is no pattern, or has no literal to search for.
    pub(super) fn read(kind: &'static str, written: &'static str) -> Option<Self> {
        let (outside_base64, rest) = written.strip_prefix('^').map_or((false, written), |rest| (true, rest));
        let (mixed, mut rest) = rest.strip_suffix('!').map_or((false, rest), |rest| (true, rest));
        let (mut pieces, mut from) = (Vec::new(), 0);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('>') {
                (from, rest) = (pieces.len(), after);
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (run, after) = inside.split_once(']')?;
                pieces.push(Piece::run(run)?);
                rest = after;
            } else {
                let (literal, after) = rest.split_at(rest.find(['[', '>']).unwrap_or(rest.len()));
                pieces.push(Piece::Literal(literal));
                rest = after;
            }
        }
        let anchor = pieces.iter().position(|piece| matches!(piece, Piece::Literal(_)))?;
        Some(Self { kind, pieces, anchor, from, mixed, outside_base64 })
    }

    pub(super) fn literal(&self) -> &'static str {
        match self.pieces.get(self.anchor) {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// The find whose first literal ends at `behind`.
    pub(super) fn matches(&self, behind: usize, runs: &mut Runs<'_>) -> Option<Find> {
        let text = runs.text;
        let (before, after) = self.pieces.split_at_checked(self.anchor)?;
        let mut start = behind - self.literal().len();
        for piece in before.iter().rev() {
            start = piece.before(text, start)?;
        }
        if !free(text, start, self.outside_base64) {
            return None;
        }
        let mut at = behind;
        let mut redacted = if self.from <= self.anchor { start } else { at };
        for (index, piece) in (self.anchor + 1..).zip(after.iter().skip(1)) {
            redacted = if index == self.from { at } else { redacted };
            at = piece.behind(runs, at)?;
        }
        if self.pieces.last().is_some_and(|last| last.goes_on(text, at)) {
            return None;
        }
        let inside = if self.anchor == 0 { behind } else { start };
        let inside = text.get(inside..at.min(inside + LOOKED_AT)).unwrap_or_default();
        if self.mixed
            && !(inside.iter().any(u8::is_ascii_digit) && inside.iter().any(u8::is_ascii_alphabetic))
        {
            return None;
        }
        if self.outside_base64 && text.get(at).is_some_and(|next| b"+/".contains(next)) {
            return None;
        }
        let padding = text.get(at..).unwrap_or_default().iter().take(3).take_while(|b| **b == b'=').count();
        Some(Find { range: redacted..at + padding, kind: self.kind })
    }
}

impl Piece {
    /// `a36`, `a36-40` or `a36+`.
    fn run(written: &str) -> Option<Self> {
        let (letter, count) = written.split_at_checked(1)?;
        let signs = Signs::named(*letter.as_bytes().first()?)?;
        let (least, most) = match (count.strip_suffix('+'), count.split_once('-')) {
            (Some(least), _) => (least.parse().ok()?, usize::MAX),
            (None, Some((least, most))) => (least.parse().ok()?, most.parse().ok()?),
            (None, None) => (count.parse().ok()?, count.parse().ok()?),
        };
        Some(Self::Run { signs, least, most })
    }

    /// Where it begins if it ends at `end`.
    fn before(self, text: &[u8], end: usize) -> Option<usize> {
        match self {
            Self::Literal(literal) => text.get(..end)?.strip_suffix(literal.as_bytes()).map(<[u8]>::len),
            Self::Run { signs, least, most } => {
                let run = text.get(..end)?.iter().rev().take(most).take_while(|b| signs.has(**b)).count();
                (run >= least).then(|| end - run)
            }
        }
    }

    /// Where it ends if it begins at `at`.
    fn behind(self, runs: &mut Runs<'_>, at: usize) -> Option<usize> {
        match self {
            Self::Literal(literal) => {
                runs.text.get(at..)?.starts_with(literal.as_bytes()).then_some(at + literal.len())
            }
            Self::Run { signs, least, most } => {
                let end = runs.end(signs, at).min(at.saturating_add(most));
                (end - at >= least).then_some(end)
            }
        }
    }

    /// A run of limited length that goes on beyond it is something else.
    fn goes_on(self, text: &[u8], at: usize) -> bool {
        let limited = matches!(self, Self::Run { most, .. } if most < usize::MAX);
        limited && text.get(at).is_some_and(|next| Signs::WORD.has(*next) && *next != b'-')
    }
}

/// A private key in PEM whose first line's `-----BEGIN ` ends at `behind`, up to the end of its last line; one that is cut
/// off, up to the end of the text.
pub(super) fn private_key(text: &[u8], behind: usize) -> Option<Range<usize>> {
    let rest = text.get(behind..)?;
    let label = rest.get(..memchr::memmem::find(rest.get(..rest.len().min(LONGEST_LABEL))?, b"-----")?)?;
    memchr::memmem::find(label, b"PRIVATE KEY")?;
    let last = memchr::memmem::find(rest, b"-----END ");
    let end = last.map_or(text.len(), |last| {
        let last = behind + last + b"-----END ".len();
        let tail = text.get(last..).unwrap_or_default();
        let tail = tail.get(..tail.len().min(LONGEST_LABEL)).unwrap_or_default();
        last + memchr::memmem::find(tail, b"-----").map_or(0, |at| at + 5)
    });
    Some(behind - PEM.len()..end)
}

/// Nothing that would belong to it stands before it. An escape (`\n`, `\u003d`, `%3D`) ends in a letter or a digit, and is
/// not part of it.
fn free(text: &[u8], start: usize, outside_base64: bool) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let Some(last) = before.last() else { return true };
    if outside_base64 && b"+/_-".contains(last) {
        return false;
    }
    !Signs::ALPHANUMERIC.has(*last) || escape(before)
}

fn escape(before: &[u8]) -> bool {
    match before {
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'%', high, low] | [.., b'\\', b'u', _, _, high, low] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit()
        }
        _ => false,
    }
}

pub(super) const PEM: &str = "-----BEGIN ";
const LONGEST_LABEL: usize = 64;
/// A run in which neither comes so soon was not drawn at random.
const LOOKED_AT: usize = 128;
