//! An order, and what is to become of it.

use std::ops::Range;
use std::time::Duration;

use super::chance::Chance;

/// An order, as it travels in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) user: u64,
    pub(super) session: u64,
    pub(super) cents: u64,
    pub(super) fate: Fate,
    seed: u64,
}

/// Now and then the card provider is slow, for so many orders of so many: a storm of retries. The first one comes after some
/// minutes.
const OUTAGE: Range<u64> = 1_200..1_400;
const OUTAGE_EVERY: u64 = 2_400;

/// What is to become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) payment: Payment,
    pub(super) shipping: Shipping,
    pub(super) is_in_stock: bool,
    pub(super) wants_newsletter: bool,
    pub(super) is_basket: bool,
}

impl Fate {
    /// All goes well.
    const WELL: Self = Self {
        payment: Payment::AtTry(1),
        shipping: Shipping::Possible,
        is_in_stock: true,
        wants_newsletter: false,
        is_basket: false,
    };

    fn of(seed: u64, number: u64) -> Self {
        // Whoever looks at the page for the first time should not have to wait for what it can show.
        match number {
            2 => Self { wants_newsletter: true, ..Self::WELL },
            3 => Self { payment: Payment::AtTry(3), ..Self::WELL },
            5 => Self { payment: Payment::Declined, ..Self::WELL },
            6 => Self { is_basket: true, ..Self::WELL },
            7 => Self { is_in_stock: false, ..Self::WELL },
            8 => Self { shipping: Shipping::Impossible, ..Self::WELL },
            9 => Self { payment: Payment::AtTry(2), ..Self::WELL },
            0..=12 => Self::WELL,
            _ => Self::drawn(seed, number),
        }
    }

    fn drawn(seed: u64, number: u64) -> Self {
        let mut chance = Chance::of(seed, number, "fate");
        let payment = match chance.among(1..=100) {
            1..=97 if OUTAGE.contains(&(number % OUTAGE_EVERY)) => Payment::AtTry(4),
            1..=7 => Payment::AtTry(2),
            8..=11 => Payment::AtTry(3),
            12..=14 => Payment::Declined,
            _ => Payment::AtTry(1),
        };
        let shipping = if chance.among(1..=150) == 1 { Shipping::Impossible } else { Shipping::Possible };
        Self {
            payment,
            shipping,
            is_in_stock: !chance.happens(2),
            wants_newsletter: chance.happens(5),
            is_basket: chance.happens(6),
        }
    }
}

/// What becomes of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payment {
    /// The first ones run out of time.
    AtTry(u32),
    /// The card is declined: there is no use in trying again.
    Declined,
}

/// What becomes of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shipping {
    Possible,
    /// However often it is tried.
    Impossible,
}

impl Order {
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mut chance = Chance::of(seed, number, "order");
        Self {
            number,
            user: chance.among(1..=40),
            session: chance.among(1_000..=1_199),
            cents: chance.among(499..=25_000),
            fate: Fate::of(seed, number),
            seed,
        }
    }

    /// The other orders of its basket: they have numbers of their own, and go well.
    pub(super) fn others_of_basket(&self) -> Vec<Self> {
        let count = self.chance("basket").among(1..=2);
        let other = |place| Self {
            number: self.number.wrapping_mul(10).wrapping_add(place).wrapping_add(1_000_000),
            fate: Fate::WELL,
            ..self.clone()
        };
        (0..count).map(other).collect()
    }

    pub(super) fn user_id(&self) -> String {
        format!("u-{}", self.user)
    }

    pub(super) fn session_id(&self) -> String {
        format!("s-{}", self.session)
    }

    /// Numbers for one question about this order.
    pub(super) fn chance(&self, question: &str) -> Chance {
        Chance::of(self.seed, self.number, question)
    }

    /// How long something takes with this order, in milliseconds.
    pub(super) fn takes(&self, what: &str, from: u64, to: u64) -> Duration {
        self.chance(what).milliseconds(from..=to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(seed: u64, count: u64) -> Vec<Order> {
        (1..=count).map(|number| Order::new(seed, number)).collect()
    }

    #[test]
    fn orders_follow_from_the_seed() {
        assert_eq!(orders(7, 300), orders(7, 300));
        assert_ne!(orders(7, 300), orders(8, 300));
    }

    #[test]
    fn the_card_provider_is_slow_for_most_of_two_hundred_orders_now_and_then() {
        let slow = |range: Range<u64>| -> usize {
            range.filter(|number| Order::new(7, *number).fate.payment == Payment::AtTry(4)).count()
        };
        assert_eq!((slow(1..1_200), slow(1_400..3_600)), (0, 0));
        assert!(slow(1_200..1_400) > 150 && slow(3_600..3_800) > 150);
    }

    #[test]
    fn all_that_happens_is_among_the_first_twelve_orders_and_goes_on_to_happen() {
        for (seed, range) in [(7, 1..=12), (8, 1..=12), (7, 13..=1_000), (8, 13..=1_000)] {
            let fates: Vec<Fate> = range.clone().map(|number| Order::new(seed, number).fate).collect();
            for (what, happens) in [
                ("a second try", (|fate| fate.payment == Payment::AtTry(2)) as fn(&Fate) -> bool),
                ("a third try", |fate| fate.payment == Payment::AtTry(3)),
                ("a declined card", |fate| fate.payment == Payment::Declined),
                ("a shipment that is impossible", |fate| fate.shipping == Shipping::Impossible),
                ("nothing in stock", |fate| !fate.is_in_stock),
                ("a newsletter", |fate| fate.wants_newsletter),
                ("a basket", |fate| fate.is_basket),
                ("nothing of that", |fate| *fate == Fate::WELL),
            ] {
                assert!(fates.iter().any(happens), "{what} of {range:?} with seed {seed}");
            }
        }
    }
}
