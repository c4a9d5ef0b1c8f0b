//! Where a scenario plays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracehop::{LivePolicies, MessagingTracer, MessagingTracerBuilder};

use super::bench::Bench;
use super::broker_under_test::BrokerUnderTest;
use super::outages::{Announced, Outage, Outages};
use crate::{MetricRecorder, SpanRecorder};

/// A broker, on which a scenario makes as many destinations and clients as it needs. It may be killed in between.
pub(super) struct Stage<B: BrokerUnderTest> {
    server: B::Server,
    /// `None` if the broker lives.
    outages: Option<Arc<Outages>>,
    /// How many it has met.
    met: AtomicUsize,
}

/// How often the broker is killed in a scenario that connects again and again. A real one takes seconds to come back.
const MOST_OUTAGES: usize = 2;

impl<B: BrokerUnderTest> Stage<B> {
    /// The broker that the tests of the suite share.
    pub(super) fn shared() -> Self {
        Self { server: B::server(), outages: None, met: AtomicUsize::new(0) }
    }

    /// A broker that is killed again and again.
    pub(super) fn killed(server: B::Server, outages: Arc<Outages>) -> Self {
        Self { server, outages: Some(outages), met: AtomicUsize::new(0) }
    }

    /// Whether the broker was killed in the scenario.
    pub(super) fn has_met_outage(&self) -> bool {
        self.met.load(Ordering::Relaxed) > 0
    }

    /// Waits until the broker is about to be killed.
    ///
    /// # Panics
    ///
    /// Panics if the broker is one that lives.
    pub(super) async fn outage_announced(&self) -> Announced {
        let outages = self.outages.as_ref().expect("the broker is one that is killed");
        self.met.fetch_add(1, Ordering::Relaxed);
        outages.announced().await
    }

    /// Waits until the broker is dead.
    ///
    /// # Panics
    ///
    /// Panics if the broker is one that lives.
    pub(super) async fn outage(&self) -> Outage {
        self.outage_announced().await.begin().await
    }

    /// A point between two steps at which the broker is killed and started again, if it is one that is. Whether it was.
    pub(super) async fn between_steps(&self) -> bool {
        let is_killed = self.outages.is_some() && self.met.load(Ordering::Relaxed) < MOST_OUTAGES;
        if is_killed {
            self.outage().await.end().await;
        }
        is_killed
    }

    /// A new destination.
    pub(super) async fn destination(&self) -> Arc<B::Destination> {
        Arc::new(B::create(&self.server).await)
    }

    /// Clients of a new destination. A broker that is killed is so after they have connected, and before they do anything.
    pub(super) async fn connect(&self, tracer: &MessagingTracer) -> B {
        let destination = self.destination().await;
        let clients = B::connect(tracer, &destination).await;
        if self.between_steps().await { clients.recover(tracer, &destination).await } else { clients }
    }

    /// Clients of a new destination, and recorders of their spans and metrics.
    pub(super) async fn bench(&self) -> Bench<B> {
        self.recording(SpanRecorder::new()).await
    }

    pub(super) async fn recording(&self, spans: SpanRecorder) -> Bench<B> {
        self.configured(spans, |builder| builder).await
    }

    pub(super) async fn under(&self, policies: LivePolicies) -> Bench<B> {
        self.configured(SpanRecorder::new(), |builder| builder.policies(policies)).await
    }

    pub(super) async fn configured(
        &self,
        spans: SpanRecorder,
        configure: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder,
    ) -> Bench<B> {
        let metrics = MetricRecorder::new();
        let builder = spans.messaging_tracer_builder().metrics(metrics.messaging().queue_times(true));
        Bench { broker: self.connect(&configure(builder).build()).await, spans, metrics }
    }
}
