//! NATS as a messaging system: its words and its errors.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};

use async_nats::error::Error;
use tracehop::{MessagingSystem, Operation};

/// The marker for NATS and JetStream.
///
/// # `error.type`
///
/// The kind of a client's error in snake case: `no_responders`, `timed_out`, `max_payload_exceeded`, `stream_not_found`,
/// `missing_heartbeat`. Where the kind says nothing (`Other`) it is the kind of the error's source, if that is known, and
/// else `_OTHER`. Two come from the other side, as numbers: `jetstream_10077` for the `err_code` of JetStream's API, and
/// `404` for the code of a service's error reply.
///
/// The errors it knows: those of publishing, requesting, subscribing, flushing and connecting; with the feature
/// `jetstream` also those of contexts, streams, consumers and their messages; with the feature `service` that of error
/// replies. They are known in a box too, as acknowledgements return them.
#[derive(Debug)]
pub enum Nats {}

impl MessagingSystem for Nats {
    const NAME: &'static str = "nats";

    fn operation_name(operation: Operation) -> &'static str {
        match operation {
            Operation::Send => "publish",
            Operation::Settle => "ack",
            other => other.as_str(),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        match error.downcast_ref::<async_nats::Error>() {
            Some(boxed) => Unknown::Boxed(&**boxed).error_type(),
            None => Unknown::Plain(error).error_type(),
        }
    }
}

/// NATS, where a send waits for its answer: core asks the system for the name of an operation.
#[derive(Debug)]
pub(crate) enum Requests {}

impl MessagingSystem for Requests {
    const NAME: &'static str = Nats::NAME;

    fn operation_name(operation: Operation) -> &'static str {
        match operation {
            Operation::Send => "request",
            other => Nats::operation_name(other),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        Nats::error_type(error)
    }
}

const OTHER: &str = "_OTHER";

/// An error of any type, which may be one of the client's.
#[derive(Clone, Copy)]
enum Unknown<'a> {
    Plain(&'a dyn Any),
    Boxed(&'a (dyn StdError + 'static)),
}

impl<'a> Unknown<'a> {
    fn get<E: StdError + 'static>(self) -> Option<&'a E> {
        match self {
            Self::Plain(error) => error.downcast_ref(),
            Self::Boxed(error) => error.downcast_ref(),
        }
    }

    fn error_type(self) -> Option<Cow<'static, str>> {
        use async_nats::{ConnectErrorKind, client};

        self.of_kind::<client::PublishErrorKind>()
            .or_else(|| self.of_kind::<client::RequestErrorKind>())
            .or_else(|| self.of_kind::<client::SubscribeErrorKind>())
            .or_else(|| self.of_kind::<client::FlushErrorKind>())
            .or_else(|| self.of_kind::<ConnectErrorKind>())
            .or_else(|| self.of_send())
            .or_else(|| self.of_jetstream())
            .or_else(|| self.of_service())
            .or_else(|| self.of_io())
    }

    fn of_kind<K>(self) -> Option<Cow<'static, str>>
    where
        K: Clone + Debug + Display + PartialEq + 'static,
    {
        let error = self.get::<Error<K>>()?;
        Some(match word(&error.kind()) {
            word if word == "other" => error
                .source()
                .and_then(|source| Unknown::Boxed(source).error_type())
                .unwrap_or(Cow::Borrowed(OTHER)),
            word => word.into(),
        })
    }

    /// Commands that the connection did not take.
    fn of_send(self) -> Option<Cow<'static, str>> {
        let failed = self.get::<async_nats::client::DrainError>().is_some()
            || self.get::<async_nats::client::ReconnectError>().is_some()
            || self.get::<async_nats::UnsubscribeError>().is_some();
        failed.then_some(Cow::Borrowed("send"))
    }

    #[cfg(feature = "jetstream")]
    fn of_jetstream(self) -> Option<Cow<'static, str>> {
        use async_nats::jetstream::consumer::{self, pull, push};
        use async_nats::jetstream::{self, context, message, stream};

        self.of_kind::<context::PublishErrorKind>()
            .or_else(|| self.of_kind::<context::RequestErrorKind>())
            .or_else(|| self.of_kind::<pull::MessagesErrorKind>())
            .or_else(|| self.of_kind::<pull::OrderedErrorKind>())
            .or_else(|| self.of_kind::<pull::BatchErrorKind>())
            .or_else(|| self.of_kind::<pull::BatchRequestErrorKind>())
            .or_else(|| self.of_kind::<pull::ConsumerRecreateErrorKind>())
            .or_else(|| self.of_kind::<push::MessagesErrorKind>())
            .or_else(|| self.of_kind::<push::OrderedErrorKind>())
            .or_else(|| self.of_kind::<push::ConsumerRecreateErrorKind>())
            .or_else(|| self.of_kind::<consumer::StreamErrorKind>())
            .or_else(|| self.of_kind::<context::ConsumerInfoErrorKind>())
            .or_else(|| self.of_kind::<context::CreateStreamErrorKind>())
            .or_else(|| self.of_kind::<context::GetStreamErrorKind>())
            .or_else(|| self.of_kind::<context::GetStreamByNameErrorKind>())
            .or_else(|| self.of_kind::<context::AccountErrorKind>())
            .or_else(|| self.of_kind::<stream::ConsumerErrorKind>())
            .or_else(|| self.of_kind::<stream::DirectGetErrorKind>())
            .or_else(|| self.of_kind::<stream::LastRawMessageErrorKind>())
            .or_else(|| self.of_kind::<stream::DeleteMessageErrorKind>())
            .or_else(|| self.of_kind::<stream::PurgeErrorKind>())
            .or_else(|| self.of_kind::<message::StreamMessageErrorKind>())
            .or_else(|| {
                let error = self.get::<jetstream::Error>()?;
                Some(format!("jetstream_{}", error.error_code().0).into())
            })
    }

    #[cfg(not(feature = "jetstream"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    fn of_jetstream(self) -> Option<Cow<'static, str>> {
        None
    }

    #[cfg(feature = "service")]
    fn of_service(self) -> Option<Cow<'static, str>> {
        let error = self.get::<async_nats::service::error::Error>()?;
        Some(error.code.to_string().into())
    }

    #[cfg(not(feature = "service"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    fn of_service(self) -> Option<Cow<'static, str>> {
        None
    }

    /// Acknowledgements return these in a box, for a timeout for one. Elsewhere they are not the client's.
    fn of_io(self) -> Option<Cow<'static, str>> {
        let Self::Boxed(_) = self else { return None };
        let error = self.get::<std::io::Error>()?;
        Some(match word(&error.kind()) {
            word if word == "other" => OTHER.into(),
            word => word.into(),
        })
    }
}

/// The name of an enum's variant in snake case. The client's enums grow with its features, so they cannot be matched.
fn word(kind: &impl Debug) -> String {
    let variant = format!("{kind:?}");
    let mut word = String::with_capacity(variant.len() + 4);
    for letter in variant.chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    match word.as_str() {
        "jet_stream" => "jetstream".to_owned(),
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use async_nats::{PublishError, PublishErrorKind, RequestError, RequestErrorKind};

    use super::*;

    fn check<E: 'static>(error: &E, expected: &str) {
        assert_eq!(Nats::error_type(error).as_deref(), Some(expected));
    }

    #[test]
    fn a_kind_is_spelt_in_snake_case() {
        check(&RequestError::new(RequestErrorKind::NoResponders), "no_responders");
        check(&RequestError::new(RequestErrorKind::TimedOut), "timed_out");
        check(&PublishError::new(PublishErrorKind::MaxPayloadExceeded), "max_payload_exceeded");
    }

    #[test]
    fn where_the_kind_says_nothing_the_source_may() {
        let publish = PublishError::new(PublishErrorKind::Send);
        check(&RequestError::with_source(RequestErrorKind::Other, publish), "send");
        check(&RequestError::with_source(RequestErrorKind::Other, "broken pipe"), "_OTHER");
        check(&RequestError::new(RequestErrorKind::Other), "_OTHER");
    }

    #[test]
    fn an_error_in_a_box_is_known_too() {
        let boxed = |error: PublishError| async_nats::Error::from(error);
        check(&boxed(PublishError::new(PublishErrorKind::InvalidSubject)), "invalid_subject");
        let timeout = std::io::Error::new(std::io::ErrorKind::TimedOut, "double ack response timed out");
        check(&async_nats::Error::from(timeout), "timed_out");
        check(&async_nats::Error::from(std::io::Error::other("subscription dropped")), "_OTHER");
    }

    #[test]
    fn errors_of_others_are_left_to_others() {
        assert_eq!(Nats::error_type(&"text"), None);
        assert_eq!(Nats::error_type(&async_nats::Error::from("text")), None);
        assert_eq!(Nats::error_type(&std::io::Error::other("the handler's own")), None);
    }

    #[cfg(feature = "jetstream")]
    #[test]
    fn jetstreams_errors_are_known() {
        use async_nats::jetstream::Error;
        use async_nats::jetstream::consumer::pull::{MessagesError, MessagesErrorKind};
        use async_nats::jetstream::context::{
            AccountError, AccountErrorKind, PublishError, PublishErrorKind,
        };

        let full = || -> Error {
            serde_json::from_str(r#"{"code":503,"err_code":10077,"description":"maximum messages exceeded"}"#)
                .unwrap()
        };
        check(&PublishError::new(PublishErrorKind::StreamNotFound), "stream_not_found");
        check(&PublishError::with_source(PublishErrorKind::Other, full()), "jetstream_10077");
        check(&AccountError::new(AccountErrorKind::JetStream(full())), "jetstream");
        check(&MessagesError::new(MessagesErrorKind::MissingHeartbeat), "missing_heartbeat");
        check(&full(), "jetstream_10077");
    }

    #[cfg(feature = "service")]
    #[test]
    fn the_code_of_a_services_error_is_its_type() {
        let error = async_nats::service::error::Error { status: "not found".to_owned(), code: 404 };
        check(&error, "404");
    }
}
