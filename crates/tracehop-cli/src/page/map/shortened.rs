//! Names in a drawing, where nothing clips them.

use crate::page::parts::named;

/// A name that takes so many columns at most. One that is too long keeps its end too: there names differ.
pub(super) fn shortened(name: &str, most: usize) -> String {
    let name = named(name);
    if columns(&name) <= most {
        return name.into_owned();
    }
    let room = most.saturating_sub(1);
    let tail = room * 2 / 5;
    let head = fitting(name.chars(), room - tail);
    let end: Vec<char> = fitting(name.chars().rev(), tail).chars().rev().collect();
    head.chars().chain(['…']).chain(end).collect()
}

/// How many columns a text takes: most letters of East Asia are twice as wide.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(char: char) -> usize {
    match char {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

fn fitting(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut taken = 0;
    let fits = |char: &char| {
        taken += columns_of(*char);
        taken <= room
    };
    chars.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_begin_and_its_end() {
        let rows = [
            ("orders", 16, "orders"),
            ("payments-eu-west", 16, "payments-eu-west"),
            ("payments-europe-west-1", 16, "payments-…west-1"),
            ("warehouse-handlers", 12, "warehou…lers"),
            ("注文キュー注文キュー", 12, "注文キ…ュー"),
            ("", 12, "(no name)"),
        ];
        for (name, most, expected) in rows {
            assert_eq!(shortened(name, most), expected);
            assert!(columns(&shortened(name, most)) <= most);
        }
        assert_eq!(columns(&shortened(&"x".repeat(10_000), 12)), 12);
    }
}
