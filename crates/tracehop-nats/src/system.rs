//! NATS as a messaging system: its words and its errors.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};

use async_nats::error::Error;
use async_nats::{ConnectErrorKind, client};
use tracehop::semconv::ERROR_TYPE_OTHER;
use tracehop::{MessagingSystem, OperationKind, snake_case};

/// The marker for NATS and JetStream.
///
/// # `error.type`
///
/// It is the kind of a client's error in snake case: `no_responders`, `timed_out`, `max_payload_exceeded`,
/// `stream_not_found`, `missing_heartbeat`. Where the kind says nothing (`Other`) it is the kind of the error's source if
/// that is known, and else `_OTHER`. Two codes come from the other side, as numbers: `jetstream_10077` for the `err_code` of
/// JetStream's API, and `404` for the code of a service's error reply. Whoever answers chooses them, so only a number of the
/// form that they have stands there: an `err_code` from 10,000 to 10,999, else it is `jetstream`, and a code of three digits, else
/// it is `_OTHER`. A service's own span shows the code that the service itself replied, whatever it is.
///
/// The known errors are those of publishing, requesting, subscribing, flushing and connecting; with the feature `jetstream`
/// also those of contexts, streams, consumers and their messages; with the feature `service` also that of error replies.
/// They are known in a box too, because acknowledgements return boxed errors.
#[derive(Debug)]
pub enum Nats {}

/// A send that nobody answers, or a stream does.
pub(crate) const PUBLISH: &str = "publish";
/// A send that a service answers.
pub(crate) const REQUEST: &str = "request";

impl MessagingSystem for Nats {
    const NAME: &'static str = "nats";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Send => PUBLISH,
            OperationKind::Settle => "ack",
            other => other.as_str(),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        match error.downcast_ref::<async_nats::Error>() {
            Some(boxed) => AnyError::Boxed(&**boxed).error_type(),
            None => AnyError::Plain(error).error_type(),
        }
    }
}

/// An error of any type, which may be one of the client's.
#[derive(Clone, Copy)]
enum AnyError<'a> {
    Plain(&'a dyn Any),
    Boxed(&'a (dyn StdError + 'static)),
}

impl<'a> AnyError<'a> {
    fn get<E: StdError + 'static>(self) -> Option<&'a E> {
        match self {
            Self::Plain(error) => error.downcast_ref(),
            Self::Boxed(error) => error.downcast_ref(),
        }
    }

    fn error_type(self) -> Option<Cow<'static, str>> {
        let known = CLIENT.iter();
        #[cfg(feature = "jetstream")]
        let known = known.chain(JETSTREAM);
        #[cfg(feature = "service")]
        let known = known.chain(&[of_service as ErrorType]);
        known.copied().find_map(|error_type| error_type(self))
    }
}

/// The `error.type` of one of the client's types of errors; `None` if it is another type.
type ErrorType = fn(AnyError<'_>) -> Option<Cow<'static, str>>;

const CLIENT: &[ErrorType] = &[
    of_kind::<client::PublishErrorKind>,
    of_kind::<client::RequestErrorKind>,
    of_kind::<client::SubscribeErrorKind>,
    of_kind::<client::FlushErrorKind>,
    of_kind::<ConnectErrorKind>,
    of_send,
    of_io,
];

#[cfg(feature = "jetstream")]
const JETSTREAM: &[ErrorType] = {
    use async_nats::jetstream::consumer::{self, pull, push};
    use async_nats::jetstream::{context, message, stream};

    &[
        of_kind::<context::PublishErrorKind>,
        of_kind::<context::RequestErrorKind>,
        of_kind::<pull::MessagesErrorKind>,
        of_kind::<pull::OrderedErrorKind>,
        of_kind::<pull::BatchErrorKind>,
        of_kind::<pull::BatchRequestErrorKind>,
        of_kind::<pull::ConsumerRecreateErrorKind>,
        of_kind::<push::MessagesErrorKind>,
        of_kind::<push::OrderedErrorKind>,
        of_kind::<push::ConsumerRecreateErrorKind>,
        of_kind::<consumer::StreamErrorKind>,
        of_kind::<context::ConsumerInfoErrorKind>,
        of_kind::<context::CreateStreamErrorKind>,
        of_kind::<context::GetStreamErrorKind>,
        of_kind::<context::GetStreamByNameErrorKind>,
        of_kind::<context::AccountErrorKind>,
        of_kind::<stream::ConsumerErrorKind>,
        of_kind::<stream::DirectGetErrorKind>,
        of_kind::<stream::LastRawMessageErrorKind>,
        of_kind::<stream::DeleteMessageErrorKind>,
        of_kind::<stream::PurgeErrorKind>,
        of_kind::<message::StreamMessageErrorKind>,
        of_jetstream,
    ]
};

fn of_kind<K>(error: AnyError<'_>) -> Option<Cow<'static, str>>
where
    K: Clone + Debug + Display + PartialEq + 'static,
{
    let error = error.get::<Error<K>>()?;
    Some(match snake_case(&error.kind()) {
        code if code == "other" => error
            .source()
            .and_then(|source| AnyError::Boxed(source).error_type())
            .unwrap_or(Cow::Borrowed(ERROR_TYPE_OTHER)),
        code if code == "jet_stream" => "jetstream".into(),
        code => code.into(),
    })
}

/// Commands that the connection did not take.
fn of_send(error: AnyError<'_>) -> Option<Cow<'static, str>> {
    let failed = error.get::<client::DrainError>().is_some()
        || error.get::<client::ReconnectError>().is_some()
        || error.get::<async_nats::UnsubscribeError>().is_some();
    failed.then_some(Cow::Borrowed("send"))
}

/// Acknowledgements return boxed I/O errors, for example on timeout. An unboxed I/O error comes from user code, so it is
/// ignored.
fn of_io(error: AnyError<'_>) -> Option<Cow<'static, str>> {
    let AnyError::Boxed(_) = error else { return None };
    Some(match snake_case(&error.get::<std::io::Error>()?.kind()) {
        code if code == "other" => ERROR_TYPE_OTHER.into(),
        code => code.into(),
    })
}

/// What the server answers to a request of JetStream's API, or whoever else answers there.
#[cfg(feature = "jetstream")]
fn of_jetstream(error: AnyError<'_>) -> Option<Cow<'static, str>> {
    let error = error.get::<async_nats::jetstream::Error>()?;
    Some(match error.error_code().0 {
        code @ 10_000..=10_999 => format!("jetstream_{code}").into(),
        _ => "jetstream".into(),
    })
}

/// What a service replies when it fails.
#[cfg(feature = "service")]
fn of_service(error: AnyError<'_>) -> Option<Cow<'static, str>> {
    let error = error.get::<async_nats::service::error::Error>()?;
    Some(error.code.to_string().into())
}

/// The `error.type` of an error reply with this code. Whoever answered wrote it, so it is of low cardinality only if it is of the
/// form that such codes have.
pub(crate) fn error_type_of_reply(code: Option<&str>) -> Cow<'static, str> {
    match code {
        Some(code) if is_status(code.as_bytes()) => code.to_owned().into(),
        _ => ERROR_TYPE_OTHER.into(),
    }
}

/// Three digits, as HTTP has them.
fn is_status(code: &[u8]) -> bool {
    matches!(code, [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'])
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

    #[test]
    fn the_code_of_a_reply_counts_if_it_has_three_digits() {
        for code in ["100", "404", "500", "999"] {
            assert_eq!(error_type_of_reply(Some(code)), code);
        }
        for code in [
            "",
            "5",
            "42",
            "099",
            "000",
            "1000",
            "4294967295",
            "+50",
            "-50",
            " 404",
            "404 ",
            "4.4",
            "4e2",
            "0x1",
            "40\u{664}",
            "४०४",
            "not found",
            "\u{1b}[2J",
            "00000404",
            &"4".repeat(60_000),
        ] {
            assert_eq!(error_type_of_reply(Some(code)), "_OTHER", "{code:?}");
        }
        assert_eq!(error_type_of_reply(None), "_OTHER");
    }

    #[cfg(feature = "jetstream")]
    #[test]
    fn the_code_of_jetstreams_api_counts_if_it_is_one_that_there_may_be() {
        for (code, expected) in [
            ("0", "jetstream"),
            ("9999", "jetstream"),
            ("10000", "jetstream_10000"),
            ("10999", "jetstream_10999"),
            ("11000", "jetstream"),
            ("18446744073709551615", "jetstream"),
        ] {
            let text = format!(r#"{{"code":503,"err_code":{code},"description":"x"}}"#);
            let error: async_nats::jetstream::Error = serde_json::from_str(&text).unwrap();
            check(&error, expected);
        }
    }

    #[cfg(feature = "service")]
    #[test]
    fn the_code_of_a_services_error_is_its_type() {
        let error = async_nats::service::error::Error { status: "not found".to_owned(), code: 404 };
        check(&error, "404");
    }
}
