//! Makes strings of any origin safe to keep and to print.

use std::borrow::Cow;

/// How many bytes of a name are kept.
pub(crate) const MAX_NAME: usize = 256;

/// How many bytes of the value of an attribute are kept.
pub(crate) const MAX_VALUE: usize = 1_024;

/// `text`, cut at [`MAX_NAME`] without splitting a character.
pub(crate) fn bounded(text: &str) -> Box<str> {
    head(text, MAX_NAME).into()
}

/// As [`bounded`], but a static name is not copied. Most span names are static, and most strings are span names.
pub(crate) fn bounded_cow(text: Cow<'static, str>) -> Cow<'static, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(head(text, MAX_NAME)),
        Cow::Owned(text) if text.len() <= MAX_NAME => Cow::Owned(text.into_boxed_str().into_string()),
        Cow::Owned(text) => Cow::Owned(head(&text, MAX_NAME).to_owned()),
    }
}

/// The first `bytes` of a text, or less: no character is split.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let cut = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    cut.and_then(|at| text.get(..at)).unwrap_or_default()
}

/// What an allocation of so many bytes takes: allocators round up, and keep a word beside it.
pub(crate) fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

/// `text` in at most `columns` columns of one character each. If something is missing the last one is `…`.
///
/// Characters that steer a terminal (escapes, line ends, direction overrides, zero-width marks) become `�`, because a
/// span name may come from another team's program and must not move the cursor or hide the rest of the line.
pub fn fit(text: &str, columns: usize) -> String {
    let mut safe = text.chars().map(|c| if steers_terminal(c) { '\u{fffd}' } else { c });
    let mut fitted: String = safe.by_ref().take(columns).collect();
    if safe.next().is_some() && fitted.pop().is_some() {
        fitted.push('…');
    }
    fitted
}

fn steers_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// How many columns `text` takes, by the rule of [`fit`].
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// `count` in at most seven columns.
pub(crate) fn narrow(count: usize) -> String {
    if count > 999_999 { ">999999".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        let bounded = bounded(&"é".repeat(5_000));
        assert_eq!(bounded.len(), 256);
        assert!(super::bounded(&format!("a{}", "é".repeat(200))).ends_with('é'));
    }

    #[test]
    fn static_names_are_not_copied() {
        assert!(matches!(bounded_cow(Cow::Borrowed("send orders")), Cow::Borrowed("send orders")));
    }

    #[test]
    fn fitted_text_says_that_something_is_missing() {
        assert_eq!(fit("process orders", 14), "process orders");
        assert_eq!(fit("process orders", 8), "process…");
        assert_eq!(fit("", 0), "");
        assert_eq!(fit("ab", 0), "");
    }

    #[test]
    fn terminal_codes_lose_their_power() {
        assert_eq!(fit("\u{1b}[31mred\r\n\u{202e}\u{9b}x", 40), "�[31mred����x");
    }
}
