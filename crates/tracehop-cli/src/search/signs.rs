//! A search, cut into terms.

use std::ops::Range;

/// One character of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) c: char,
    /// Whether it stood in quotes: then it is only itself.
    pub(super) quoted: bool,
    /// Where it stands in the text, in bytes.
    pub(super) at: usize,
}

/// What stands between spaces.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Without the quotes.
    pub(super) signs: Vec<Sign>,
    /// Where it stands in the text, in bytes, with the quotes.
    pub(super) place: Range<usize>,
}

impl Sign {
    /// Whether it is `c`, and means what `c` means in the grammar.
    pub(super) fn is(self, c: char) -> bool {
        !self.quoted && self.c == c
    }

    pub(super) fn is_operator(self) -> bool {
        [':', '=', '<', '>'].into_iter().any(|c| self.is(c))
    }
}

/// The text of some signs.
pub(super) fn text_of(signs: &[Sign]) -> String {
    signs.iter().map(|sign| sign.c).collect()
}

/// Cuts `text` at spaces that are not in quotes. In quotes a `\` takes the next character as it is. A quote that is not closed
/// reaches to the end: somebody still types.
pub(super) fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut open: Option<Term> = None;
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() && !quoted {
            terms.extend(open.take());
            continue;
        }
        let term = open.get_or_insert_with(|| Term { signs: Vec::new(), place: at..at });
        term.place.end = at + c.len_utf8();
        if c == '"' {
            quoted = !quoted;
            continue;
        }
        let mut sign = Sign { c, quoted, at };
        if quoted && c == '\\' {
            let Some((at, c)) = chars.next() else { break };
            term.place.end = at + c.len_utf8();
            sign = Sign { c, quoted, at };
        }
        term.signs.push(sign);
    }
    terms.extend(open);
    terms
}
