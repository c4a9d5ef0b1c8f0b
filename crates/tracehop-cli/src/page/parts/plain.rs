//! Text from the wire, made harmless.

use std::borrow::Cow;

/// Text from the wire as a page may show it: control characters become their pictures, and what would turn the direction of the
/// text around becomes a replacement character. Markup is escaped elsewhere, by `maud`.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|char| seen(char) != char) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(seen).collect())
}

fn seen(char: char) -> char {
    match char {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        let rows = [
            ("place order", "place order"),
            ("größe 💡", "größe 💡"),
            ("a\u{1b}[31mred", "a␛[31mred"),
            ("two\nlines\0", "two␊lines␀"),
            ("abc\u{202e}fdp.exe", "abc\u{fffd}fdp.exe"),
        ];
        for (text, expected) in rows {
            assert_eq!(plain(text), expected);
        }
    }
}
