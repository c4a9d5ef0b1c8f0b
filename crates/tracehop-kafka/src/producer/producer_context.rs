//! The producer context that ends spans with the delivery report.

use std::error::Error;
use std::mem;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use rdkafka::Statistics;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, Partitioner, ProducerContext};

use super::in_flight::InFlight;

/// A producer context around the user's own.
///
/// `BaseProducer` and `ThreadedProducer` report deliveries to their context and to nobody else, so the context has to be
/// there from the start:
///
/// ```no_run
/// # use rdkafka::{ClientConfig, producer::{BaseRecord, DefaultProducerContext, ThreadedProducer}};
/// # use tracehop_kafka::{IntoTraced, MessagingTracer, TracedProducerContext};
/// # fn f(config: ClientConfig, tracer: MessagingTracer) -> Result<(), rdkafka::error::KafkaError> {
/// let context = TracedProducerContext::new(DefaultProducerContext);
/// let producer: ThreadedProducer<_> = config.create_with_context(context)?;
/// let producer = producer.traced(&tracer);
/// producer.send(BaseRecord::to("orders").key("ord_42").payload("{}")).map_err(|(error, _)| error)?;
/// # Ok(())
/// # }
/// ```
///
/// Everything goes on to the user's context; a delivery report ends the span first.
///
/// The user's [`delivery`](ProducerContext::delivery) runs in the context that was current when the message was sent, on
/// whichever thread it is called: what it sends is a sibling of the send it is told of. The span that was current then has
/// often ended since, so it is the parent of new spans, but cannot be written to.
#[derive(Clone, Debug, Default)]
pub struct TracedProducerContext<C>(C);

impl<C> TracedProducerContext<C> {
    /// Wraps the user's own context.
    pub fn new(context: C) -> Self {
        Self(context)
    }

    /// The user's own context.
    pub fn inner(&self) -> &C {
        &self.0
    }
}

/// What travels with a message to its delivery report: the span, what was current at the send, and the user's own opaque.
#[derive(Debug)]
pub struct TracedOpaque<D> {
    pub(super) in_flight: InFlight,
    pub(super) sender: Context,
    pub(super) opaque: D,
}

/// What is current, for a delivery report to run in.
///
/// It does not keep the current span itself: many spans end when the last context that holds them is dropped, and would
/// last until the broker answers.
pub(super) fn sender() -> Context {
    Context::map_current(|current| {
        if current.has_active_span() {
            current.with_remote_span_context(current.span().span_context().clone())
        } else {
            current.clone()
        }
    })
}

impl<C, Part> ProducerContext<Part> for TracedProducerContext<C>
where
    C: ProducerContext<Part>,
    Part: Partitioner,
{
    type DeliveryOpaque = Box<TracedOpaque<C::DeliveryOpaque>>;

    fn delivery(&self, result: &DeliveryResult<'_>, mut opaque: Self::DeliveryOpaque) {
        // Attached before the opaque is taken apart, so that whatever happens its destructor runs in there too.
        let _attached = mem::take(&mut opaque.sender).attach();
        let TracedOpaque { in_flight, opaque, .. } = *opaque;
        match result {
            Ok(message) => in_flight.delivered(message.partition(), message.offset()),
            Err((error, _)) => in_flight.lost(error),
        }
        self.0.delivery(result, opaque);
    }

    fn get_custom_partitioner(&self) -> Option<&Part> {
        self.0.get_custom_partitioner()
    }
}

impl<C: ClientContext> ClientContext for TracedProducerContext<C> {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = C::ENABLE_REFRESH_OAUTH_TOKEN;

    fn log(&self, level: RDKafkaLogLevel, fac: &str, log_message: &str) {
        self.0.log(level, fac, log_message);
    }

    fn stats(&self, statistics: Statistics) {
        self.0.stats(statistics);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.0.stats_raw(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }

    fn generate_oauth_token(&self, oauthbearer_config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.generate_oauth_token(oauthbearer_config)
    }
}
