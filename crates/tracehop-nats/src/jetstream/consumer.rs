//! The traced `Consumer`, and what it makes of the client's builders.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use async_nats::jetstream::consumer::pull::{self, BatchError};
use async_nats::jetstream::consumer::{Consumer, IntoConsumerConfig, StreamError, push};
use tracehop::{IntoTraced, MessagingTracer};

use super::origin::Origin;
use super::{TracedBatch, TracedMessages, TracedSequence};
use crate::settings::{received_templates, settings};
use crate::system::Nats;

/// A JetStream [`Consumer`] whose messages come with their contexts. Cheap to clone.
///
/// It has the client's own methods for getting messages, and derefs to it for everything else. For pull, push and ordered
/// consumers.
///
/// ```no_run
/// # use async_nats::jetstream::consumer::PullConsumer;
/// # use futures::TryStreamExt;
/// use tracehop_nats::{IntoTraced, MessagingTracer};
///
/// # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
/// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
/// let consumer = consumer.traced(&MessagingTracer::global());
/// let mut orders = consumer.messages().await?;
/// while let Some(order) = orders.try_next().await? {
///     match order.process(handle(&order.payload)).await {
///         Ok(()) => order.ack().await?,
///         Err(_) => order.ack_with(async_nats::jetstream::AckKind::Nak(None)).await?,
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// Those of [`TracedMessages`] and [`TracedBatch`]. They have the consumer's durable name, or its deliver group, as consumer
/// group. The destination in their names is
///
/// 1. the first of the patterns of [`with_templates`](Self::with_templates) that the subject matches;
/// 2. the filter of the consumer that the subject matches: `process orders.*.created`;
/// 3. the name of the stream, because the subjects of a whole stream may be as many as there are orders.
///
/// The subject itself is always in the attribute `messaging.destination.name`.
#[derive(Clone)]
pub struct TracedConsumer<T: IntoConsumerConfig> {
    consumer: Consumer<T>,
    origin: Origin,
}

settings!(TracedConsumer<T: IntoConsumerConfig>, origin);
received_templates!(TracedConsumer<T: IntoConsumerConfig>, origin.subjects);

impl<T: IntoConsumerConfig> TracedConsumer<T> {
    /// The client's own consumer.
    pub fn inner(&self) -> &Consumer<T> {
        &self.consumer
    }

    /// The client's own consumer back.
    pub fn into_inner(self) -> Consumer<T> {
        self.consumer
    }
}

impl TracedConsumer<pull::Config> {
    /// [`Consumer::messages`](Consumer<pull::Config>::messages), each message with its context.
    ///
    /// # Errors
    ///
    /// As for the client's method.
    pub async fn messages(&self) -> Result<TracedMessages<pull::Stream>, StreamError> {
        Ok(TracedMessages::new(self.consumer.messages().await?, self.origin.clone()))
    }

    /// [`Consumer::stream`](Consumer<pull::Config>::stream), each message with its context.
    pub fn stream(&self) -> TracedStreamBuilder<'_> {
        TracedStreamBuilder { builder: self.consumer.stream(), origin: self.origin.clone() }
    }

    /// [`Consumer::fetch`](Consumer<pull::Config>::fetch), each message with its context.
    pub fn fetch(&self) -> TracedFetchBuilder<'_> {
        TracedFetchBuilder { builder: self.consumer.fetch(), origin: self.origin.clone() }
    }

    /// [`Consumer::batch`](Consumer<pull::Config>::batch), each message with its context.
    pub fn batch(&self) -> TracedBatchBuilder<'_> {
        TracedBatchBuilder { builder: self.consumer.batch(), origin: self.origin.clone() }
    }

    /// [`Consumer::sequence`](Consumer<pull::Config>::sequence), each batch traced.
    ///
    /// # Errors
    ///
    /// As for the client's method.
    pub fn sequence(&self, batch: usize) -> Result<TracedSequence, BatchError> {
        Ok(TracedSequence::new(self.consumer.sequence(batch)?, self.origin.clone()))
    }
}

impl TracedConsumer<push::Config> {
    /// [`Consumer::messages`](Consumer<push::Config>::messages), each message with its context.
    ///
    /// # Errors
    ///
    /// As for the client's method.
    pub async fn messages(&self) -> Result<TracedMessages<push::Messages>, StreamError> {
        Ok(TracedMessages::new(self.consumer.messages().await?, self.origin.clone()))
    }
}

impl TracedConsumer<pull::OrderedConfig> {
    /// [`Consumer::messages`](Consumer<pull::OrderedConfig>::messages), each message with its context.
    ///
    /// # Errors
    ///
    /// As for the client's method.
    pub async fn messages(self) -> Result<TracedMessages<pull::Ordered>, StreamError> {
        Ok(TracedMessages::new(self.consumer.messages().await?, self.origin))
    }
}

impl TracedConsumer<push::OrderedConfig> {
    /// [`Consumer::messages`](Consumer<push::OrderedConfig>::messages), each message with its context.
    ///
    /// # Errors
    ///
    /// As for the client's method.
    pub async fn messages(self) -> Result<TracedMessages<push::Ordered>, StreamError> {
        Ok(TracedMessages::new(self.consumer.messages().await?, self.origin))
    }
}

macro_rules! traced {
    ($config:ty, settled: $settled:literal) => {
        impl IntoTraced<Nats> for Consumer<$config> {
            type Traced = TracedConsumer<$config>;

            fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
                TracedConsumer { origin: Origin::of(&self, tracer, $settled), consumer: self }
            }
        }
    };
}

traced!(pull::Config, settled: true);
traced!(push::Config, settled: true);
traced!(pull::OrderedConfig, settled: false);
traced!(push::OrderedConfig, settled: false);

impl<T: IntoConsumerConfig> Deref for TracedConsumer<T> {
    type Target = Consumer<T>;

    fn deref(&self) -> &Consumer<T> {
        &self.consumer
    }
}

/// For [`Consumer::info`].
impl<T: IntoConsumerConfig> DerefMut for TracedConsumer<T> {
    fn deref_mut(&mut self) -> &mut Consumer<T> {
        &mut self.consumer
    }
}

impl<T: IntoConsumerConfig> fmt::Debug for TracedConsumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.consumer.cached_info();
        f.debug_struct("TracedConsumer")
            .field("stream", &info.stream_name)
            .field("name", &info.name)
            .finish_non_exhaustive()
    }
}

macro_rules! builder {
    ($traced:ident, $client:ident, $($number:ident),+ => $messages:ty, $error:ty, $make:path) => {
        /// The client's builder of the same name; its messages come with their contexts.
        #[must_use = "a builder gets nothing until `messages` is called"]
        pub struct $traced<'a> {
            builder: pull::$client<'a>,
            origin: Origin,
        }

        impl<'a> $traced<'a> {
            $(
                #[doc = concat!("[`", stringify!($client), "::", stringify!($number), "`](pull::", stringify!($client), "::", stringify!($number), ").")]
                pub fn $number(self, number: usize) -> Self {
                    self.map(|builder| builder.$number(number))
                }
            )+

            #[doc = concat!("[`", stringify!($client), "::heartbeat`](pull::", stringify!($client), "::heartbeat).")]
            pub fn heartbeat(self, heartbeat: Duration) -> Self {
                self.map(|builder| builder.heartbeat(heartbeat))
            }

            #[doc = concat!("[`", stringify!($client), "::expires`](pull::", stringify!($client), "::expires).")]
            pub fn expires(self, expires: Duration) -> Self {
                self.map(|builder| builder.expires(expires))
            }

            #[doc = concat!("[`", stringify!($client), "::group`](pull::", stringify!($client), "::group).")]
            pub fn group<G: Into<String>>(self, group: G) -> Self {
                self.map(|builder| builder.group(group))
            }

            /// Sets what this type has no method for, on the client's own builder: what the client has for some versions of
            /// the server only.
            pub fn map(self, set: impl FnOnce(pull::$client<'a>) -> pull::$client<'a>) -> Self {
                Self { builder: set(self.builder), ..self }
            }

            #[doc = concat!("[`", stringify!($client), "::messages`](pull::", stringify!($client), "::messages).")]
            ///
            /// # Errors
            ///
            /// As for the client's method.
            pub async fn messages(self) -> Result<$messages, $error> {
                Ok($make(self.builder.messages().await?, self.origin))
            }
        }

        impl fmt::Debug for $traced<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($traced)).finish_non_exhaustive()
            }
        }
    };
}

builder!(
    TracedStreamBuilder, StreamBuilder,
    max_messages_per_batch, max_bytes_per_batch, min_pending, min_ack_pending
    => TracedMessages<pull::Stream>, StreamError, TracedMessages::new
);
builder!(
    TracedFetchBuilder, FetchBuilder,
    max_messages, max_bytes, min_pending, min_ack_pending
    => TracedBatch, BatchError, TracedBatch::new
);
builder!(
    TracedBatchBuilder, BatchBuilder,
    max_messages, max_bytes, min_pending, min_ack_pending
    => TracedBatch, BatchError, TracedBatch::new
);
