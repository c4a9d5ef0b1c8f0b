//! Texts of somebody else in a message for a reader.

use std::fmt::Write as _;

/// Longer names and values are cut, because the wire may bring a megabyte.
const LONGEST: usize = 1000;

/// More lines than these help nobody.
const MOST_LINES: usize = 200;

/// `text` on one line: without control characters, because a line break in a name must not look like a line of the tree.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len().min(LONGEST));
    for (i, character) in text.chars().enumerate() {
        if i == LONGEST {
            printable.push('…');
            break;
        }
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// The first lines of `text`, and how many were left out.
pub(crate) fn shortened(text: &str) -> String {
    let lines = text.lines().count();
    let mut short: String = text.lines().take(MOST_LINES).flat_map(|line| [line, "\n"]).collect();
    if lines > MOST_LINES {
        let _ = writeln!(short, "… and {} lines more", lines - MOST_LINES);
    }
    short
}

/// Each text on a line of its own, moved to the right. There are not too many.
pub(crate) fn indented<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let lines = texts.into_iter().fold(String::new(), |lines, text| lines + "    " + text.as_ref() + "\n");
    shortened(&lines)
}

/// `1 span`, `2 spans`
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
