//! A service that logs with `tracing`, and helpers.

use std::fmt::{Debug, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll, Waker};

use opentelemetry::Value;
use opentelemetry_sdk::trace::{SdkTracer, SpanData};
use tokio::task::yield_now;
use tracehop::{BridgedTracer, Received, TracingBridge};
use tracehop_testing::SpanRecorder;
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id};
use tracing::{Instrument, Subscriber, info, info_span, instrument};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, layer};

use crate::mail::{Letter, Mail, Post};

pub(super) type Order = Received<Letter, Mail>;

/// Both kinds of layers.
pub(super) const ACTIVATION: [bool; 2] = [true, false];

/// A service: its recorder, its client, and how its layer is set up.
pub(super) struct Service {
    pub(super) spans: SpanRecorder,
    pub(super) post: Post,
    pub(super) bridge: TracingBridge,
    pub(super) activates: bool,
}

impl Service {
    pub(super) fn new(activates: bool) -> Self {
        Self::with(SpanRecorder::new(), activates)
    }

    pub(super) fn with(spans: SpanRecorder, activates: bool) -> Self {
        let bridge = TracingBridge::new();
        let post = Post::new(&spans.messaging_tracer_builder().tracing_bridge(bridge.clone()).build());
        Self { spans, post, bridge, activates }
    }

    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, BridgedTracer<SdkTracer>>
    where
        S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    {
        let tracer = self.bridge.tracer(self.spans.tracer());
        tracing_opentelemetry::layer().with_tracer(tracer).with_context_activation(self.activates)
    }

    /// A subscriber for one test: nothing is installed for the process.
    pub(super) fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        Registry::default().with(self.layer())
    }

    /// A message that this service got from elsewhere.
    pub(super) fn order(&self) -> Order {
        self.post.receive_from_elsewhere()
    }

    /// The loop of a consumer, inside of a span of `tracing`, as many have it.
    pub(super) async fn consume<F: Future>(&self, turn: impl FnOnce(Order) -> F) -> F::Output {
        let consumer = async {
            let order = self.order();
            async { turn(order).await }.instrument(info_span!("consume")).await
        };
        consumer.with_subscriber(self.subscriber()).await
    }

    /// What the tree of spans is, with events. Nothing is left over.
    #[track_caller]
    pub(super) fn assert(&self, expected: &str) {
        assert_eq!(self.spans.unfinished(), 0);
        self.spans.tree().events(true).assert(expected);
    }
}

pub(super) fn attribute(span: &SpanData, key: &str) -> Option<Value> {
    let mut values = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    let value = values.next().map(|attribute| attribute.value.clone());
    assert!(values.next().is_none(), "{key} is there twice");
    value
}

pub(super) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(Waker::noop()))
}

/// Writes down the spans of `tracing` that are made, as a log shows them.
pub(super) struct Noting(pub(super) Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl<S: Subscriber> Layer<S> for Noting {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        let metadata = attributes.metadata();
        let mut fields = Fields(format!("{} {} {}", metadata.level(), metadata.target(), metadata.name()));
        attributes.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

/// An instrumented handler, which fails if there are too many lines.
#[instrument(skip_all, fields(order.lines), err)]
pub(super) async fn weigh(post: &Post, lines: i64) -> Result<(), String> {
    tracing::Span::current().record("order.lines", lines);
    info!("on the scales");
    yield_now().await;
    post.send("shipments");
    if lines > 3 { Err("too heavy".to_owned()) } else { Ok(()) }
}
