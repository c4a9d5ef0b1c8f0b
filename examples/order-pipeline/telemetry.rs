//! OpenTelemetry, as each service would set it up for itself.

use std::io::{self, Write};

use anyhow::Context;
use tokio::task::JoinSet;
use tracehop_sdk::{InitError, JourneyExporter, Telemetry};

use crate::payment_error::PaymentError;

/// Traces, metrics and logs go to the collector there. Without it they go nowhere.
pub(crate) const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The telemetry of the services. They share the journeys: three services in one process are an example's privilege.
pub(crate) struct Services {
    pub(crate) orders: Telemetry,
    pub(crate) payments: Telemetry,
    pub(crate) shipping: Telemetry,
    pub(crate) journeys: JourneyExporter,
}

impl Services {
    /// `variables` are those of the environment. The lines of the logs are written to the standard error, if they are to be seen.
    pub(crate) fn set_up(
        shows_logs: bool,
        variables: impl Fn(&str) -> Option<String> + Clone + Send + Sync + 'static,
    ) -> Result<Self, InitError> {
        let journeys = JourneyExporter::new();
        let service = |name| service(name, journeys.clone(), shows_logs, variables.clone());
        let [orders, payments, shipping] = [service("orders")?, service("payments")?, service("shipping")?];
        Ok(Self { orders, payments, shipping, journeys })
    }

    /// Sends what is left.
    pub(crate) async fn shut_down(self) -> anyhow::Result<()> {
        let services = [("orders", self.orders), ("payments", self.payments), ("shipping", self.shipping)];
        // It blocks. At once, because each waits for some seconds if the collector is away.
        let mut shutting_down = JoinSet::new();
        for (name, service) in services {
            shutting_down.spawn_blocking(move || {
                service.shutdown().with_context(|| format!("not all telemetry of {name} could be exported"))
            });
        }
        shutting_down.join_all().await.into_iter().collect()
    }
}

/// A service of your own says `tracehop_sdk::init("orders")`. It is the only one in its process, and needs no journeys.
fn service(
    name: &str,
    journeys: JourneyExporter,
    shows_logs: bool,
    variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> Result<Telemetry, InitError> {
    let is_exported = variables(ENDPOINT).is_some_and(|endpoint| !endpoint.is_empty());
    Telemetry::builder(name)
        .traces(|traces| traces.provider_settings(|provider| provider.with_simple_exporter(journeys)))
        .messaging(|tracer| {
            let tracer = tracer.error_type(PaymentError::code);
            tracer.on_problem(|problem| eprintln!("a message's headers: {problem}"))
        })
        .log_writer(move || -> Box<dyn Write> {
            if shows_logs { Box::new(io::stderr()) } else { Box::new(io::sink()) }
        })
        .variables(move |variable| match variable {
            "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER" if !is_exported => {
                Some("none".to_owned())
            }
            _ => variables(variable),
        })
        .build()
}
