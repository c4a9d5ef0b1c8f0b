//! What can be committed.

use std::sync::Arc;

use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, OwnedMessage};
use tracehop::{ClientTracer, Received};

use crate::{Kafka, KafkaMessage, settle};

/// A message whose offset can be committed: as a wrapper handed it out, which knows the span in which it was processed, or
/// the client's own, which does not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message whose offset can be committed",
    label = "neither a message that was received nor one of rdkafka's",
    note = "commit what the consumer handed out, before `Received::map` makes something else of it"
)]
pub trait Committable {
    #[doc(hidden)]
    type Message: KafkaMessage;

    #[doc(hidden)]
    fn client_message(&self) -> &Self::Message;

    /// Commits inside of a span below the one in which the message was processed.
    #[doc(hidden)]
    fn settle(
        &self,
        client: &ClientTracer<Kafka>,
        commit: impl FnOnce(&Self::Message) -> KafkaResult<()>,
    ) -> KafkaResult<()>;
}

impl<M: KafkaMessage> Committable for Received<M, Kafka> {
    type Message = M;

    fn client_message(&self) -> &M {
        self.message()
    }

    fn settle(
        &self,
        client: &ClientTracer<Kafka>,
        commit: impl FnOnce(&M) -> KafkaResult<()>,
    ) -> KafkaResult<()> {
        settle::received(client, self, commit)
    }
}

macro_rules! of_the_client {
    ($message:ty) => {
        impl Committable for $message {
            type Message = Self;

            fn client_message(&self) -> &Self {
                self
            }

            fn settle(
                &self,
                client: &ClientTracer<Kafka>,
                commit: impl FnOnce(&Self) -> KafkaResult<()>,
            ) -> KafkaResult<()> {
                settle::message(client, self, || commit(self))
            }
        }
    };
}

of_the_client!(BorrowedMessage<'_>);
of_the_client!(OwnedMessage);

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Committable + ?Sized> Committable for $pointer {
            type Message = T::Message;

            fn client_message(&self) -> &T::Message {
                (**self).client_message()
            }

            fn settle(
                &self,
                client: &ClientTracer<Kafka>,
                commit: impl FnOnce(&T::Message) -> KafkaResult<()>,
            ) -> KafkaResult<()> {
                (**self).settle(client, commit)
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Arc<T>);
