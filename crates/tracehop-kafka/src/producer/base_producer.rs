//! The traced `BaseProducer` and `ThreadedProducer`.

use rdkafka::config::{ClientConfig, FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::ToBytes;
use rdkafka::producer::{
    BaseProducer, BaseRecord, DefaultProducerContext, NoCustomPartitioner, Partitioner, Producer,
    ProducerContext, ThreadedProducer,
};
use rdkafka::util::{IntoOpaque, Timeout};
use tracehop::{IntoTraced, MessagingTracer};

use super::in_flight::InFlight;
use super::producer_context::{TracedOpaque, TracedProducerContext};
use crate::Kafka;
use crate::tracer::KafkaTracer;

macro_rules! traced_producer {
    ($(#[$doc:meta])* $traced:ident wraps $client:ident) => {
        $(#[$doc])*
        ///
        /// It has the producer's own methods, and implements [`Producer`]; results come back untouched. Make the client
        /// with a [`TracedProducerContext`] and call `.traced(&tracer)`, or let [`ClientConfig::create`] make it with the
        /// global tracer.
        ///
        /// # Span
        ///
        /// `send {topic}`, kind PRODUCER, child of the current span. It ends with the delivery report, before the user's
        /// context sees that.
        pub struct $traced<C = DefaultProducerContext, Part = NoCustomPartitioner>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            pub(super) producer: $client<TracedProducerContext<C>, Part>,
            pub(super) tracer: KafkaTracer,
        }

        impl<C, Part> $traced<C, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            fn new(producer: $client<TracedProducerContext<C>, Part>, tracer: &MessagingTracer) -> Self {
                let tracer = KafkaTracer::new(tracer, producer.client());
                Self { producer, tracer }
            }

            /// The same producer with another tracer: for those made by [`ClientConfig::create`], which use the global
            /// one.
            pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
                Self::new(self.producer, tracer)
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
                send(&self.tracer, record, |record| self.producer.send(record))
            }

            #[doc = concat!("[`", stringify!($client), "::poll`].")]
            pub fn poll<T: Into<Timeout>>(&self, timeout: T) {
                self.producer.poll(timeout);
            }
        }

        impl<C, Part> IntoTraced<Kafka> for $client<TracedProducerContext<C>, Part>
        where
            C: ProducerContext<Part> + 'static,
            Part: Partitioner + Send + Sync + 'static,
        {
            type Traced = $traced<C, Part>;

            fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
                $traced::new(self, tracer)
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
                Ok(Self::new($client::from_config_and_context(config, context)?, &MessagingTracer::global()))
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

impl<C: ProducerContext + 'static> Clone for TracedThreadedProducer<C> {
    fn clone(&self) -> Self {
        Self { producer: self.producer.clone(), tracer: self.tracer.clone() }
    }
}

type Refused<'a, K, P, D> = (KafkaError, BaseRecord<'a, K, P, D>);

#[expect(clippy::result_large_err, reason = "the client's own signature")]
fn send<'a, K, P, D>(
    tracer: &KafkaTracer,
    mut record: BaseRecord<'a, K, P, D>,
    send: impl FnOnce(
        BaseRecord<'a, K, P, Box<TracedOpaque<D>>>,
    ) -> Result<(), Refused<'a, K, P, Box<TracedOpaque<D>>>>,
) -> Result<(), Refused<'a, K, P, D>>
where
    K: ToBytes + ?Sized,
    P: ToBytes + ?Sized,
    D: IntoOpaque,
{
    let in_flight = InFlight::start(tracer, &mut record);
    let (record, ()) = swap_opaque(record, |opaque| (Box::new(TracedOpaque { in_flight, opaque }), ()));
    send(record).map_err(|(error, record)| {
        let (mut record, in_flight) = swap_opaque(record, |traced| (traced.opaque, traced.in_flight));
        in_flight.failed(&error, &mut record.headers);
        (error, record)
    })
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
