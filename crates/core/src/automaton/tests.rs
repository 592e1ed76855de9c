use super::*;

/// Every occurrence as (pattern, end), found by looking everywhere.
fn naive(patterns: &[Vec<u8>], text: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for end in 1..=text.len() {
        let mut here: Vec<usize> =
            (0..patterns.len()).filter(|n| text[..end].ends_with(&patterns[*n])).collect();
        here.sort_by_key(|n| std::cmp::Reverse(patterns[*n].len()));
        here.dedup_by_key(|n| patterns[*n].clone());
        found.extend(here.into_iter().map(|n| (n, end)));
    }
    found
}

fn search(automaton: &Automaton, text: &[u8], skipping: bool) -> Vec<(usize, usize)> {
    let (mut found, mut node, mut at) = (Vec::new(), Node::START, 0);
    loop {
        if skipping && node == Node::START {
            at = automaton.next_beginning(text, at);
        }
        let Some(byte) = text.get(at) else { return found };
        node = automaton.step(node, *byte);
        at += 1;
        found.extend(automaton.ending(node).map(|n| (n, at)));
        let longest = automaton.ending(node).next().map(|_| automaton.depth(automaton.state(node).output));
        assert_eq!(automaton.longest(node), longest);
    }
}

#[test]
fn it_finds_what_looking_everywhere_finds() {
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut hits = 0;
    for shortest in [1, 2, 6, 8, 17] {
        for letters in [1, 2, 3] {
            for _ in 0..60 {
                let mut word = |least: usize, most: usize| -> Vec<u8> {
                    let length = least + random(most - least + 1);
                    (0..length).map(|_| b'a' + random(letters) as u8).collect()
                };
                let patterns: Vec<Vec<u8>> = (0..4).map(|_| word(shortest, shortest + 6)).collect();
                let text: Vec<u8> =
                    (0..4).flat_map(|n| [patterns[n].clone(), word(0, 20)].concat()).collect();
                let automaton = Automaton::new(&patterns);
                let want = naive(&patterns, &text);
                hits += want.len();
                assert_eq!(search(&automaton, &text, false), want);
                assert_eq!(search(&automaton, &text, true), want, "skipping");
            }
        }
    }
    assert!(hits > 10_000, "{hits}");
}

#[test]
fn nothing_to_find() {
    for automaton in [Automaton::default(), Automaton::new::<&str>(&[]), Automaton::new(&[""])] {
        assert!(automaton.is_empty());
        assert_eq!(search(&automaton, b"anything", false), []);
    }
}
