//! Real clients against servers in processes of their own: whole hops, in several styles.
//!
//! - what is measured: `cell` (and the `Style`s that are compared in it), `telemetry` (what becomes of spans)
//! - the child: `worker` does its `task` with a `client`: `kafka`, `rabbitmq`, `nats`, `jetstream`. By hand it is done in `hand` and
//!   `spans_of_tracing`, on what `incoming` tells of a message; `clock` says what it took
//! - the parent: `measure` lets the members of a `crew` take turns on a `stage`, and makes an `outcome` of `estimate`s;
//!   `allocations` counts, and `allocators` repeats some with other allocators
//! - what is said: `table`; what is asked: `asked`

mod allocations;
mod allocators;
mod asked;
mod cell;
mod client;
mod clock;
mod crew;
mod estimate;
mod hand;
mod incoming;
mod jetstream;
mod kafka;
mod measure;
mod memory;
mod nats;
mod outcome;
mod rabbitmq;
mod spans_of_tracing;
mod stage;
mod table;
mod task;
mod telemetry;
mod worker;

pub(crate) use allocations::Allocations;
pub(crate) use allocators::{ALLOCATORS, WithAllocator};
pub(crate) use asked::judge;
pub(crate) use cell::{Broker, Cell, Direction, Pipeline, Style};
pub(crate) use crew::{Member, Took};
pub(crate) use estimate::{Estimate, ratio};
pub(crate) use measure::{Budget, measure};
pub(crate) use outcome::Outcome;
#[cfg(test)]
pub(crate) use outcome::StyleOutcome;
pub(crate) use stage::Stage;
pub(crate) use table::{render, render_allocators};
pub(crate) use task::{Task, WORKER};
pub(crate) use worker::work;
