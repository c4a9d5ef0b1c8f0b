//! Child processes that do not outlive their owner.

mod at_end;
#[cfg_attr(not(unix), path = "no_group.rs")]
mod group;
mod printed;
mod process;
mod programs;

pub(crate) use at_end::AtEnd;
pub use group::Group;
pub(crate) use process::Process;
pub(crate) use programs::{fetched, find};
