//! What goes wrong in the shop.

use std::fmt;

/// What goes wrong in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    CardTimedOut,
    CardDeclined,
    OutOfStock,
    AddressUnknown,
    QueueFull,
}

impl Problem {
    /// Its `error.type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CardTimedOut => "card_timeout",
            Self::CardDeclined => "card_declined",
            Self::OutOfStock => "out_of_stock",
            Self::AddressUnknown => "address_unknown",
            Self::QueueFull => "queue_full",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CardTimedOut => "the card provider did not answer in time",
            Self::CardDeclined => "the card was declined",
            Self::OutOfStock => "nothing is left in stock",
            Self::AddressUnknown => "no carrier knows the address",
            Self::QueueFull => "the queue is full",
        })
    }
}

impl std::error::Error for Problem {}
