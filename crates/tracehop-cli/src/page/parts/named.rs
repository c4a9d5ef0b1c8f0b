//! Names from the wire, so that each can be seen.

use std::borrow::Cow;

use maud::{Markup, html};

use super::plain::plain;

/// Longer names may not fit where they stand: the whole one is where the pointer rests.
const FITS: usize = 24;

/// A name as a page shows it. One that is empty would not be seen, nor would the blanks with which one begins or ends.
pub(crate) fn named(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        return Cow::Borrowed("(no name)");
    }
    let shown = plain(name);
    let inner = shown.trim();
    if inner.len() == shown.len() {
        return shown;
    }
    let start = shown.len() - shown.trim_start().len();
    let signs = |blanks: &str| blanks.chars().map(|_| '␣').collect::<String>();
    let (before, rest) = shown.split_at_checked(start).unwrap_or(("", &shown));
    let (inner, after) = rest.split_at_checked(inner.len()).unwrap_or((rest, ""));
    Cow::Owned(format!("{}{inner}{}", signs(before), signs(after)))
}

/// A name that is cut where there is no room for it.
pub(crate) fn clipped(name: &str) -> Markup {
    html! { span.clip title=[whole(name)] { (named(name)) } }
}

/// The whole name, if it may be cut.
pub(super) fn whole(name: &str) -> Option<Cow<'_, str>> {
    name.chars().nth(FITS).map(|_| named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_can_be_seen() {
        let rows = [
            ("", "(no name)"),
            ("   ", "␣␣␣"),
            ("\u{a0}", "␣"),
            (" orders\n", "␣orders␊"),
            ("c  ", "c␣␣"),
            (" \u{3000}a b\u{a0}", "␣␣a b␣"),
            ("\r\n", "␍␊"),
            ("orders", "orders"),
        ];
        for (name, expected) in rows {
            assert_eq!(named(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_whole_where_the_pointer_rests() {
        let long = "orders-".repeat(4);
        assert_eq!(
            clipped(&long).into_string(),
            format!("<span class=\"clip\" title=\"{long}\">{long}</span>")
        );
        assert_eq!(clipped("orders").into_string(), "<span class=\"clip\">orders</span>");
    }
}
