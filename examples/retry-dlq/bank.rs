//! A stand-in for the bank.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::order::{Card, Order};
use crate::payment_error::PaymentError;

/// How often a card that is overdrawn is declined.
const OVERDRAWN: u32 = 2;

/// The bank takes its time.
const TAKES: Duration = Duration::from_micros(500);

/// It knows each charge by the order's identifier, and makes it once, however often it is asked: a message may be delivered more
/// than once, and an order may be replayed that was paid.
#[derive(Default)]
pub(crate) struct Bank(Mutex<Books>);

#[derive(Default)]
struct Books {
    /// The orders that were charged for, in this order.
    charged: Vec<String>,
    /// How often a charge for an order was declined.
    declined: HashMap<String, u32>,
    /// The orders whose card has been renewed.
    renewed: HashSet<String>,
}

impl Bank {
    pub(crate) async fn charge(&self, order: &Order) -> Result<(), PaymentError> {
        tokio::time::sleep(TAKES).await;
        let mut books = self.books();
        if books.charged.contains(&order.id) {
            return Ok(());
        }
        let declined = books.declined.get(&order.id).copied().unwrap_or_default();
        let takes = match order.card {
            Card::Overdrawn => declined >= OVERDRAWN,
            Card::Stolen => false,
            Card::Expired => books.renewed.contains(&order.id),
        };
        if !takes {
            books.declined.insert(order.id.clone(), declined + 1);
            return Err(PaymentError::Declined);
        }
        books.charged.push(order.id.clone());
        Ok(())
    }

    /// The customer has a new card.
    pub(crate) fn renew_card(&self, order: &Order) {
        self.books().renewed.insert(order.id.clone());
    }

    /// The orders that were charged for, each as often as that happened.
    #[cfg(test)]
    pub(crate) fn charged(&self) -> Vec<String> {
        self.books().charged.clone()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_is_charged_for_once_however_often_the_bank_is_asked() {
        let (bank, order) = (Bank::default(), Order { id: "ord_1".to_owned(), card: Card::Overdrawn });
        for expected in [Err(PaymentError::Declined), Err(PaymentError::Declined), Ok(()), Ok(()), Ok(())] {
            assert_eq!(bank.charge(&order).await, expected);
        }
        assert_eq!(bank.charged(), ["ord_1"]);
    }
}
