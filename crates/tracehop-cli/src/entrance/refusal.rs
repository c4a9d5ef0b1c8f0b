//! Why a request is refused.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::StatusCode;
use tonic::Code;
use tracehop_journey::otlp::OtlpError;

use super::sink::NotTaken;

const SOON: Duration = Duration::from_secs(1);

/// How many characters are said at most.
const LONGEST_WHY: usize = 500;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) kind: Kind,
    pub(super) why: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    NoToken,
    ForeignOrigin,
    NoSuchPath,
    NotPosted,
    WrongMediaType,
    WrongCompression,
    NotOtlp,
    TooLarge,
    TooSlow,
    /// This program has too much to do.
    Busy(Duration),
}

impl Refusal {
    pub(super) fn new(kind: Kind, why: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, why: shortened(why.into()) }
    }

    pub(super) fn busy(why: &'static str) -> Self {
        Self::new(Kind::Busy(SOON), why)
    }

    pub(super) fn not_otlp(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::NotOtlp, why)
    }

    pub(super) fn too_large(most: usize, how: &str) -> Self {
        Self::new(
            Kind::TooLarge,
            format!("the request has more than {most} bytes{how}: send smaller batches"),
        )
    }
}

/// Readers repeat what they found in a body, however long it is.
fn shortened(why: Cow<'static, str>) -> Cow<'static, str> {
    match why.char_indices().nth(LONGEST_WHY) {
        Some((end, _)) => why.get(..end).map_or(Cow::Borrowed(""), |why| format!("{why}…").into()),
        None => why,
    }
}

impl From<OtlpError> for Refusal {
    fn from(error: OtlpError) -> Self {
        let kind = match error {
            OtlpError::TooManyParts => Kind::TooLarge,
            _ => Kind::NotOtlp,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<NotTaken> for Refusal {
    fn from(error: NotTaken) -> Self {
        let kind = match &error {
            NotTaken::Full { retry_after } | NotTaken::Disk { retry_after, .. } => Kind::Busy(*retry_after),
            NotTaken::TooLong { .. } => Kind::TooLarge,
        };
        Self::new(kind, error.to_string())
    }
}

impl Kind {
    pub(super) fn http(self) -> StatusCode {
        match self {
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::NotPosted => StatusCode::METHOD_NOT_ALLOWED,
            Self::WrongMediaType | Self::WrongCompression => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotOtlp => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// OTLP's exporters come again on `Unavailable` and `DeadlineExceeded`, and on `ResourceExhausted` only if they are told
    /// when: what is too large shall not come again.
    pub(super) fn grpc(self) -> Code {
        match self {
            Self::NoToken => Code::Unauthenticated,
            Self::ForeignOrigin => Code::PermissionDenied,
            Self::NoSuchPath | Self::NotPosted | Self::WrongMediaType | Self::WrongCompression => {
                Code::Unimplemented
            }
            Self::NotOtlp => Code::InvalidArgument,
            Self::TooLarge => Code::ResourceExhausted,
            Self::TooSlow => Code::DeadlineExceeded,
            Self::Busy(_) => Code::Unavailable,
        }
    }

    pub(super) fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Busy(after) => Some(after),
            _ => None,
        }
    }
}
