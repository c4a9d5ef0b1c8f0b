//! Names with a zero byte, which C libraries take for the name before it.

use crate::context_names::is_of_any;
use crate::input::{Message, RawHeader};
use crate::transports::{Held, Transport};

/// Such headers are what they were, whatever was done to the message, unless a whole prefix is a format's own. Of a null one librdkafka does not tell how long its name is:
/// it is not looked at here.
pub(super) fn is_whole<T: Transport>(message: &Message, headers: &T) {
    if !T::RAW_NAMES {
        return;
    }
    let has_zero = |name: &[u8]| name.contains(&0) && !is_of_any(name);
    let given = |header: &RawHeader| {
        let value = header.value().filter(|_| has_zero(&header.name))?;
        Some((header.name.clone(), Some(value.to_vec())))
    };
    let given: Vec<Held> = message.headers.iter().filter_map(given).collect();
    let mut there = headers.dump();
    there.retain(|(name, _)| has_zero(name));
    assert_eq!(there, given, "names with a zero byte are neither shortened nor removed");
}
