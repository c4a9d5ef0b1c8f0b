//! Which goals the rows have.

use super::transport::Row;
use crate::case::Goals;
use crate::goals::{self, Goal};
use crate::mode::Mode;

/// The goals of a row. Injecting has others on each broker, because the floor of a header differs.
pub(super) fn goals(row: Row, inject: &'static [Goal]) -> Goals {
    let (allocations, instructions): (_, &'static [Goal]) = match row {
        Row::Inject => (goals::OTHER_INJECT_ALLOCATIONS, inject),
        Row::Extract => (goals::OTHER_EXTRACT_ALLOCATIONS, goals::OTHER_EXTRACT_INSTRUCTIONS),
        Row::Send(Mode::NoSdk) => (goals::OTHER_NO_SDK_SEND_ALLOCATIONS, &[]),
        Row::Send(Mode::Unsampled) => {
            (goals::OTHER_SEND_ALLOCATIONS, goals::OTHER_UNSAMPLED_SEND_INSTRUCTIONS)
        }
        Row::Send(Mode::Sampled) => (goals::OTHER_SEND_ALLOCATIONS, goals::OTHER_SEND_INSTRUCTIONS),
        Row::Receive(Mode::NoSdk) => (goals::OTHER_NO_SDK_RECEIVE_ALLOCATIONS, &[]),
        Row::Receive(Mode::Unsampled) => {
            (goals::OTHER_UNSAMPLED_RECEIVE_ALLOCATIONS, goals::OTHER_UNSAMPLED_RECEIVE_INSTRUCTIONS)
        }
        Row::Receive(Mode::Sampled) => (goals::OTHER_RECEIVE_ALLOCATIONS, goals::OTHER_RECEIVE_INSTRUCTIONS),
    };
    Goals { allocations: Some(allocations), instructions, ..Goals::default() }
}
