//! Why a charge fails.

use std::fmt;

/// Why a charge failed.
#[derive(Debug)]
pub(crate) enum PaymentError {
    BankTimeout,
    Declined,
    Other(anyhow::Error),
}

impl PaymentError {
    /// The `error.type` of its spans.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::BankTimeout => "bank_timeout",
            Self::Declined => "card_declined",
            Self::Other(_) => "_OTHER",
        }
    }

    /// Whether the same charge may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::BankTimeout)
    }
}

impl fmt::Display for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BankTimeout => f.write_str("the bank did not answer"),
            Self::Declined => f.write_str("the card was declined"),
            Self::Other(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<anyhow::Error> for PaymentError {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
