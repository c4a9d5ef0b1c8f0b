//! The length of what is recorded.

/// The most bytes of one string that is recorded: what comes from the wire may be as long as a message.
const MAX_BYTES: usize = 1024;

/// As much of `text` as is recorded, cut between characters.
#[inline]
pub(crate) const fn bounded(text: &str) -> &str {
    if text.len() <= MAX_BYTES { text } else { cut(text) }
}

#[cold]
const fn cut(text: &str) -> &str {
    let mut end = MAX_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        for (text, len) in [
            (String::new(), 0),
            ("x".repeat(1024), 1024),
            ("x".repeat(1025), 1024),
            ("é".repeat(512), 1024),
            (format!("x{}", "é".repeat(512)), 1023),
            (format!("xx{}", "🦀".repeat(256)), 1022),
        ] {
            assert_eq!(bounded(&text), &text[..len]);
        }
    }
}
