//! rdkafka's `Producer` trait on the wrappers, so that `flush`, transactions and generic code keep working.

use rdkafka::TopicPartitionList;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaResult;
use rdkafka::producer::future_producer::FutureProducerContext;
use rdkafka::producer::{Partitioner, Producer, ProducerContext, PurgeConfig};
use rdkafka::util::{AsyncRuntime, Timeout};

use super::{TracedBaseProducer, TracedFutureProducer, TracedProducerContext, TracedThreadedProducer};
use crate::settle;

macro_rules! delegate {
    ($context:ty) => {
        fn client(&self) -> &Client<$context> {
            self.producer.client()
        }

        fn in_flight_count(&self) -> i32 {
            self.producer.in_flight_count()
        }

        fn flush<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.producer.flush(timeout)
        }

        fn purge(&self, flags: PurgeConfig) {
            self.producer.purge(flags);
        }

        fn init_transactions<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.producer.init_transactions(timeout)
        }

        fn begin_transaction(&self) -> KafkaResult<()> {
            self.producer.begin_transaction()
        }

        /// The settlement of consume-transform-produce: a settle span, child of the current one.
        fn send_offsets_to_transaction<T: Into<Timeout>>(
            &self,
            offsets: &TopicPartitionList,
            group: &ConsumerGroupMetadata,
            timeout: T,
        ) -> KafkaResult<()> {
            self.tracer.find_cluster_id(self.client());
            settle::offsets_of_transaction(&self.tracer, offsets, group, || {
                self.producer.send_offsets_to_transaction(offsets, group, timeout)
            })
        }

        fn commit_transaction<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.producer.commit_transaction(timeout)
        }

        fn abort_transaction<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.producer.abort_transaction(timeout)
        }
    };
}

impl<C, R> Producer<FutureProducerContext<C>> for TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
    R: AsyncRuntime,
{
    delegate!(FutureProducerContext<C>);
}

impl<C, Part> Producer<TracedProducerContext<C>, Part> for TracedBaseProducer<C, Part>
where
    C: ProducerContext<Part> + 'static,
    Part: Partitioner + Send + Sync + 'static,
{
    delegate!(TracedProducerContext<C>);
}

impl<C, Part> Producer<TracedProducerContext<C>, Part> for TracedThreadedProducer<C, Part>
where
    C: ProducerContext<Part> + 'static,
    Part: Partitioner + Send + Sync + 'static,
{
    delegate!(TracedProducerContext<C>);
}
