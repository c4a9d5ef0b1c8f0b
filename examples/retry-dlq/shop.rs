//! What the services do, whatever the broker is.

use tokio::sync::watch;

use crate::bank::Bank;
use crate::fate::Fate;
use crate::order::{Card, Order};
use crate::payment_error::PaymentError;
use crate::verdict::Verdict;

/// The work of the services, and how many orders have come to their end.
pub(crate) struct Shop {
    pub(crate) bank: Bank,
    orders: usize,
    ended: watch::Sender<usize>,
}

impl Shop {
    /// `orders` is how many are placed.
    pub(crate) fn new(orders: usize) -> Self {
        Self { bank: Bank::default(), orders, ended: watch::Sender::new(0) }
    }

    /// The handler of payments.
    pub(crate) async fn charge(&self, payload: &[u8]) -> Result<Fate, PaymentError> {
        let order: Order = serde_json::from_slice(payload).map_err(|_| PaymentError::NoOrder)?;
        self.bank.charge(&order).await?;
        Ok(Fate::Paid)
    }

    /// What support says to a dead letter. A customer whose card has expired has a new one by now.
    pub(crate) fn look_at(&self, payload: &[u8]) -> Verdict {
        match serde_json::from_slice(payload) {
            Ok(order @ Order { card: Card::Expired, .. }) => {
                self.bank.renew_card(&order);
                Verdict::Replay
            }
            _ => Verdict::Close,
        }
    }

    /// The broker was told that an order was taken care of, one way or the other.
    pub(crate) fn settled(&self, fate: Fate) {
        if fate.is_the_end() {
            self.one_ended();
        }
    }

    /// The broker was told that support has looked at a dead letter.
    pub(crate) fn closed(&self, verdict: Verdict) {
        if verdict == Verdict::Close {
            self.one_ended();
        }
    }

    fn one_ended(&self) {
        self.ended.send_modify(|ended| *ended += 1);
    }

    /// Waits until as many orders have come to their end as are placed.
    pub(crate) async fn all_ended(&self) {
        // The sender is this one, which is here.
        let _ = self.ended.subscribe().wait_for(|ended| *ended >= self.orders).await;
    }
}
