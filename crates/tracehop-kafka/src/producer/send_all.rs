//! Sending several records with one call.

use rdkafka::client::ClientContext;
use rdkafka::message::ToBytes;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureRecord, Producer};
use rdkafka::util::{AsyncRuntime, Timeout};
use tracehop::{BatchSend, Failure};

use super::future_producer::{TracedFutureProducer, answer};
use super::in_flight::{InFlight, Record};
use super::watched_delivery::WatchedDelivery;
use crate::Kafka;

impl<C, R> TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    /// Sends several records, and waits for the broker's answers: one result for each record, in their order.
    ///
    /// The records are queued in their order, without waiting for the answer to the one before. One that fails does not keep the
    /// others from being sent. `queue_timeout` is how long each of them waits while the producer's queue is full.
    ///
    /// ```no_run
    /// # use rdkafka::producer::FutureRecord;
    /// # use std::time::Duration;
    /// # use tracehop_kafka::TracedFutureProducer;
    /// # async fn f(producer: TracedFutureProducer, orders: Vec<String>) {
    /// let records = orders.iter().map(|order| FutureRecord::<str, _>::to("orders").payload(order));
    /// for (place, result) in producer.send_all(records, Duration::from_secs(5)).await.into_iter().enumerate() {
    ///     if let Err((error, _)) = result {
    ///         eprintln!("order {place} was not sent: {error}");
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Spans
    ///
    /// `send {topic}`, kind CLIENT, for the call, and below it `create {topic}`, kind PRODUCER, for each record, whose context the
    /// record carries, and which ends with the record's delivery report. See [`BatchSend`], also for how to do without the spans
    /// of the records. Of records for several topics the span of the call names none.
    ///
    /// # Errors
    ///
    /// Each record has its own result, as of [`FutureProducer::send`](rdkafka::producer::FutureProducer::send): a record that
    /// failed comes back with the headers it was given.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the span of the call ends as `abandoned`. Records that were queued are sent all the same, and
    /// their spans end with the broker's answers. The record that waits for room in the queue, and those after it, are not sent.
    pub async fn send_all<'r, K, P, T>(
        &self,
        records: impl IntoIterator<Item = FutureRecord<'r, K, P>>,
        queue_timeout: T,
    ) -> Vec<OwnedDeliveryResult>
    where
        K: ToBytes + ?Sized + 'r,
        P: ToBytes + ?Sized + 'r,
        T: Into<Timeout>,
    {
        let records: Vec<_> = records.into_iter().collect();
        let queue_timeout = queue_timeout.into();
        self.tracer.find_cluster_id(self.producer.client());
        let mut batch = self.tracer.client.send_batch(records.iter().map(Record::view));
        let mut queued = Vec::with_capacity(records.len());
        for mut record in records {
            let started = InFlight::start_in(&mut batch, &self.tracer, &*self.producer, &mut record);
            queued.push(self.queue(record, started, queue_timeout).await.map(WatchedDelivery::new));
        }
        let mut results = Vec::with_capacity(queued.len());
        for (place, queued) in queued.into_iter().enumerate() {
            let result = match queued {
                Ok(delivery) => answer(delivery.await),
                Err(refused) => Err(refused),
            };
            note(&mut batch, place, &result);
            results.push(result);
        }
        batch.end();
        results
    }
}

fn note(batch: &mut BatchSend<Kafka>, place: usize, result: &OwnedDeliveryResult) {
    if let Err((error, _)) = result {
        batch.message_failed(place, Failure::of(error));
    }
}
