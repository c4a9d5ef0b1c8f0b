//! What becomes of an order whose payment failed.

use crate::payment_error::PaymentError;
use crate::wait::Wait;

/// Where an order goes whose payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// To the next try, after a while.
    Retry(Wait),
    /// To the dead letters: somebody may help, and replay it.
    Dead,
    /// To the parking lot: no program can do anything with it.
    Parked,
}

impl Next {
    /// `earlier_tries` is how often it was tried before: as the broker counts deliveries, or as `attempts_before` says of a
    /// message that was sent on.
    pub(crate) fn after(error: &PaymentError, earlier_tries: u64) -> Self {
        match (error, earlier_tries) {
            // A try that cannot succeed is none: it takes the time of others.
            (PaymentError::NoOrder | PaymentError::NeverAnswered, _) => Self::Parked,
            (PaymentError::Declined, 0) => Self::Retry(Wait::Short),
            (PaymentError::Declined, 1) => Self::Retry(Wait::Long),
            // Also the orders that were replayed, which were sent on more often.
            (PaymentError::Declined, _) => Self::Dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_depends_on_the_error_and_on_the_tries_before() {
        for (error, earlier_tries, expected) in [
            (PaymentError::Declined, 0, Next::Retry(Wait::Short)),
            (PaymentError::Declined, 1, Next::Retry(Wait::Long)),
            (PaymentError::Declined, 2, Next::Dead),
            // It was replayed.
            (PaymentError::Declined, 4, Next::Dead),
            (PaymentError::NoOrder, 0, Next::Parked),
            (PaymentError::NoOrder, 4, Next::Parked),
            (PaymentError::NeverAnswered, 6, Next::Parked),
        ] {
            assert_eq!(Next::after(&error, earlier_tries), expected, "{error:?} after {earlier_tries}");
        }
    }
}
