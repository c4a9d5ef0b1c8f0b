//! A text with wildcards.

use std::fmt::{self, Write};

use super::signs::Sign;

/// A text in which `*` stands for anything. Upper and lower case of ASCII letters are the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    /// What must stand there; between two parts there may be anything.
    parts: Box<[Box<str>]>,
}

impl Pattern {
    /// A `*` in quotes is only itself.
    pub(super) fn of(signs: &[Sign]) -> Self {
        let mut parts = vec![String::new()];
        for sign in signs.iter().filter(|sign| !sign.is_empty) {
            if sign.is('*') {
                parts.push(String::new());
            } else if let Some(last) = parts.last_mut() {
                last.push(sign.c);
            }
        }
        // `**` is the same as `*`.
        let ends = [0, parts.len() - 1];
        let mut place = 0..;
        parts.retain(|part| place.next().is_some_and(|place| ends.contains(&place)) || !part.is_empty());
        Self { parts: parts.into_iter().map(Into::into).collect() }
    }

    /// A pattern as a configuration writes it: every `*` stands for anything.
    pub(crate) fn plain(text: &str) -> Self {
        let sign = |(at, c)| Sign::new(c, false, at);
        Self::of(&text.char_indices().map(sign).collect::<Vec<_>>())
    }

    /// Whether only an empty text is like this.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&*self.parts, [only] if only.is_empty())
    }

    /// Whether the whole of `text` is like this.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        match &*self.parts {
            [] => false,
            [only] => text.eq_ignore_ascii_case(only.as_bytes()),
            [first, middle @ .., last] => {
                let rest = strip_start(text, first.as_bytes());
                let rest = rest.and_then(|rest| strip_end(rest, last.as_bytes()));
                rest.is_some_and(|rest| follow_in(rest, middle))
            }
        }
    }

    /// Whether a part of `text` is like this.
    pub(super) fn is_in(&self, text: &str) -> bool {
        follow_in(text.as_bytes(), &self.parts)
    }
}

/// Whether `parts` stand in `text` one after the other. The first place of each is as good as any.
fn follow_in(text: &[u8], parts: &[Box<str>]) -> bool {
    let mut rest = text;
    parts.iter().all(|part| {
        let found = after(rest, part.as_bytes());
        rest = found.unwrap_or_default();
        found.is_some()
    })
}

/// What comes after the first place of `part` in `text`.
fn after<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let Some(first) = part.first() else { return Some(text) };
    let starts = text.iter().enumerate().filter(|(_, c)| c.eq_ignore_ascii_case(first));
    starts.into_iter().find_map(|(at, _)| strip_start(text.get(at..)?, part))
}

fn strip_start<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(part.len())?;
    start.eq_ignore_ascii_case(part).then_some(rest)
}

fn strip_end<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(part.len())?)?;
    end.eq_ignore_ascii_case(part).then_some(rest)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str(&quoted(""));
        }
        for (place, part) in self.parts.iter().enumerate() {
            if place > 0 {
                f.write_char('*')?;
            }
            if !part.is_empty() {
                f.write_str(&quoted(part))?;
            }
        }
        Ok(())
    }
}

/// `text` as it must be written in a search to be only itself.
pub(super) fn quoted(text: &str) -> String {
    let means = |c: char| c.is_whitespace() || matches!(c, '"' | '\\' | '*' | ',' | ':' | '=' | '<' | '>');
    if !text.is_empty() && !text.starts_with('-') && !text.contains(means) {
        return text.to_owned();
    }
    let escaped = text.chars().flat_map(|c| matches!(c, '"' | '\\').then_some('\\').into_iter().chain([c]));
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_anything() {
        for (pattern, text, whole, part) in [
            ("orders", "orders", true, true),
            ("orders", "ORDERS", true, true),
            ("orders", "my-orders", false, true),
            ("*", "", true, true),
            ("*", "orders", true, true),
            ("or*", "orders", true, true),
            ("*ers", "orders", true, true),
            ("o*d*s", "orders", true, true),
            ("o*d*x", "orders", false, false),
            ("o**s", "orders", true, true),
            ("orders*orders", "orders", false, false),
            ("ord*ders", "orders", false, false),
            ("*.dlq", "orders.dlq", true, true),
            ("é*", "École", false, false),
            ("é*", "école", true, true),
            ("", "orders", false, true),
        ] {
            let pattern = Pattern::plain(pattern);
            assert_eq!(pattern.matches(text), whole, "{pattern} is {text}");
            assert_eq!(pattern.is_in(text), part, "{pattern} in {text}");
        }
    }
}
