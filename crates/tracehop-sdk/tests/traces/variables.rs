//! Variables in place of the process's, and what every test starts from.

use opentelemetry_sdk::trace::InMemorySpanExporter;
use tracehop_sdk::{Traces, TracesBuilder};

type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// A look-up of these variables and no others.
pub(crate) fn variables(all: &[(&str, &str)]) -> Lookup {
    let all: Vec<(String, String)> =
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Box::new(move |name| all.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
}

/// Settings with these variables, and an exporter that keeps what it gets.
pub(crate) fn kept(all: &[(&str, &str)]) -> (TracesBuilder, InMemorySpanExporter) {
    let exporter = InMemorySpanExporter::default();
    (Traces::builder("orders").variables(variables(all)).exporter(exporter.clone()), exporter)
}
