//! The traced `FutureProducer`.

use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_channel::oneshot::Canceled;
use rdkafka::Timestamp;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{OwnedMessage, ToBytes};
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::util::{AsyncRuntime, DefaultRuntime, Timeout};
use tracehop::{ClientFacts, IntoTraced, MessagingTracer, Received};

use super::delivery_future::TracedDeliveryFuture;
use super::forward;
use super::in_flight::InFlight;
use super::joining::Joining;
use super::shared_producer::SharedProducer;
use super::transactions::Transactions;
use crate::tracer::{KafkaTracer, cluster_id};
use crate::{Kafka, KafkaMessage};

/// rdkafka waits this long before it tries again when its queue is full.
const QUEUE_FULL_DELAY: Duration = Duration::from_millis(100);

/// A [`FutureProducer`] whose messages carry context. Cheap to clone.
///
/// It has the producer's own methods, and implements [`Producer`]; results come back untouched.
///
/// ```no_run
/// # use rdkafka::{ClientConfig, producer::FutureRecord};
/// # use std::time::{Duration, Instant};
/// use tracehop_kafka::TracedFutureProducer;
///
/// # async fn f(config: ClientConfig) -> Result<(), rdkafka::error::KafkaError> {
/// // Uses the global tracer. `config.create::<FutureProducer>()?.traced(&tracer)` takes another.
/// let producer = config.create::<TracedFutureProducer>()?;
/// let record = FutureRecord::to("orders").key("ord_42").payload("{}");
/// producer.send(record, Duration::from_secs(5)).await.map_err(|(error, _)| error)?;
/// # Ok(())
/// # }
/// ```
///
/// # Span
///
/// `send {topic}`, kind PRODUCER, child of the current span. It ends with the delivery report, also if the caller
/// dropped the future, and then has partition and offset. While the local queue is full the span is open, with an event
/// `tracehop.queue_full`.
pub struct TracedFutureProducer<C = DefaultClientContext, R = DefaultRuntime>
where
    C: ClientContext + 'static,
{
    pub(super) producer: Arc<SharedProducer<FutureProducer<C, R>>>,
    pub(super) tracer: KafkaTracer,
}

impl<C, R> TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    fn new(producer: Arc<FutureProducer<C, R>>, tracer: &MessagingTracer) -> Self {
        let tracer = KafkaTracer::new(tracer, producer.client());
        let transactions = Transactions::of(producer.client());
        let producer = SharedProducer::new(producer, transactions, |producer| cluster_id(producer.client()));
        Self { producer: Arc::new(producer), tracer }
    }

    /// The same producer with another tracer: for those made by [`ClientConfig::create`], which use the global one. Facts
    /// that were given stay.
    pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: self.tracer.with_tracer(tracer), ..self }
    }

    /// The same producer with facts for its spans. They win over those that were read from the client's configuration,
    /// which stay where these say nothing.
    ///
    /// ```no_run
    /// # use rdkafka::ClientConfig;
    /// use tracehop_kafka::{ClientFacts, TracedFutureProducer};
    ///
    /// # fn f(config: ClientConfig) -> Result<(), rdkafka::error::KafkaError> {
    /// let facts = ClientFacts::default().server("kafka.example.com", 9092);
    /// let producer = config.create::<TracedFutureProducer>()?.with_facts(facts);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        Self { tracer: self.tracer.with_facts(facts), ..self }
    }

    /// The client's own producer.
    pub fn inner(&self) -> &FutureProducer<C, R> {
        &self.producer
    }

    /// The client's own producer back.
    pub fn into_inner(self) -> FutureProducer<C, R> {
        self.inner().clone()
    }

    /// [`FutureProducer::send`]. On failure the message comes back with the headers it was given.
    ///
    /// # Errors
    ///
    /// As for [`FutureProducer::send`].
    ///
    /// # Cancel safety
    ///
    /// Dropped while the local queue is full, the message is not sent and the span ends as `abandoned`. Dropped later,
    /// the message is sent all the same, and the span ends with the broker's answer.
    pub async fn send<K, P, T>(&self, record: FutureRecord<'_, K, P>, queue_timeout: T) -> OwnedDeliveryResult
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
        T: Into<Timeout>,
    {
        let queue_timeout = queue_timeout.into();
        let mut record = record;
        let started = self.start(&mut record);
        answer(self.queue(record, started, queue_timeout).await?.await)
    }

    /// [`FutureProducer::send_result`]. A record that is not taken comes back with the headers it was given.
    ///
    /// # Errors
    ///
    /// As for [`FutureProducer::send_result`].
    #[expect(clippy::result_large_err, reason = "the client's own signature")]
    pub fn send_result<'a, K, P>(
        &self,
        mut record: FutureRecord<'a, K, P>,
    ) -> Result<TracedDeliveryFuture, (KafkaError, FutureRecord<'a, K, P>)>
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        let (in_flight, joining) = self.start(&mut record);
        match self.producer.send_result(record) {
            Ok(delivery) => {
                joining.taken();
                Ok(TracedDeliveryFuture::new(delivery, in_flight))
            }
            Err((error, mut record)) => {
                in_flight.failed(&error, &mut record.headers);
                Err((error, record))
            }
        }
    }

    /// Sends a copy of a received message to another topic: to dead letters, or to a retry topic.
    ///
    /// Payload, key and headers are the message's, and it keeps its place in the journey: the send is a child of the span in
    /// which the message was processed, also after the handler, from another task, and if the message carried no context. Two
    /// headers say what happened: `tracehop-attempts`, how often it was handled, and `tracehop-reason`, the first 256
    /// bytes of `reason`. They replace those of the time before, so the headers do not grow. The consumer of the topic reads
    /// the first as [`attempts_before`](Received::attempts_before). The broker chooses partition and timestamp anew.
    ///
    /// It waits for room in the producer's queue and for the broker's answer, which comes after `message.timeout.ms` at the
    /// latest, five minutes unless the configuration says otherwise.
    ///
    /// ```no_run
    /// # use rdkafka::{Message, consumer::Consumer};
    /// # use tracehop_kafka::{TracedFutureProducer, TracedStreamConsumer};
    /// # async fn handle(payload: Option<&[u8]>) -> Result<(), String> { Ok(()) }
    /// # async fn f(producer: TracedFutureProducer, consumer: TracedStreamConsumer) -> Result<(), rdkafka::error::KafkaError> {
    /// let order = consumer.recv().await?;
    /// order.process_or(handle(order.payload()), |error| producer.forward(&order, "orders.dead", error)).await?;
    /// consumer.store_offset_from_message(&order)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`FutureProducer::send`]. The message is then not settled by whoever handles the error: it comes again.
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send): dropped while the local queue is full, nothing is sent.
    pub fn forward<'a, M, E>(
        &'a self,
        message: &'a Received<M, Kafka>,
        to: &'a str,
        reason: E,
    ) -> impl Future<Output = KafkaResult<()>>
    where
        M: KafkaMessage,
        E: Display,
    {
        // Now, so that a reason that cannot go to another thread need not wait for the broker.
        let headers = forward::headers(message, &reason);
        async move {
            let record = FutureRecord {
                topic: to,
                partition: None,
                payload: message.payload(),
                key: message.key(),
                timestamp: None,
                headers,
            };
            let sent = message.forwarding(self.send(record, Timeout::Never)).await;
            sent.map(drop).map_err(|(error, _)| error)
        }
    }

    /// [`FutureProducer::poll`].
    pub fn poll<T: Into<Timeout>>(&self, timeout: T) {
        self.producer.poll(timeout);
    }

    /// Gives a record to the client, which waits while its queue is full.
    pub(super) async fn queue<K, P>(
        &self,
        mut record: FutureRecord<'_, K, P>,
        (mut in_flight, joining): (InFlight, Joining),
        timeout: Timeout,
    ) -> Result<TracedDeliveryFuture, (KafkaError, OwnedMessage)>
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        let started = Instant::now();
        let may_wait = || match timeout {
            Timeout::Never => true,
            Timeout::After(limit) => started.elapsed() < limit,
        };
        loop {
            match self.producer.send_result(record) {
                Ok(delivery) => {
                    joining.taken();
                    return Ok(TracedDeliveryFuture::new(delivery, in_flight));
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), returned)) if may_wait() => {
                    record = returned;
                    in_flight.stalled();
                    R::delay_for(QUEUE_FULL_DELAY).await;
                }
                Err((error, mut returned)) => {
                    in_flight.failed(&error, &mut returned.headers);
                    return Err((error, owned(returned)));
                }
            }
        }
    }

    fn start<K, P>(&self, record: &mut FutureRecord<'_, K, P>) -> (InFlight, Joining)
    where
        K: ToBytes + ?Sized,
        P: ToBytes + ?Sized,
    {
        self.tracer.find_cluster_id(self.producer.client());
        InFlight::start(&self.tracer, &*self.producer, record)
    }
}

/// The broker's answer.
#[expect(clippy::result_large_err, reason = "the client's own result")]
pub(super) fn answer(answered: Result<OwnedDeliveryResult, Canceled>) -> OwnedDeliveryResult {
    // It cannot be cancelled: whoever waits has the producer, so its channels are there.
    answered.unwrap_or_else(|Canceled| Err((KafkaError::Canceled, nothing())))
}

/// The message rdkafka returns for a record it did not take.
fn owned<K, P>(record: FutureRecord<'_, K, P>) -> OwnedMessage
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
{
    OwnedMessage::new(
        record.payload.map(|payload| payload.to_bytes().to_vec()),
        record.key.map(|key| key.to_bytes().to_vec()),
        record.topic.to_owned(),
        record.timestamp.map_or(Timestamp::NotAvailable, Timestamp::CreateTime),
        record.partition.unwrap_or(-1),
        0,
        record.headers,
    )
}

fn nothing() -> OwnedMessage {
    OwnedMessage::new(None, None, String::new(), Timestamp::NotAvailable, -1, 0, None)
}

impl<C, R> IntoTraced<Kafka> for FutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    type Traced = TracedFutureProducer<C, R>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Arc::new(self).traced(tracer)
    }
}

impl<C, R> IntoTraced<Kafka> for Arc<FutureProducer<C, R>>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    type Traced = TracedFutureProducer<C, R>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedFutureProducer::new(self, tracer)
    }
}

impl<C, R> IntoTraced<Kafka> for TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
    }
}

impl<R: AsyncRuntime> FromClientConfig for TracedFutureProducer<DefaultClientContext, R> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        Self::from_config_and_context(config, DefaultClientContext)
    }
}

impl<C, R> FromClientConfigAndContext<C> for TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        let producer = FutureProducer::from_config_and_context(config, context)?;
        Ok(Self::new(Arc::new(producer), &MessagingTracer::global()))
    }
}

impl<C: ClientContext + 'static, R> Clone for TracedFutureProducer<C, R> {
    fn clone(&self) -> Self {
        Self { producer: Arc::clone(&self.producer), tracer: self.tracer.clone() }
    }
}

impl<C: ClientContext + 'static, R> std::fmt::Debug for TracedFutureProducer<C, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedFutureProducer").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}
