//! tracehop's wrappers: the one place that calls the adapter's public API.

use std::future::Future;

use anyhow::Context;
use futures::StreamExt;
use futures::channel::oneshot::Canceled;
use rdkafka::consumer::StreamConsumer;
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tracehop::IntoTraced;
use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};

use crate::ours::Tracer;

/// The clients, wrapped; the bare ones are inside.
pub(crate) struct Traced {
    producer: TracedFutureProducer,
    consumer: TracedStreamConsumer,
}

impl Traced {
    pub(crate) fn new(producer: FutureProducer, consumer: StreamConsumer, tracer: &Tracer) -> Self {
        Self { producer: producer.traced(tracer), consumer: consumer.traced(tracer) }
    }

    pub(crate) fn bare_producer(&self) -> &FutureProducer {
        self.producer.inner()
    }

    pub(crate) fn bare_consumer(&self) -> &StreamConsumer {
        self.consumer.inner()
    }

    pub(crate) fn send(
        &self,
        record: FutureRecord<'_, (), [u8]>,
    ) -> anyhow::Result<impl Future<Output = Result<OwnedDeliveryResult, Canceled>> + use<>> {
        Ok(self.producer.send_result(record).map_err(|(error, _)| error)?)
    }

    /// Handles so many messages, and adds up what the handler makes of them. `arrived` is called for each, before it is
    /// handled.
    pub(crate) async fn receive(
        &self,
        messages: u32,
        mut arrived: impl FnMut(),
        handler: impl Fn(&BorrowedMessage<'_>) -> u64,
    ) -> anyhow::Result<u64> {
        let mut sum = 0;
        let mut stream = self.consumer.stream();
        for _ in 0..messages {
            let message = stream.next().await.context("the stream ended")??;
            arrived();
            sum += message.process(async { anyhow::Ok(handler(&message)) }).await?;
        }
        Ok(sum)
    }
}
