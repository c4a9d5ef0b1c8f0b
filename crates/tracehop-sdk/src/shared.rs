//! What the set-up of one signal has from that of all.

#[cfg(feature = "init")]
use std::sync::Arc;
#[cfg(feature = "init")]
use std::sync::atomic::{AtomicBool, Ordering};

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
    #[cfg(feature = "init")]
    is_ending: Arc<AtomicBool>,
}

impl Shared {
    /// The same with this resource.
    #[cfg(feature = "init")]
    pub(crate) fn with_resource(&self, resource: Resource) -> Self {
        Self { resource: Some(resource), ..self.clone() }
    }

    /// All of it is shut down, and what is lost is told of by whoever does so.
    #[cfg(feature = "init")]
    pub(crate) fn end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "init")]
    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// Warns of endpoints that were asked and have not answered, as of those that are away.
    #[cfg(feature = "init")]
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        expect(clippy::unused_self, reason = "without endpoints nobody is asked")
    )]
    pub(crate) fn tell_unanswered(&self) {
        #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
        self.outages.tell_unanswered();
    }

    /// Whether an endpoint does not take what is sent to it, or did not lately.
    #[cfg(feature = "init")]
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        expect(clippy::unused_self, reason = "without endpoints there are no outages")
    )]
    pub(crate) fn has_outage(&self) -> bool {
        #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
        return self.outages.is_any(std::time::Instant::now());
        #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
        false
    }

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
