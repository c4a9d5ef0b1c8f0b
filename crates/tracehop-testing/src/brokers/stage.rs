//! Where a scenario plays.

use std::sync::Arc;

use tracehop::{LivePolicies, MessagingTracer, MessagingTracerBuilder};

use super::bench::Bench;
use super::broker_under_test::BrokerUnderTest;
use crate::{MetricRecorder, SpanRecorder};

/// A broker, on which a scenario makes as many destinations and clients as it needs.
pub(super) struct Stage<B: BrokerUnderTest> {
    server: B::Server,
}

impl<B: BrokerUnderTest> Stage<B> {
    /// The broker that the tests of the suite share.
    pub(super) fn shared() -> Self {
        Self { server: B::server() }
    }

    /// A new destination.
    pub(super) async fn destination(&self) -> Arc<B::Destination> {
        Arc::new(B::create(&self.server).await)
    }

    /// Clients of a new destination.
    pub(super) async fn connect(&self, tracer: &MessagingTracer) -> B {
        B::connect(tracer, &*self.destination().await).await
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
