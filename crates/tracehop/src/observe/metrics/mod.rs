//! The conventions' metrics of messaging, and the project's own: how long messages waited, and how contexts fare.
//!
//! What is counted is counted in atomics of a [`Series`], which is found with the route of an operation, and is told to the
//! meter when it collects. Only durations go to the meter at once.

mod instruments;
mod messaging_metrics;
mod metered;
mod recorder;
mod series;
mod series_table;
mod source;

pub use messaging_metrics::MessagingMetrics;
pub(crate) use metered::Metered;
pub(crate) use series::Series;
pub(crate) use source::Metrics;
