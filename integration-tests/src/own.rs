//! Brokers that a test may break.

use tracehop_brokers::{Broker, Source, Start};

/// A broker of the test's own, from where the others come from in this run.
pub fn own(broker: Broker) -> Start {
    let source = std::env::var(broker.source_variable()).ok().and_then(|name| name.parse().ok());
    let start = tracehop_brokers::broker(broker).owned();
    match source {
        Some(Source::Docker) => start.source(Source::Docker),
        // One that is given may be somebody's.
        Some(_) => start.source(Source::Native),
        None => start,
    }
}
