//! What the set-up of one signal has from that of all.

use opentelemetry_sdk::Resource;

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use crate::OtlpExporterBuilder;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use crate::otlp::Outages;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
use crate::otlp::Signal;
use crate::variables::{Lookup, resource_of_variables};

/// What signals that are set up together share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    /// In place of what the variables say.
    resource: Option<Resource>,
    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    outages: Outages,
}

impl Shared {
    /// What is known of the service before anything that is said in code.
    pub(crate) fn resource(&self, lookup: &Lookup) -> Resource {
        self.resource.clone().unwrap_or_else(|| resource_of_variables(lookup))
    }

    /// Settings of an exporter as the variables describe it.
    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    pub(crate) fn otlp(&self, signal: Signal, lookup: &Lookup) -> OtlpExporterBuilder {
        let builder = OtlpExporterBuilder::of(signal, self.outages.clone());
        builder.variables(|name| lookup.raw(name))
    }
}
