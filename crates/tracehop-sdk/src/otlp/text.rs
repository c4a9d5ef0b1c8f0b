/// The characters that a foreign text may add to a message of ours.
const LONGEST: usize = 200;

/// A text from elsewhere as part of a message: on one line, and short.
pub(super) fn bounded(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut bounded: String = text.chars().take(LONGEST).map(shown).collect();
    if text.chars().nth(LONGEST).is_some() {
        bounded.push('…');
    }
    bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_elsewhere_is_short_and_on_one_line() {
        assert_eq!(bounded("bad\nspan\u{1b}[31m"), "bad\u{fffd}span\u{fffd}[31m");
        assert_eq!(bounded(&"☕".repeat(200)), "☕".repeat(200));
        assert_eq!(bounded(&"☕".repeat(201)), "☕".repeat(200) + "…");
    }
}
