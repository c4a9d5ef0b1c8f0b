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

        /// Begins a transaction. Until it ends, the spans of what is done in it say which one it is.
        fn begin_transaction(&self) -> KafkaResult<()> {
            let max_links = || self.tracer.client.max_batch_links();
            self.producer.transactions().begin(max_links, || self.producer.begin_transaction())
        }

        /// The settlement of consume-transform-produce: a settle span, child of the current one.
        fn send_offsets_to_transaction<T: Into<Timeout>>(
            &self,
            offsets: &TopicPartitionList,
            group: &ConsumerGroupMetadata,
            timeout: T,
        ) -> KafkaResult<()> {
            self.tracer.find_cluster_id(self.client());
            let transaction = self.producer.transactions().running();
            settle::offsets_of_transaction(&self.tracer, transaction.as_deref(), offsets, group, || {
                self.producer.send_offsets_to_transaction(offsets, group, timeout)
            })
        }

        /// A settle span with links to all sends of the transaction, child of the current one. With nothing current it is put where the
        /// first of them was made. If it fails, the transaction goes on, and the next call makes another span.
        fn commit_transaction<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.tracer.find_cluster_id(self.client());
            self.producer.transactions().end(|transaction| {
                settle::transaction(&self.tracer, settle::COMMIT_TRANSACTION, transaction, || {
                    self.producer.commit_transaction(timeout)
                })
            })
        }

        /// A settle span, as for [`commit_transaction`](Self::commit_transaction). That the transaction is aborted is no failure of it.
        fn abort_transaction<T: Into<Timeout>>(&self, timeout: T) -> KafkaResult<()> {
            self.tracer.find_cluster_id(self.client());
            self.producer.transactions().end(|transaction| {
                settle::transaction(&self.tracer, settle::ABORT_TRANSACTION, transaction, || {
                    self.producer.abort_transaction(timeout)
                })
            })
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
