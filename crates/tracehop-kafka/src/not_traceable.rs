//! What is no client and is easily taken for one: the compiler says what to trace instead.

use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::client::ClientContext;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{ConsumerContext, MessageStream};
use rdkafka::message::{BorrowedMessage, OwnedMessage};
use tracehop::{IntoTraced, MessagingTracer};

use crate::Kafka;

/// Traits that nothing implements. The lifetime means nothing: without it the compiler refuses a bound that never holds on a
/// type without parameters.
macro_rules! instead {
    ($trait_name:ident, $message:literal, $($note:literal),+) => {
        #[doc(hidden)]
        #[diagnostic::on_unimplemented(message = $message, $(note = $note),+)]
        pub trait $trait_name<'never>: Sized {}
    };
}

instead!(
    TraceTheConsumer,
    "`{Self}` is a part of a consumer: trace the consumer, and get it from there",
    "`consumer.traced(&tracer)` has the client's methods: `stream()`, `split_partition_queue(..)` and so on",
    "a stream that somebody else made: `tracer.stream::<Kafka, _, _, _>(stream)`"
);

instead!(
    CreateTheClient,
    "`{Self}` is no client yet",
    "let it create a traced one: `config.create::<TracedFutureProducer>()`, `config.create::<TracedStreamConsumer>()`",
    "or trace what it creates: `config.create::<FutureProducer>()?.traced(&tracer)`"
);

instead!(
    ReceiveTheMessage,
    "`{Self}` is a message, not a client: trace the consumer that it comes from",
    "a consumer that was traced, `consumer.traced(&tracer)`, hands out messages with their context",
    "a message that somebody else received: `tracer.receive::<Kafka, _>(message)`"
);

instead!(
    LeaveTheAdministrator,
    "`{Self}` sends and receives no messages, so there is nothing to trace",
    "use it as it is"
);

macro_rules! not_traceable {
    ($([$($parameters:tt)*] $type:ty => $instead:ident),+ $(,)?) => {
        $(
            #[doc(hidden)]
            impl<$($parameters)*> IntoTraced<Kafka> for $type
            where
                for<'never> Self: $instead<'never>,
            {
                type Traced = Self;

                fn traced(self, _: &MessagingTracer) -> Self {
                    self
                }
            }
        )+
    };
}

not_traceable!(
    ['c, C: ConsumerContext + 'static] MessageStream<'c, C> => TraceTheConsumer,
    [C: ConsumerContext + 'static, R] StreamPartitionQueue<C, R> => TraceTheConsumer,
    [C: ConsumerContext + 'static] PartitionQueue<C> => TraceTheConsumer,
    [] ClientConfig => CreateTheClient,
    ['m] BorrowedMessage<'m> => ReceiveTheMessage,
    [] OwnedMessage => ReceiveTheMessage,
    [C: ClientContext] AdminClient<C> => LeaveTheAdministrator,
);
