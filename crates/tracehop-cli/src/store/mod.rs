//! What came in, and the journeys that it makes.
//!
//! One thread owns the index. Whoever takes spans in gives them to a bounded queue, and never waits; whoever looks gets a snapshot
//! of the list, and the spans of one journey by reference.

mod config;
mod counts;
mod full;
mod keeper;
mod log_lines;
mod open_journey;
mod queue;
mod snapshot;
mod store;

pub use config::StoreConfig;
pub use counts::StoreCounts;
pub use full::Full;
pub use open_journey::OpenJourney;
pub use snapshot::Snapshot;
pub use store::Store;
