//! Why a payment fails.

use std::fmt;

/// Why a payment failed. Its text becomes the reason in the header of what is sent on, so nothing personal is in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PaymentError {
    /// It may be another time.
    Declined,
    /// The message cannot be read. It never can.
    NoOrder,
    /// It was delivered again and again, and nobody answered: the service died of it.
    NeverAnswered,
}

impl PaymentError {
    /// The `error.type` of its spans.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Declined => "card_declined",
            Self::NoOrder => "no_order",
            Self::NeverAnswered => "never_answered",
        }
    }
}

impl fmt::Display for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined => "the card was declined",
            Self::NoOrder => "the message is no order",
            Self::NeverAnswered => "the service died of the message each time",
        })
    }
}
