//! Numbers that look random and follow from a seed.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Numbers that look random and follow from a seed: `SplitMix64`, which is a few lines and good enough to be looked at.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// For one question about one thing: the answers to others do not change it.
    pub(super) fn of(seed: u64, thing: u64, question: &str) -> Self {
        let mut chance = Self(seed);
        for part in [thing].into_iter().chain(question.bytes().map(u64::from)) {
            chance.0 ^= part;
            chance.0 = chance.draw();
        }
        chance
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these numbers.
    pub(super) fn among(&mut self, numbers: RangeInclusive<u64>) -> u64 {
        let width = numbers.end().saturating_sub(*numbers.start()).saturating_add(1);
        numbers.start() + self.draw() % width
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn happens(&mut self, percent: u64) -> bool {
        self.among(1..=100) <= percent
    }

    /// A number of milliseconds, as a time.
    pub(super) fn milliseconds(&mut self, numbers: RangeInclusive<u64>) -> Duration {
        // Not all the same fractions: the page shows three digits.
        Duration::from_millis(self.among(numbers)) + Duration::from_micros(self.among(0..=999))
    }

    /// How long a message waits: mostly some ten milliseconds, now and then up to two seconds.
    pub(super) fn wait(&mut self) -> Duration {
        match self.among(1..=100) {
            1..=75 => self.milliseconds(10..=60),
            76..=96 => self.milliseconds(60..=300),
            _ => self.milliseconds(300..=1_999),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_another_question_has_another() {
        let draw = |seed, thing, question| Chance::of(seed, thing, question).draw();
        assert_eq!(draw(7, 1, "wait"), draw(7, 1, "wait"));
        let answers = [draw(7, 1, "wait"), draw(8, 1, "wait"), draw(7, 2, "wait"), draw(7, 1, "work")];
        for (at, answer) in answers.iter().enumerate() {
            assert!(!answers[at + 1..].contains(answer), "{answers:?}");
        }
    }

    #[test]
    fn numbers_are_in_their_range_and_reach_its_ends() {
        let mut chance = Chance::of(7, 1, "range");
        let drawn: Vec<u64> = (0..1_000).map(|_| chance.among(3..=5)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&3), Some(&5)));
        assert_eq!(chance.among(4..=4), 4);
        assert!((0..1_000).all(|_| !chance.happens(0) && chance.happens(100)));
    }

    #[test]
    fn waits_take_from_ten_milliseconds_to_two_seconds() {
        let waits: Vec<Duration> = (0..2_000).map(|order| Chance::of(7, order, "wait").wait()).collect();
        assert!(waits.iter().all(|wait| (10..=2_000).contains(&wait.as_millis())));
        assert!(waits.iter().any(|wait| wait.as_millis() > 1_500), "some are long");
        assert!(waits.iter().filter(|wait| wait.as_millis() <= 60).count() > 1_000, "most are short");
    }
}
