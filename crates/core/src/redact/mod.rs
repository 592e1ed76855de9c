//! Takes what looks like a credential out of text that is logged or stored, whoever's credential it is. It knows shapes,
//! not secrets: what the proxy itself holds is searched for exactly, by `scrub`. Linear in the text. Redact first, and
//! truncate what is left: half a key has no shape.

mod assignment;
mod pattern;
mod signs;
mod table;
mod url;

use crate::automaton::{Automaton, Node};
use pattern::Pattern;
use signs::Runs;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

/// The text with `[redacted:KIND]` in place of every credential; the very same text where there is none. Doing it again
/// changes nothing.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.len() < SHORTEST {
        return Cow::Borrowed(text);
    }
    let mut finds = shapes().find(text.as_bytes());
    // Of two names for the same thing the one of the longer literal, found later, says more.
    finds.reverse();
    assignment::find(text.as_bytes(), &mut finds);
    if finds.is_empty() {
        return Cow::Borrowed(text);
    }
    finds.sort_by_key(|find| (find.range.start, std::cmp::Reverse(find.range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for find in finds {
        if find.range.start >= at {
            out.push_str(text.get(at..find.range.start).unwrap_or_default());
            out.push_str(OPEN);
            out.push_str(find.kind);
            out.push(']');
        }
        at = at.max(find.range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// At most `most` bytes of the text, redacted before it is cut.
pub fn excerpt(given: &str, most: usize) -> String {
    let redacted = text(given);
    redacted.get(..redacted.floor_char_boundary(most)).unwrap_or_default().to_owned()
}

/// A credential and what it is.
struct Find {
    range: Range<usize>,
    kind: &'static str,
}

/// The table, ready to be searched for: each shape is looked at where its first literal stands.
struct Shapes {
    literals: Automaton,
    patterns: Vec<Vec<Pattern>>,
}

fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        let mut literals: Vec<&'static str> = vec![url::LITERAL, pattern::PEM];
        let mut patterns: Vec<Vec<Pattern>> = vec![Vec::new(), Vec::new()];
        for (kind, written) in table::SHAPES {
            let Some(pattern) = Pattern::read(kind, written) else { continue };
            match literals.iter().position(|literal| *literal == pattern.literal()) {
                Some(at) => patterns.get_mut(at).into_iter().for_each(|list| list.push(pattern.clone())),
                None => {
                    literals.push(pattern.literal());
                    patterns.push(vec![pattern]);
                }
            }
        }
        Shapes { literals: Automaton::new(&literals), patterns }
    })
}

impl Shapes {
    fn find(&self, text: &[u8]) -> Vec<Find> {
        let (mut finds, mut runs, mut node) = (Vec::new(), Runs::new(text), Node::START);
        let mut pem_until = 0;
        for (at, byte) in text.iter().enumerate() {
            node = self.literals.step(node, *byte);
            for literal in self.literals.ending(node) {
                let found = match literal {
                    URL => url::password(at + 1, &mut runs).map(|range| Find { range, kind: "url-password" }),
                    PEM if at < pem_until => None,
                    PEM => pattern::private_key(text, at + 1).map(|range| {
                        pem_until = range.end;
                        Find { range, kind: "private-key" }
                    }),
                    _ => self.patterns.get(literal).and_then(|patterns| {
                        let mut found = patterns.iter().filter_map(|p| p.matches(at + 1, &mut runs));
                        found.next()
                    }),
                };
                finds.extend(found);
            }
        }
        finds
    }
}

/// Places of the two literals that begin no row of the table.
const URL: usize = 0;
const PEM: usize = 1;
const OPEN: &str = "[redacted:";
const SHORTEST: usize = 8;

#[cfg(test)]
mod tests;
