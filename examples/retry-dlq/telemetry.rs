//! OpenTelemetry, as each service would set it up for itself.

use anyhow::Context;
use tokio::task::JoinSet;
use tracehop::MessagingTracer;
use tracehop_sdk::{JourneyExporter, Traces, TracesError};

use crate::payment_error::PaymentError;

/// Spans go to the collector there. Without it they go nowhere.
pub(crate) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The traces of the services. They share the journeys: three services in one process are an example's privilege.
pub(crate) struct Services {
    pub(crate) shop: Traces,
    pub(crate) payments: Traces,
    pub(crate) support: Traces,
    pub(crate) journeys: JourneyExporter,
}

impl Services {
    /// `variables` are those of the environment.
    pub(crate) fn set_up(
        variables: impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static,
    ) -> Result<Self, TracesError> {
        let journeys = JourneyExporter::new();
        let service = |name| traces(name, journeys.clone(), variables.clone());
        let [shop, payments, support] = [service("shop")?, service("payments")?, service("support")?];
        Ok(Self { shop, payments, support, journeys })
    }

    /// Sends what is left.
    pub(crate) async fn shut_down(self) -> anyhow::Result<()> {
        let services = [("shop", self.shop), ("payments", self.payments), ("support", self.support)];
        // It blocks. At once, because each waits for some seconds if the collector is away.
        let mut shutting_down = JoinSet::new();
        for (name, traces) in services {
            shutting_down.spawn_blocking(move || {
                traces.shutdown().with_context(|| format!("not all spans of {name} could be exported"))
            });
        }
        shutting_down.join_all().await.into_iter().collect()
    }
}

/// The tracer for the clients of a service.
pub(crate) fn tracer(service: &Traces) -> MessagingTracer {
    service.messaging_tracer_builder().error_type(PaymentError::code).build()
}

fn traces(
    name: &str,
    journeys: JourneyExporter,
    variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> Result<Traces, TracesError> {
    let is_exported = variables(ENDPOINT).is_some_and(|endpoint| !endpoint.is_empty());
    Traces::builder(name)
        .provider_settings(|provider| provider.with_simple_exporter(journeys))
        .variables(move |variable| match variable {
            "OTEL_TRACES_EXPORTER" if !is_exported => Some("none".to_owned()),
            _ => variables(variable),
        })
        .build()
}
