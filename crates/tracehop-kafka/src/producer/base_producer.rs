//! The traced `BaseProducer` and `ThreadedProducer`.

use std::fmt::Display;
use std::sync::Arc;

use rdkafka::config::{ClientConfig, FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::ToBytes;
use rdkafka::producer::{
    BaseProducer, BaseRecord, DefaultProducerContext, NoCustomPartitioner, Partitioner, Producer,
    ProducerContext, ThreadedProducer,
};
use rdkafka::util::{IntoOpaque, Timeout};
use tracehop::{ClientFacts, Failure, IntoTraced, MessagingTracer, Received};

use super::forward;
use super::in_flight::{InFlight, Record};
use super::joining::Joining;
use super::producer_context::{TracedOpaque, TracedProducerContext, sender};
use super::shared_producer::SharedProducer;
use super::traceable_producer::TraceableProducer;
use super::transactions::Transactions;
use crate::tracer::{KafkaTracer, cluster_id};
use crate::{Kafka, KafkaMessage};

macro_rules! traced_producer {
    ($(#[$doc:meta])* $traced:ident wraps $client:ident) => {
        $(#[$doc])*
        ///
        /// It has the producer's own methods, and implements [`Producer`]; results come back untouched. Cheap to clone:
        /// clones share the client.
        ///
        /// The shortest way to one is [`ClientConfig::create`], which uses the global tracer:
        ///
        /// ```no_run
        /// # use rdkafka::{ClientConfig, producer::BaseRecord};
        #[doc = concat!("use tracehop_kafka::", stringify!($traced), ";")]
        ///
        /// # fn f(config: ClientConfig) -> Result<(), rdkafka::error::KafkaError> {
        #[doc = concat!("let producer = config.create::<", stringify!($traced), ">()?;")]
        /// producer.send(BaseRecord::to("orders").key("ord_42").payload("{}")).map_err(|(error, _)| error)?;
        /// # Ok(())
        /// # }
        /// ```
        ///
        /// A client with a context of your own is made with a [`TracedProducerContext`] around it; then call
        /// `.traced(&tracer)`.
        ///
        /// # Span
        ///
        /// `send {topic}`, kind PRODUCER, child of the current span. It ends with the delivery report, before the user's
        /// context sees that. The user's context sees it in the context that was current when the message was sent.
        pub struct $traced<C = DefaultProducerContext, Part = NoCustomPartitioner>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            pub(super) producer: Arc<SharedProducer<$client<TracedProducerContext<C>, Part>>>,
            pub(super) tracer: KafkaTracer,
        }

        impl<C, Part> $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            fn new(producer: Arc<$client<TracedProducerContext<C>, Part>>, tracer: &MessagingTracer) -> Self {
                let tracer = KafkaTracer::new(tracer, producer.client());
                let transactions = Transactions::of(producer.client());
                let producer =
                    SharedProducer::new(producer, transactions, |producer| cluster_id(producer.client()));
                Self { producer: Arc::new(producer), tracer }
            }

            /// The same producer with another tracer: for those made by [`ClientConfig::create`], which use the global
            /// one. Facts that were given stay.
            pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
                Self { tracer: self.tracer.with_tracer(tracer), ..self }
            }

            /// The same producer with facts for its spans. They win over those that were read from the client's
            /// configuration, which stay where these say nothing.
            pub fn with_facts(self, facts: ClientFacts) -> Self {
                Self { tracer: self.tracer.with_facts(facts), ..self }
            }

            /// The client's own producer.
            pub fn inner(&self) -> &$client<TracedProducerContext<C>, Part> {
                &self.producer
            }

            #[doc = concat!("[`", stringify!($client), "::send`]. A record that is not taken comes back with the headers")]
            /// it was given.
            ///
            /// # Errors
            ///
            #[doc = concat!("As for [`", stringify!($client), "::send`].")]
            #[expect(clippy::result_large_err, reason = "the client's own signature")]
            pub fn send<'a, K, P>(
                &self,
                record: BaseRecord<'a, K, P, C::DeliveryOpaque>,
            ) -> Result<(), (KafkaError, BaseRecord<'a, K, P, C::DeliveryOpaque>)>
            where
                K: ToBytes + ?Sized,
                P: ToBytes + ?Sized,
            {
                self.tracer.find_cluster_id(self.producer.client());
                let start =
                    |record: &mut _| InFlight::start(&self.tracer, &self.producer, record);
                send(record, start, |record| self.producer.send(record))
            }

            /// Queues several records, in their order: one result for each. A record that is not taken comes back with the headers
            /// it was given, and does not keep the others from being sent. It waits for nothing.
            ///
            /// # Span
            ///
            /// `send {topic}`, kind CLIENT, for the call, which ends when all are queued, and below it `create {topic}`, kind
            /// PRODUCER, for each record, which ends with its delivery report; see
            /// [`TracedFutureProducer::send_all`](crate::TracedFutureProducer::send_all).
            #[expect(clippy::result_large_err, reason = "the client's own signature")]
            pub fn send_all<'a, K, P>(
                &self,
                records: impl IntoIterator<Item = BaseRecord<'a, K, P, C::DeliveryOpaque>>,
            ) -> Vec<Result<(), (KafkaError, BaseRecord<'a, K, P, C::DeliveryOpaque>)>>
            where
                K: ToBytes + ?Sized + 'a,
                P: ToBytes + ?Sized + 'a,
            {
                let records: Vec<_> = records.into_iter().collect();
                self.tracer.find_cluster_id(self.producer.client());
                let mut batch = self.tracer.client.send_batch(records.iter().map(Record::view));
                let mut results = Vec::with_capacity(records.len());
                for (place, record) in records.into_iter().enumerate() {
                    let start = |record: &mut _| {
                        InFlight::start_in(&mut batch, &self.tracer, &self.producer, record)
                    };
                    let result = send(record, start, |record| self.producer.send(record));
                    if let Err((error, _)) = &result {
                        batch.message_failed(place, Failure::of(error));
                    }
                    results.push(result);
                }
                batch.end();
                results
            }

            /// Queues a copy of a received message for another topic: for dead letters, or for a retry topic. It is as
            /// [`TracedFutureProducer::forward`](crate::TracedFutureProducer::forward), but waits for nothing.
            ///
            /// `Ok` says that the copy is queued. Whether the broker took it is told to the producer's context alone. So a
            /// message that must not be lost is not committed before its delivery report, or it is forwarded by a
            /// [`TracedFutureProducer`](crate::TracedFutureProducer), which waits for that.
            ///
            /// # Errors
            ///
            /// As for [`send`](Self::send).
            pub fn forward<M, E>(
                &self,
                message: &Received<M, Kafka>,
                to: &str,
                reason: E,
            ) -> KafkaResult<()>
            where
                C: ProducerContext<Part, DeliveryOpaque = ()>,
                M: KafkaMessage,
                E: Display,
            {
                self.forward_with_opaque(message, to, reason, ())
            }

            /// [`forward`](Self::forward) for a context whose delivery reports want an opaque.
            ///
            /// # Errors
            ///
            /// As for [`send`](Self::send).
            pub fn forward_with_opaque<M, E>(
                &self,
                message: &Received<M, Kafka>,
                to: &str,
                reason: E,
                opaque: C::DeliveryOpaque,
            ) -> KafkaResult<()>
            where
                M: KafkaMessage,
                E: Display,
            {
                let record = BaseRecord {
                    topic: to,
                    partition: None,
                    payload: message.payload(),
                    key: message.key(),
                    timestamp: None,
                    headers: forward::headers(message, &reason),
                    delivery_opaque: opaque,
                };
                message.forwarding_blocking(|| self.send(record).map_err(|(error, _)| error))
            }

            #[doc = concat!("[`", stringify!($client), "::poll`].")]
            pub fn poll<T: Into<Timeout>>(&self, timeout: T) {
                self.producer.poll(timeout);
            }
        }

        impl<C, Part> TraceableProducer for $client<TracedProducerContext<C>, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            type Traced = $traced<C, Part>;

            fn trace(self, tracer: &MessagingTracer) -> Self::Traced {
                $traced::new(Arc::new(self), tracer)
            }
        }

        impl<C, Part> TraceableProducer for Arc<$client<TracedProducerContext<C>, Part>>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            type Traced = $traced<C, Part>;

            fn trace(self, tracer: &MessagingTracer) -> Self::Traced {
                $traced::new(self, tracer)
            }
        }

        impl<C, Part> IntoTraced<Kafka> for $client<C, Part>
        where
            Self: TraceableProducer,
            C: ProducerContext<Part> + 'static,
            Part: Partitioner,
        {
            type Traced = <Self as TraceableProducer>::Traced;

            fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
                self.trace(tracer)
            }
        }

        impl<C, Part> IntoTraced<Kafka> for Arc<$client<C, Part>>
        where
            Self: TraceableProducer,
            C: ProducerContext<Part> + 'static,
            Part: Partitioner,
        {
            type Traced = <Self as TraceableProducer>::Traced;

            fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
                self.trace(tracer)
            }
        }

        impl<C, Part> IntoTraced<Kafka> for $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            type Traced = Self;

            fn traced(self, tracer: &MessagingTracer) -> Self {
                self.with_tracer(tracer)
            }
        }

        impl<C, Part> Clone for $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            fn clone(&self) -> Self {
                Self { producer: Arc::clone(&self.producer), tracer: self.tracer.clone() }
            }
        }

        impl FromClientConfig for $traced {
            fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
                Self::from_config_and_context(config, DefaultProducerContext)
            }
        }

        impl<C, Part> FromClientConfigAndContext<C> for $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
                let context = TracedProducerContext::new(context);
                let producer = $client::from_config_and_context(config, context)?;
                Ok(Self::new(Arc::new(producer), &MessagingTracer::global()))
            }
        }

        impl<C, Part> std::fmt::Debug for $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($traced)).field("tracer", &self.tracer).finish_non_exhaustive()
            }
        }
    };
}

traced_producer! {
    /// A [`BaseProducer`] whose messages carry context.
    TracedBaseProducer wraps BaseProducer
}

traced_producer! {
    /// A [`ThreadedProducer`] whose messages carry context.
    TracedThreadedProducer wraps ThreadedProducer
}

type Refused<'a, K, P, D> = (KafkaError, BaseRecord<'a, K, P, D>);

#[expect(clippy::result_large_err, reason = "the client's own signature")]
fn send<'a, K, P, D>(
    mut record: BaseRecord<'a, K, P, D>,
    start: impl FnOnce(&mut BaseRecord<'a, K, P, D>) -> (InFlight, Joining),
    send: impl FnOnce(
        BaseRecord<'a, K, P, Box<TracedOpaque<D>>>,
    ) -> Result<(), Refused<'a, K, P, Box<TracedOpaque<D>>>>,
) -> Result<(), Refused<'a, K, P, D>>
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
    D: IntoOpaque,
{
    let (in_flight, joining) = start(&mut record);
    let sender = sender();
    let (record, ()) =
        swap_opaque(record, |opaque| (Box::new(TracedOpaque { in_flight, sender, opaque }), ()));
    match send(record) {
        Ok(()) => {
            joining.taken();
            Ok(())
        }
        Err((error, record)) => {
            let (mut record, in_flight) = swap_opaque(record, |traced| (traced.opaque, traced.in_flight));
            in_flight.failed(&error, &mut record.headers);
            Err((error, record))
        }
    }
}

fn swap_opaque<K, P, D, E, X>(
    record: BaseRecord<'_, K, P, D>,
    swap: impl FnOnce(D) -> (E, X),
) -> (BaseRecord<'_, K, P, E>, X)
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
    D: IntoOpaque,
    E: IntoOpaque,
{
    let BaseRecord { topic, partition, payload, key, timestamp, headers, delivery_opaque } = record;
    let (delivery_opaque, rest) = swap(delivery_opaque);
    (BaseRecord { topic, partition, payload, key, timestamp, headers, delivery_opaque }, rest)
}
