//! One exporter over one protocol.

use crate::language::Language;

/// One exporter over one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) language: Language,
    /// The package that it is in.
    pub(crate) package: &'static str,
    /// As `OTEL_EXPORTER_OTLP_PROTOCOL` calls it.
    pub(crate) protocol: &'static str,
    /// As `OTEL_EXPORTER_OTLP_COMPRESSION` calls it.
    pub(crate) compression: &'static str,
}

impl Row {
    pub(crate) fn name(&self) -> String {
        let compressed =
            if self.compression == "none" { String::new() } else { format!(", {}", self.compression) };
        format!("{} {} → tracehop view, {}{compressed}", self.language.name(), self.package, self.protocol)
    }
}

/// All that are tried.
pub(crate) fn rows() -> Vec<Row> {
    use Language::{Java, Node, Python};
    let row = |(language, package, protocol, compression)| Row { language, package, protocol, compression };
    let rows = [
        (Python, "opentelemetry-exporter-otlp-proto-grpc", "grpc", "none"),
        (Python, "opentelemetry-exporter-otlp-proto-http", "http/protobuf", "gzip"),
        (Node, "@opentelemetry/exporter-trace-otlp-grpc", "grpc", "gzip"),
        (Node, "@opentelemetry/exporter-trace-otlp-proto", "http/protobuf", "none"),
        (Node, "@opentelemetry/exporter-trace-otlp-http", "http/json", "gzip"),
        (Node, "@opentelemetry/exporter-trace-otlp-http", "http/json", "none"),
        (Java, "opentelemetry-javaagent", "grpc", "gzip"),
        (Java, "opentelemetry-javaagent", "http/protobuf", "none"),
    ];
    rows.map(row).to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_exporter_is_pinned_and_every_name_is_of_one_row() {
        for row in rows() {
            let version = row.language.package(row.package).unwrap_or_default();
            assert!(
                version.starts_with(|first: char| first.is_ascii_digit()),
                "{}: {version:?}",
                row.package
            );
        }
        let names: BTreeSet<String> = rows().iter().map(Row::name).collect();
        assert_eq!(names.len(), rows().len());
    }
}
