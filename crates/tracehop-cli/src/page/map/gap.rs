//! What is said where somebody is not traced.

use tracehop_journey::Gap;

/// On an arrow.
pub(super) fn short(gap: Gap) -> &'static str {
    match gap {
        Gap::NoContext => "no context",
        _ => "no send",
    }
}

/// In a table.
pub(super) fn words(gap: Gap) -> &'static str {
    match gap {
        Gap::NoContext => "its messages carry no context",
        _ => "no send of its messages is known",
    }
}
