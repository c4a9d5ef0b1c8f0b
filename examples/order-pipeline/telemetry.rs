//! OpenTelemetry, as each service would set it up for itself.

use anyhow::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracehop::MessagingTracer;
use tracehop_sdk::JourneyExporter;

use crate::payment_error::PaymentError;

/// What one service needs.
pub(crate) struct Service {
    /// For spans of its own.
    pub(crate) tracer: SdkTracer,
    /// For its messages.
    pub(crate) messaging: MessagingTracer,
}

/// The services' tracer providers. They share the journeys: three services in one process are an example's privilege.
pub(crate) struct Telemetry {
    providers: Vec<(&'static str, SdkTracerProvider)>,
    journeys: JourneyExporter,
}

impl Telemetry {
    pub(crate) fn install(services: [&'static str; 3]) -> anyhow::Result<Self> {
        let journeys = JourneyExporter::new();
        let provider = |service| anyhow::Ok((service, provider(service, &journeys)?));
        let providers = services.into_iter().map(provider).collect::<Result<_, _>>()?;
        Ok(Self { providers, journeys })
    }

    pub(crate) fn service(&self, name: &str) -> Service {
        let known = self.providers.iter().find(|(service, _)| *service == name);
        let provider = known.map_or_else(SdkTracerProvider::default, |(_, provider)| provider.clone());
        Service {
            tracer: provider.tracer("order-pipeline"),
            messaging: MessagingTracer::builder()
                .tracer_provider(provider)
                .error_type(PaymentError::code)
                .on_problem(|problem| eprintln!("a message's headers: {problem}"))
                .build(),
        }
    }

    /// Sends what is left, and hands over the journeys.
    pub(crate) fn finish(self) -> anyhow::Result<JourneyExporter> {
        for (service, provider) in self.providers {
            provider.shutdown().with_context(|| format!("not all spans of {service} could be exported"))?;
        }
        Ok(self.journeys)
    }
}

fn provider(service: &'static str, journeys: &JourneyExporter) -> anyhow::Result<SdkTracerProvider> {
    let mut builder = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name(service).build())
        .with_simple_exporter(journeys.clone());
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
        builder = builder.with_batch_exporter(SpanExporter::builder().with_http().build()?);
    }
    Ok(builder.build())
}
