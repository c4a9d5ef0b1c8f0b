//! Why a request has no reply.

use std::{error, fmt};

use lapin::Error;
use lapin::message::BasicReturnMessage;
use lapin::protocol::AMQPError;
use lapin::types::ShortString;

/// Why a request has no reply.
///
/// | error | `error.type` of the request's span |
/// |---|---|
/// | [`Client`](Self::Client) | lapin's error, as for a publish |
/// | [`TimedOut`](Self::TimedOut) | `timed_out` |
/// | [`Returned`](Self::Returned) | AMQP's name: `no-route` |
/// | [`NotTaken`](Self::NotTaken) | `nack` |
/// | [`Closed`](Self::Closed) | `closed` |
/// | [`DuplicateCorrelationId`](Self::DuplicateCorrelationId) | `duplicate_correlation_id` |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The request could not be sent, or channel or connection failed before the reply came.
    Client(Error),
    /// The time was over before the reply came. The request may have been handled all the same.
    TimedOut,
    /// The broker returned the request, for example because no queue takes it.
    Returned(AMQPError),
    /// The broker did not take the request, for example because its queue is full.
    NotTaken,
    /// The consumer of the replies has ended: this process has closed its channel or connection, or it was cancelled.
    Closed,
    /// Another request waits for its reply under this correlation id. This one was not sent, because their replies could not be
    /// told apart.
    DuplicateCorrelationId(ShortString),
}

impl RequestError {
    pub(super) fn returned(message: &BasicReturnMessage) -> Self {
        message.error().map_or(Self::NotTaken, Self::Returned)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no reply came in time"),
            Self::Returned(error) => {
                write!(f, "the broker returned the request: {} {}", error.get_id(), error.get_message())
            }
            Self::NotTaken => f.write_str("the broker did not take the request"),
            Self::Closed => f.write_str("the consumer of the replies has ended"),
            Self::DuplicateCorrelationId(id) => {
                write!(f, "another request with the correlation id {:?} waits for its reply", id.as_str())
            }
        }
    }
}

impl error::Error for RequestError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Client(error) => Some(error),
            Self::Returned(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}
