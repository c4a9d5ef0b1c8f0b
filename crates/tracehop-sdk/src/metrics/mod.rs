//! A meter provider that is set up: resource, reader and exporter. The `builder` puts it together, `output` is where metrics go to.

mod builder;
mod metrics;
mod output;

pub use builder::MetricsBuilder;
pub use metrics::Metrics;
