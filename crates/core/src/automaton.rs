//! Many byte patterns found in one pass, in time linear in the text whatever the text is (Aho and Corasick, 1975).
//! While no pattern has begun, a skip table looks at about one byte in fourteen (Wu and Manber, 1994).

use std::collections::VecDeque;

/// Where a search stands: what the text so far may still become.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node(u32);

/// The patterns, ready to be searched for.
#[derive(Default)]
pub(crate) struct Automaton {
    states: Vec<State>,
    edges: Vec<(u8, Node)>,
    /// The first bytes of all patterns, dense.
    first: Vec<Node>,
    skip: Option<Skip>,
}

#[derive(Default, Clone)]
struct State {
    /// Its edges: from here on, so many.
    from: u32,
    count: u32,
    /// The longest proper suffix that some pattern begins with.
    fail: Node,
    depth: u32,
    /// One more than the index of the pattern that ends here.
    pattern: u32,
    /// The nearest state along `fail`, this one included, at which a pattern ends.
    output: Node,
}

impl Node {
    pub(crate) const START: Self = Self(0);
}

impl Automaton {
    /// Empty patterns are left out. Of equal patterns the first one counts.
    pub(crate) fn new<P: AsRef<[u8]>>(patterns: &[P]) -> Self {
        let mut sorted: Vec<(&[u8], usize)> = patterns.iter().map(AsRef::as_ref).zip(0..).collect();
        sorted.retain(|(pattern, _)| !pattern.is_empty());
        sorted.sort();
        let skip = Skip::new(sorted.iter().map(|(pattern, _)| *pattern));
        Self { skip, ..Trie::of(&sorted).finish() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The node behind one more byte.
    pub(crate) fn step(&self, mut node: Node, byte: u8) -> Node {
        while node != Node::START {
            let state = self.state(node);
            let edges = self.edges.get(state.from as usize..(state.from + state.count) as usize);
            if let Some((_, next)) = edges.unwrap_or_default().iter().find(|(label, _)| *label == byte) {
                return *next;
            }
            node = state.fail;
        }
        self.first.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// How many of the last bytes may be the beginning of a pattern.
    pub(crate) fn depth(&self, node: Node) -> usize {
        self.state(node).depth as usize
    }

    /// The length of the longest pattern that ends here.
    pub(crate) fn longest(&self, node: Node) -> Option<usize> {
        let output = self.state(node).output;
        (output != Node::START).then(|| self.depth(output))
    }

    /// The patterns that end here, by index, the longest first.
    pub(crate) fn ending(&self, node: Node) -> impl Iterator<Item = usize> {
        let mut output = self.state(node).output;
        std::iter::from_fn(move || {
            if output == Node::START {
                return None;
            }
            let state = self.state(output);
            output = self.state(state.fail).output;
            Some(state.pattern as usize - 1)
        })
    }

    /// The first place at or behind `from` where a pattern may begin: none begins before it.
    pub(crate) fn next_beginning(&self, text: &[u8], from: usize) -> usize {
        self.skip.as_ref().map_or(from, |skip| skip.next(text, from))
    }

    fn state(&self, node: Node) -> &State {
        self.states.get(node.0 as usize).unwrap_or(&NOWHERE)
    }
}

/// The patterns' common beginnings, laid together.
struct Trie {
    states: Vec<State>,
    /// For each state but the first, in their order: the one before it and the byte between.
    parents: Vec<(Node, u8)>,
}

impl Trie {
    /// The patterns are in order, so each shares with the one before it all that it shares with any.
    fn of(sorted: &[(&[u8], usize)]) -> Self {
        let mut trie = Self { states: vec![State::default()], parents: Vec::new() };
        let (mut previous, mut path): (&[u8], Vec<Node>) = (&[], vec![Node::START]);
        for (pattern, index) in sorted {
            let shared = pattern.iter().zip(previous).take_while(|(a, b)| a == b).count();
            path.truncate(shared + 1);
            for (depth, byte) in (1..).zip(*pattern).skip(shared) {
                trie.parents.push((path.last().copied().unwrap_or_default(), *byte));
                path.push(Node(u32::try_from(trie.states.len()).unwrap_or(u32::MAX)));
                trie.states.push(State { depth, ..State::default() });
            }
            let last = path.last().and_then(|node| trie.states.get_mut(node.0 as usize));
            if let Some(state) = last.filter(|state| state.pattern == 0) {
                state.pattern = u32::try_from(index + 1).unwrap_or(u32::MAX);
            }
            previous = pattern;
        }
        trie
    }

    fn finish(self) -> Automaton {
        let mut built =
            Automaton { states: self.states, first: vec![Node::START; 256], ..Automaton::default() };
        // The edges of a state stand together.
        for (parent, _) in &self.parents {
            built.states.get_mut(parent.0 as usize).into_iter().for_each(|state| state.count += 1);
        }
        let mut from = 0;
        for state in &mut built.states {
            state.from = from;
            from += std::mem::take(&mut state.count);
        }
        built.edges = vec![(0, Node::START); self.parents.len()];
        for (child, (parent, byte)) in (1..).zip(self.parents) {
            let Some(state) = built.states.get_mut(parent.0 as usize) else { continue };
            let place = built.edges.get_mut((state.from + state.count) as usize);
            state.count += 1;
            place.into_iter().for_each(|edge| *edge = (byte, Node(child)));
        }
        let mut waiting = VecDeque::from([Node::START]);
        while let Some(node) = waiting.pop_front() {
            let state = built.state(node).clone();
            for at in state.from..state.from + state.count {
                let Some(&(byte, child)) = built.edges.get(at as usize) else { continue };
                // Shallower states are finished: the search can already walk them.
                let fail = if node == Node::START { node } else { built.step(state.fail, byte) };
                let output = built.state(fail).output;
                if let Some(state) = built.states.get_mut(child.0 as usize) {
                    state.fail = fail;
                    state.output = if state.pattern > 0 { child } else { output };
                }
                if let Some(first) = built.first.get_mut(usize::from(byte)).filter(|_| node == Node::START) {
                    *first = child;
                }
                waiting.push_back(child);
            }
        }
        built
    }
}

/// How far a window may move on, by the last three bytes in it.
struct Skip {
    window: usize,
    steps: Vec<u8>,
    /// The bytes that are in some pattern.
    used: Vec<bool>,
}

impl Skip {
    /// `None` where a pattern is too short for it to pay.
    fn new<'a>(patterns: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Self> {
        let window = patterns.clone().map(<[u8]>::len).min()?.min(WIDEST);
        if window < NARROWEST {
            return None;
        }
        let furthest = window + 1 - BLOCK;
        let mut steps = vec![u8::try_from(furthest).unwrap_or(1); 1 << SKIP_BITS];
        let mut used = vec![false; 256];
        for pattern in patterns {
            for byte in pattern {
                used.get_mut(usize::from(*byte)).into_iter().for_each(|used| *used = true);
            }
            for (at, block) in pattern.windows(BLOCK).take(furthest).enumerate() {
                if let Some(step) = steps.get_mut(slot(block)) {
                    *step = (*step).min(u8::try_from(furthest - 1 - at).unwrap_or(0));
                }
            }
        }
        Some(Self { window, steps, used })
    }

    fn next(&self, text: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(block) = text.get(at + self.window - BLOCK..at + self.window) {
            match self.steps.get(slot(block)) {
                Some(0) | None => return at,
                Some(step) => at += usize::from(*step),
            }
        }
        // Too little is left for a whole pattern; one may only begin, behind the last byte that is in none.
        let unused = |byte: &u8| self.used.get(usize::from(*byte)) == Some(&false);
        at + text.get(at..).and_then(|rest| rest.iter().rposition(unused)).map_or(0, |last| last + 1)
    }
}

fn slot(block: &[u8]) -> usize {
    let word = block.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    (word.wrapping_mul(0x9e37_79b1) >> (32 - SKIP_BITS)) as usize
}

const NOWHERE: State =
    State { from: 0, count: 0, fail: Node::START, depth: 0, pattern: 0, output: Node::START };
const BLOCK: usize = 3;
const WIDEST: usize = 16;
const NARROWEST: usize = 6;
/// 16 KiB: it stays in the first cache.
const SKIP_BITS: u32 = 14;

#[cfg(test)]
mod tests;
