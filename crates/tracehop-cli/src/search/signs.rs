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
    /// Whether it is no character, but a text in quotes that has none: `""`. Such a sign is an alternative of its own.
    pub(super) is_empty: bool,
}

/// What stands between spaces.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Without the quotes.
    pub(super) signs: Vec<Sign>,
    /// Where it stands in the text, in bytes, with the quotes.
    pub(super) place: Range<usize>,
    /// Whether a quote is open at its end.
    pub(super) is_unclosed: bool,
}

impl Sign {
    pub(super) fn new(c: char, quoted: bool, at: usize) -> Self {
        Self { c, quoted, at, is_empty: false }
    }

    fn empty(at: usize) -> Self {
        Self { c: '"', quoted: true, at, is_empty: true }
    }

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
    signs.iter().filter(|sign| !sign.is_empty).map(|sign| sign.c).collect()
}

/// Cuts `text` at spaces that are not in quotes. In quotes a `\` takes the next character as it is. A quote that is not closed
/// reaches to the end: somebody still types.
pub(super) fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut open: Option<Term> = None;
    let mut quoted = false;
    let mut last_quote = 0;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() && !quoted {
            terms.extend(open.take());
            continue;
        }
        let term = open.get_or_insert_with(|| Term { signs: Vec::new(), place: at..at, is_unclosed: false });
        term.place.end = at + c.len_utf8();
        if c == '"' {
            if quoted && last_quote + 1 == at {
                term.signs.push(Sign::empty(last_quote));
            }
            quoted = !quoted;
            term.is_unclosed = quoted;
            last_quote = at;
            continue;
        }
        let mut sign = Sign::new(c, quoted, at);
        if quoted && c == '\\' {
            let Some((at, c)) = chars.next() else { break };
            term.place.end = at + c.len_utf8();
            sign = Sign::new(c, quoted, at);
        }
        term.signs.push(sign);
    }
    terms.extend(open);
    for term in &mut terms {
        term.signs = without_needless_empties(&term.signs);
    }
    terms
}

/// An empty text means something where a value is expected and nothing else stands: `a:""`, `a:b,""`.
fn without_needless_empties(signs: &[Sign]) -> Vec<Sign> {
    let is_comma = |sign: &Sign| sign.is(',');
    let mut kept: Vec<Sign> = Vec::with_capacity(signs.len());
    for (place, sign) in signs.iter().enumerate() {
        let is_first = kept.last().is_some_and(|last| last.is_operator() || is_comma(last));
        let is_last = signs.get(place + 1).is_none_or(is_comma);
        if !sign.is_empty || is_first && is_last {
            kept.push(*sign);
        }
    }
    kept
}
