//! RabbitMQ as a messaging system: its names of operations and errors.

use std::any::Any;
use std::borrow::Cow;
use std::{fmt, io};

use lapin::message::BasicReturnMessage;
use lapin::protocol::{AMQPError, AMQPErrorKind};
use lapin::{Error, ErrorKind};
use tracehop::semconv::ERROR_TYPE_OTHER;
use tracehop::{MessagingSystem, OperationKind, snake_case};

use crate::replies::RequestError;

/// The words for messages that are published, and for those that are published and replied to.
pub(crate) const PUBLISH: &str = "publish";
pub(crate) const REQUEST: &str = "request";

/// The `error.type` of a message that the broker did not take.
pub(crate) const NACK: &str = "nack";

/// The broker did not take a message that was sent on. lapin has no error for it, because it is an answer like others there.
#[derive(Debug)]
pub(crate) struct NotTaken;

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the broker did not take the message")
    }
}

impl std::error::Error for NotTaken {}

/// A reply was to be sent to a message that asks for none.
#[derive(Debug)]
pub(crate) struct NoReplyTo;

impl fmt::Display for NoReplyTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message has no reply_to: its sender waits for no reply")
    }
}

impl std::error::Error for NoReplyTo {}

/// The marker for RabbitMQ.
///
/// # `error.type`
///
/// | value | when |
/// |---|---|
/// | AMQP's names in lower case: `no-route`, `not-found`, `access-refused`, `connection-forced`, … | the broker says so |
/// | `nack` | the broker did not take a message |
/// | `timed_out`, `closed`, `duplicate_correlation_id` | a request got no reply: see [`RequestError`] |
/// | `no_reply_to` | a message was to be replied to that asks for no reply |
/// | `not_settled` | a settlement was not sent, because the delivery's channel is gone |
/// | `connection_reset`, `broken_pipe`, `timed_out`, … | the kind of the I/O error with which the connection failed |
/// | `io` | the same, if the kind says nothing |
/// | `missing_heartbeat`, `runtime_shutdown` | the connection failed for another reason |
/// | `invalid_channel_state`, `invalid_connection_state`, `invalid_channel` | channel or connection is no longer there |
/// | `channels_limit_reached`, `invalid_protocol_version`, `auth_provider`, `no_default_runtime` | channel or connection could not be made |
/// | `parsing`, `serialisation`, `future_completed` | other errors of lapin's |
/// | `_OTHER` | an error that lapin may add, or a returned message without a known code |
#[derive(Debug)]
pub enum RabbitMq {}

impl MessagingSystem for RabbitMq {
    const NAME: &'static str = "rabbitmq";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Send => PUBLISH,
            other => other.as_str(),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        let of_client = error.downcast_ref::<Error>().map(error_type);
        of_client.or_else(|| error.downcast_ref::<RequestError>().map(request_error_type))
    }
}

fn error_type(error: &Error) -> Cow<'static, str> {
    let word = match error.kind() {
        ErrorKind::ProtocolError(error) => return name(error).into(),
        ErrorKind::IOError(error) if is::<NotTaken>(error) => NACK,
        ErrorKind::IOError(error) if is::<NoReplyTo>(error) => "no_reply_to",
        ErrorKind::IOError(error) => return io_kind(error.kind()),
        ErrorKind::MissingHeartbeatError => "missing_heartbeat",
        ErrorKind::InvalidChannelState(..) => "invalid_channel_state",
        ErrorKind::InvalidConnectionState(_) => "invalid_connection_state",
        ErrorKind::InvalidChannel(_) => "invalid_channel",
        ErrorKind::ChannelsLimitReached => "channels_limit_reached",
        ErrorKind::InvalidProtocolVersion(_) => "invalid_protocol_version",
        ErrorKind::ParsingError(_) => "parsing",
        ErrorKind::SerialisationError(_) => "serialisation",
        ErrorKind::RuntimeShutdownError(_) => "runtime_shutdown",
        ErrorKind::AuthProviderError(_) => "auth_provider",
        ErrorKind::FutureCompleted => "future_completed",
        ErrorKind::NoDefaultRuntime => "no_default_runtime",
        _ => ERROR_TYPE_OTHER,
    };
    word.into()
}

/// Whether an I/O error is one of this crate's.
fn is<E: std::error::Error + 'static>(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(error) if error.is::<E>())
}

fn request_error_type(error: &RequestError) -> Cow<'static, str> {
    match error {
        RequestError::Client(error) => error_type(error),
        RequestError::TimedOut => "timed_out".into(),
        RequestError::Returned(error) => name(error).into(),
        RequestError::NotTaken => NACK.into(),
        RequestError::Closed => "closed".into(),
        RequestError::DuplicateCorrelationId(_) => "duplicate_correlation_id".into(),
    }
}

/// Why the broker returned a message.
pub(crate) fn return_type(returned: &BasicReturnMessage) -> Cow<'static, str> {
    returned.error().as_ref().map_or(Cow::Borrowed(ERROR_TYPE_OTHER), |error| name(error).into())
}

/// AMQP's name of an error, as the conventions spell it: `connection-forced`.
fn name(error: &AMQPError) -> String {
    let mut name = match error.kind() {
        AMQPErrorKind::Soft(kind) => kind.to_string(),
        AMQPErrorKind::Hard(kind) => kind.to_string(),
    };
    name.make_ascii_lowercase();
    name
}

/// The kind of an I/O error: `connection_reset`.
fn io_kind(kind: io::ErrorKind) -> Cow<'static, str> {
    match snake_case(&kind) {
        word if matches!(word.as_str(), "other" | "uncategorized") => "io".into(),
        word => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use lapin::ChannelState;
    use lapin::protocol::{AMQPHardError, AMQPSoftError};

    use super::*;

    #[test]
    fn errors_are_spelt_as_the_conventions_do() {
        let protocol = |kind| ErrorKind::ProtocolError(AMQPError::new(kind, "text".into()));
        let io = |kind| ErrorKind::IOError(io::Error::from(kind).into());
        for (kind, expected) in [
            (protocol(AMQPErrorKind::Soft(AMQPSoftError::NOROUTE)), "no-route"),
            (protocol(AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)), "precondition-failed"),
            (protocol(AMQPErrorKind::Hard(AMQPHardError::CONNECTIONFORCED)), "connection-forced"),
            (io(io::ErrorKind::ConnectionReset), "connection_reset"),
            (io(io::ErrorKind::UnexpectedEof), "unexpected_eof"),
            (io(io::ErrorKind::Other), "io"),
            (ErrorKind::IOError(io::Error::other("something else").into()), "io"),
            (ErrorKind::IOError(io::Error::other(NotTaken).into()), "nack"),
            (ErrorKind::IOError(io::Error::other(NoReplyTo).into()), "no_reply_to"),
            (ErrorKind::InvalidChannelState(ChannelState::Closed, "basic.publish"), "invalid_channel_state"),
            (ErrorKind::MissingHeartbeatError, "missing_heartbeat"),
            (ErrorKind::ChannelsLimitReached, "channels_limit_reached"),
        ] {
            let error = Error::from(kind);
            assert_eq!(RabbitMq::error_type(&error).unwrap(), expected, "{error}");
        }
        assert_eq!(RabbitMq::error_type(&"something else"), None);
    }

    #[test]
    fn a_request_without_a_reply_says_why_in_one_word() {
        let no_route = AMQPError::new(AMQPErrorKind::Soft(AMQPSoftError::NOROUTE), "NO_ROUTE".into());
        for (error, expected) in [
            (RequestError::Client(ErrorKind::MissingHeartbeatError.into()), "missing_heartbeat"),
            (RequestError::TimedOut, "timed_out"),
            (RequestError::Returned(no_route), "no-route"),
            (RequestError::NotTaken, "nack"),
            (RequestError::Closed, "closed"),
            (RequestError::DuplicateCorrelationId("c-1".into()), "duplicate_correlation_id"),
        ] {
            assert_eq!(RabbitMq::error_type(&error).unwrap(), expected, "{error}");
        }
    }

    #[test]
    fn whatever_a_broker_replies_is_one_of_amqps_names() {
        let text = "\u{1b}[2J".repeat(60);
        let mut types: Vec<String> = (0..=u16::MAX)
            .filter_map(|code| AMQPError::from_id(code, text.as_str().into()))
            .map(|e| name(&e))
            .collect();
        types.sort_unstable();
        types.dedup();
        assert!((10..40).contains(&types.len()), "{types:?}");
        for name in types {
            let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(is_plain && (4..32).contains(&name.len()), "{name:?}");
        }
    }
}
