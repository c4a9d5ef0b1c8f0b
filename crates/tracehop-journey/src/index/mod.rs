//! Spans as they come → journeys, within bounds of memory.

mod begin;
mod bounds;
mod dropped;
mod index;
mod pending;
mod refresh;
mod refs;
mod rows;
mod slots;
mod sources;
mod traces;
mod walk;

pub use bounds::Bounds;
pub use dropped::Dropped;
pub use index::Index;
pub use walk::Walked;
