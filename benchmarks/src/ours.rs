//! tracehop's side of every measurement that needs no client: the one place that calls the library's public API, beside
//! `kafka/traced.rs`.

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::SpanContext;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use rdkafka::message::{Message, OwnedHeaders, OwnedMessage};
use tracehop::{
    Carrier, CarrierMut, ClientFacts, ClientTracer, Correlation, Describe, Destination, Format, Inbound,
    MessageAttributes, MessagePropagator, MessagingMetrics, MessagingTracer, Policies, Policy, Received,
    TracingBridge,
};
use tracehop_kafka::{Kafka, KafkaHeaders, KafkaHeadersMut};

use crate::fickle::Fickle;

/// The handle of the application.
pub(crate) type Tracer = MessagingTracer;

/// What `Received` adds to the client's message.
pub(crate) const RECEIVED_BYTES: usize = size_of::<Received<(), Kafka>>();

/// The default tracer, with this provider or with the global one, of which there is none here.
pub(crate) fn tracer(provider: Option<&SdkTracerProvider>) -> Tracer {
    match provider {
        Some(provider) => Tracer::builder().tracer_provider(provider.clone()).build(),
        None => Tracer::global(),
    }
}

/// The tracer with what can be turned on to save work: no span under an unsampled parent, and links without attributes.
pub(crate) fn thrifty(provider: &SdkTracerProvider) -> Tracer {
    let builder = Tracer::builder().tracer_provider(provider.clone());
    builder.trust_unsampled(true).plain_batch_links(true).build()
}

/// The messages of a batch have no spans of their own.
pub(crate) fn collapsing(provider: &SdkTracerProvider) -> Tracer {
    Tracer::builder().tracer_provider(provider.clone()).create_spans(false).build()
}

/// A batch has so many links.
pub(crate) fn linking(provider: &SdkTracerProvider, most: usize) -> Tracer {
    Tracer::builder().tracer_provider(provider.clone()).max_batch_links(most).build()
}

/// The default tracer, and what an application turned on beside it.
pub(crate) fn with(provider: Option<&SdkTracerProvider>, feature: &Feature) -> Tracer {
    let builder = match provider {
        Some(provider) => Tracer::builder().tracer_provider(provider.clone()),
        None => Tracer::builder(),
    };
    let metrics = |meters: &SdkMeterProvider| MessagingMetrics::of(meters).bound_instruments(false);
    match feature {
        Feature::Metrics(meters) => builder.metrics(metrics(meters)),
        Feature::BoundMetrics(meters) => builder.metrics(MessagingMetrics::of(meters)),
        Feature::QueueTimes(meters) => builder.metrics(MessagingMetrics::of(meters).queue_times(true)),
        Feature::Policies => builder.policies(policies(Policy::new().correlation(Correlation::Nest))),
        Feature::HeaderPolicies => builder.policies(policies(Policy::new().baggage_in(["tenant"]))),
        Feature::Hook => builder.on_span(|span, _| span.set_attribute("tenant", "a")),
        Feature::Filter => builder.filter(|message| message.destination() != Some("heartbeats")),
        Feature::SpanName => builder.span_name(|_| Some("handle".into())),
        Feature::Bridge(bridge) => builder.tracing_bridge(bridge.clone()),
        Feature::CapturedHeader => builder.capture_headers(["traceparent"]),
    }
    .build()
}

/// Ten patterns, of which the last one matches.
fn policies(policy: Policy) -> Policies {
    let others = (0..9).fold(Policies::new(), |policies, number| {
        policies.on(format!("others.{number}.*"), Policy::new().settle_spans(false))
    });
    others.on("*", policy)
}

/// What an application can turn on.
pub(crate) enum Feature {
    Metrics(SdkMeterProvider),
    BoundMetrics(SdkMeterProvider),
    QueueTimes(SdkMeterProvider),
    Policies,
    HeaderPolicies,
    Hook,
    Filter,
    SpanName,
    CapturedHeader,
    Bridge(TracingBridge),
}

/// The tracer of an application that says that it has no SDK.
pub(crate) fn silent() -> Tracer {
    Tracer::builder().tracer_provider(NoopTracerProvider::new()).build()
}

/// The tracer of an application whose provider comes and goes.
pub(crate) fn fickle(provider: Fickle) -> Tracer {
    Tracer::builder().tracer_provider(provider).build()
}

/// A client of which the same is known as of the service that does it by hand.
pub(crate) struct Client(ClientTracer<Kafka>);

/// A message that was got.
pub(crate) type Got<'m> = Received<Borrowed<'m>, Kafka>;

impl Client {
    pub(crate) fn new(tracer: &Tracer) -> Self {
        let facts =
            ClientFacts::default().client_id("checkout-1").consumer_group("checkout").server("kafka-1", 9092);
        Self(ClientTracer::new(tracer, facts))
    }

    /// A send that succeeds at once.
    pub(crate) fn send(&self, topic: &str, partition: i32, headers: &mut Option<OwnedHeaders>) {
        self.0.send(&Record { topic, partition }, &mut KafkaHeadersMut::new(headers)).end();
    }

    /// So many sends with one call, which succeed at once.
    pub(crate) fn send_all(
        &self,
        topic: &str,
        partition: i32,
        count: u32,
        sent: impl Fn(Option<OwnedHeaders>),
    ) {
        let mut batch = self.0.send_batch((0..count).map(|_| Record { topic, partition }));
        for _ in 0..count {
            let mut headers = None;
            batch.add(&Record { topic, partition }, &mut KafkaHeadersMut::new(&mut headers)).end();
            sent(headers);
        }
        batch.end();
    }

    pub(crate) fn receive<'m>(&self, message: &'m OwnedMessage) -> Got<'m> {
        self.0.received(Borrowed(message))
    }

    /// What reading a message's header costs without remembering the message.
    pub(crate) fn extract(&self, message: &OwnedMessage) -> impl Sized + use<> {
        self.0.tracer().extract(&Inbound::<Kafka>::carrier(message))
    }

    /// A settlement that succeeds at once.
    pub(crate) fn settle(&self, message: &OwnedMessage) {
        let creation = || {
            let headers = Inbound::<Kafka>::carrier(message);
            self.0.tracer().propagator().extract(&headers).creation
        };
        self.0.settle("commit", &Inbound::<Kafka>::info(message), creation).end();
    }

    /// One span for all of them.
    pub(crate) fn process_batch<T>(&self, batch: &[Got<'_>], handler: impl FnOnce() -> T) -> T {
        let span = self.0.process_batch(batch);
        let result = span.in_scope(handler);
        span.finish(&());
        result
    }
}

/// The span around the handling of one message.
pub(crate) fn process<T>(got: &Got<'_>, handler: impl FnOnce(&OwnedMessage) -> T) -> T {
    let span = got.start_process();
    let result = span.in_scope(|| handler(got.0));
    span.finish(&());
    result
}

/// The same for a handler that fails, and a fallback that takes care of it.
pub(crate) fn process_or(got: &Got<'_>) -> Option<Result<(), String>> {
    got.process_or(async { Err("card declined") }, async |_| Ok(())).now_or_never()
}

/// A send that follows from a message after its handler.
pub(crate) fn follow_up<T>(got: &Got<'_>, send: impl FnOnce() -> T) -> Option<T> {
    got.follow_up(async { send() }).now_or_never()
}

/// The two headers that a message gets when it is sent on.
pub(crate) fn put_forward_headers(got: &Got<'_>, headers: &mut Option<OwnedHeaders>) -> impl Sized + use<> {
    KafkaHeadersMut::new(headers).apply(&got.forward_headers("card declined"))
}

/// A message that is only pointed to, as a consumer's is.
pub(crate) struct Borrowed<'m>(&'m OwnedMessage);

impl Borrowed<'_> {
    pub(crate) fn payload(&self) -> &[u8] {
        self.0.payload().unwrap_or_default()
    }
}

impl Inbound<Kafka> for Borrowed<'_> {
    fn info(&self) -> impl Describe + '_ {
        Inbound::info(self.0)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(self.0)
    }
}

/// A record to be sent, as the adapter describes it.
struct Record<'r> {
    topic: &'r str,
    partition: i32,
}

impl Describe for Record<'_> {
    fn destination(&self) -> Destination<'_> {
        Destination::named(self.topic)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        attributes.partition(self.partition);
    }
}

/// A propagator that does no more than upstream's: trace context alone.
pub(crate) struct TraceContext {
    propagator: MessagePropagator,
    tracer: Tracer,
}

impl TraceContext {
    pub(crate) fn new() -> Self {
        let propagator =
            MessagePropagator::builder().read([Format::TraceContext]).write([Format::TraceContext]).build();
        let tracer = Tracer::builder().propagator(propagator.clone()).build();
        Self { propagator, tracer }
    }

    /// The public call that is nearest to encoding.
    pub(crate) fn patch(&self, span: &SpanContext, cx: &Context) -> impl Sized + use<> {
        self.propagator.patch(span, cx)
    }

    /// The public call that is nearest to decoding: there is nothing but the one header.
    pub(crate) fn extract_of_one(&self, traceparent: &'static str) -> impl Sized + use<> {
        self.propagator.extract(&OneHeader(traceparent))
    }

    pub(crate) fn inject(&self, cx: &Context, headers: &mut Option<OwnedHeaders>) -> impl Sized + use<> {
        self.tracer.inject_context(cx, &mut KafkaHeadersMut::new(headers))
    }

    /// The same for any carrier.
    pub(crate) fn inject_into(&self, cx: &Context, carrier: &mut impl CarrierMut) -> bool {
        self.tracer.inject_context(cx, carrier).is_ok()
    }

    pub(crate) fn extract_from(&self, carrier: &impl Carrier) -> SpanContext {
        self.propagator.extract(carrier).creation.span_context()
    }

    pub(crate) fn extract(&self, headers: &OwnedHeaders) -> SpanContext {
        self.propagator.extract(&KafkaHeaders::new(headers.as_borrowed())).creation.span_context()
    }

    pub(crate) fn extract_to_context(&self, headers: &OwnedHeaders) -> Context {
        self.propagator.extract(&KafkaHeaders::new(headers.as_borrowed())).creation.to_context()
    }
}

/// A `traceparent` and nothing else.
struct OneHeader(&'static str);

impl Carrier for OneHeader {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        f(b"traceparent", Some(self.0.as_bytes()));
    }
}
