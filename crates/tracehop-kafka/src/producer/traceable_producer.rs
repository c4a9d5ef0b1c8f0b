//! Which producers can be traced, and what the compiler says of the others.

use tracehop::MessagingTracer;

/// A [`BaseProducer`](rdkafka::producer::BaseProducer) or [`ThreadedProducer`](rdkafka::producer::ThreadedProducer), also in
/// an [`Arc`](std::sync::Arc), that was made with a [`TracedProducerContext`](crate::TracedProducerContext).
///
/// Such a client reports deliveries to its context alone, and that cannot be changed later. One that was made with another
/// context cannot be traced, because nobody would end the spans of its messages:
///
/// ```compile_fail
/// # use rdkafka::{ClientConfig, producer::{DefaultProducerContext, ThreadedProducer}};
/// # use tracehop_kafka::{IntoTraced, MessagingTracer};
/// # fn f(config: ClientConfig, tracer: MessagingTracer) -> Result<(), rdkafka::error::KafkaError> {
/// let producer: ThreadedProducer<DefaultProducerContext> = config.create()?;
/// producer.traced(&tracer);
/// # Ok(())
/// # }
/// ```
///
/// The shortest form that works is `config.create::<TracedThreadedProducer>()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be traced: its delivery reports go to its own context, where no span would end",
    label = "not made with a `TracedProducerContext`",
    note = "let `config.create::<TracedThreadedProducer>()` or `config.create::<TracedBaseProducer>()` make it",
    note = "or give it a traced context: `config.create_with_context(TracedProducerContext::new(context))`"
)]
pub trait TraceableProducer {
    /// The wrapper.
    type Traced;

    #[doc(hidden)]
    fn trace(self, tracer: &MessagingTracer) -> Self::Traced;
}
