//! The line of an outbox row.

use tracehop::CreationContext;

use super::stored::{can_be_sent_on, can_be_stored};

/// Any text is read or refused, and what is read can be stored again and sent.
pub(crate) fn text_form(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    if let Ok(creation) = line.parse::<CreationContext>() {
        can_be_stored(&creation);
        can_be_sent_on(&creation);
    }
}
