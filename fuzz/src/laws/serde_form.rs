//! The serde form.

use tracehop::CreationContext;

use super::stored::{can_be_sent_on, can_be_stored};

/// Any JSON is read or refused, and what is read can be stored again and sent.
pub(crate) fn serde_form(bytes: &[u8]) {
    if let Ok(creation) = serde_json::from_slice::<CreationContext>(bytes) {
        can_be_stored(&creation);
        can_be_sent_on(&creation);
    }
}
