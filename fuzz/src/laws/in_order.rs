//! Comparing the headers of messages.

use crate::transports::{Held, Transport};

/// The headers in their order, if it means something; that of the values of one name always does.
pub(super) fn in_order<T: Transport>(headers: &[Held]) -> Vec<Held> {
    let mut headers = headers.to_vec();
    if !T::ORDERED {
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    headers
}
