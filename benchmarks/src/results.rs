//! All that was found out, as it is written for other programs.

use serde::Serialize;

use crate::clients::{Allocations, Outcome, WithAllocator};
use crate::machine::Machine;
use crate::peers::Peer;
use crate::scale::Scale;
use crate::table::Row;
use crate::tail::Found;
use crate::verdict::Judged;

#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) is_quick: bool,
    pub(crate) without_a_broker: Vec<Row>,
    pub(crate) clients: Vec<Outcome>,
    pub(crate) allocations: Allocations,
    pub(crate) allocators: Vec<WithAllocator>,
    pub(crate) scale: Vec<Scale>,
    pub(crate) tail: Vec<Found>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) goals: Vec<Judged>,
}
