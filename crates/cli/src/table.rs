//! Aligned tables. Cells come from elsewhere, so each is made safe to print here. Nothing is ever cut short.

use crate::visible::visible;

/// Which side of a column its cells lean to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A table: its head, and rows of as many cells.
pub(crate) struct Table {
    head: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[(&'static str, Side)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(|cell| visible(&cell).into_owned()).collect());
    }

    /// The lines, head first; empty when there are no rows.
    pub(crate) fn render(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let head: Vec<String> = self.head.iter().map(|(name, _)| (*name).to_owned()).collect();
        let lines = || std::iter::once(&head).chain(&self.rows);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|at| lines().filter_map(|line| line.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        let mut out = String::new();
        for line in lines() {
            let cells = line.iter().zip(&widths).zip(&self.head).map(|((cell, width_), (_, side))| {
                let gap = " ".repeat(width_.saturating_sub(width(cell)));
                match side {
                    Side::Left => format!("{cell}{gap}"),
                    Side::Right => format!("{gap}{cell}"),
                }
            });
            out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            out.push('\n');
        }
        out
    }
}

/// Terminal columns, near enough: East Asian wide characters and emoji take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{300}'..='\u{36f}' => 0,
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
            '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 2,
            '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_escapes() {
        let mut table = Table::new(&[("ID", Side::Left), ("COST", Side::Right), ("LABEL", Side::Left)]);
        assert_eq!(table.render(), "");
        table.row(["tok_1".into(), "$12.00".into(), "東京".into()]);
        table.row(["tok_22222".into(), "$1.00".into(), "a\u{1b}[31m\nb".into()]);
        assert_eq!(
            table.render(),
            "ID           COST  LABEL\ntok_1      $12.00  東京\ntok_22222   $1.00  a\\u{1b}[31m\\nb\n"
        );
    }
}
