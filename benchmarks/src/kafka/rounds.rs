//! Rounds in which all styles take turns, forwards and then backwards, so that a slow spell hits all alike; and sittings,
//! each with clients of its own, for where a client's threads and memory happen to lie makes a difference that stays.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::client::{Bench, Client};
use super::clock::Slice;
use super::direction::Direction;
use super::size::Size;
use super::style::{Style, by_side};
use crate::measure::median;
use crate::mode::Mode;
use crate::sides::Sides;

/// One direction in one mode.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) direction: Direction,
    pub(crate) mode: Mode,
    /// As a part of the bare client's.
    pub(crate) throughput: Sides,
    /// Microseconds for each message above the bare client's.
    pub(crate) cpu: Sides,
    pub(crate) bare: Bare,
    /// The least and the most of tracehop's `cpu` in any sitting.
    pub(crate) cpu_by_sitting: Option<(f64, f64)>,
    /// The part of the spans that reached the exporter, where there should be any.
    pub(crate) exported: Option<f64>,
}

/// The bare client, and how much it differs from itself within a round: that is the noise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bare {
    pub(crate) per_second: Option<f64>,
    /// Its time at the least and at the most, as a part of its time in the other turn of the same round.
    pub(crate) against_itself: Option<(f64, f64)>,
    /// Microseconds for each message.
    pub(crate) cpu: Option<f64>,
    /// How far `cpu` is off from that of the other turn, in the middle.
    pub(crate) cpu_off: Option<f64>,
}

#[derive(Debug, Default)]
pub(crate) struct Hops(pub(crate) Vec<Hop>);

impl Hops {
    pub(crate) fn of(&self, direction: Direction, mode: Mode) -> Option<&Hop> {
        self.0.iter().find(|hop| hop.direction == direction && hop.mode == mode)
    }
}

/// The rounds with the same clients.
pub(crate) struct Sitting {
    pub(crate) direction: Direction,
    pub(crate) mode: Mode,
    rounds: Vec<Round>,
    /// Spans that reached the exporter.
    exported: u64,
}

pub(crate) fn sit(
    bench: &Bench,
    client: &Client,
    direction: Direction,
    size: Size,
    exported: &AtomicU64,
) -> anyhow::Result<Sitting> {
    let messages = size.slice(direction);
    // Connections, caches and name tables are filled.
    for style in Style::ALL {
        bench.slice(client, direction, style, messages)?;
    }
    let exported_before = exported.load(Ordering::Relaxed);
    let mut rounds = Vec::new();
    for _ in 0..size.rounds {
        let mut round = Vec::new();
        for style in Style::ALL.into_iter().chain(Style::ALL.into_iter().rev()) {
            round.push((style, bench.slice(client, direction, style, messages)?));
        }
        rounds.push(Round(round));
    }
    let exported = exported.load(Ordering::Relaxed) - exported_before;
    Ok(Sitting { direction, mode: client.mode, rounds, exported })
}

/// All sittings of one direction in one mode together.
pub(crate) fn sum_up(direction: Direction, mode: Mode, sittings: &[Sitting]) -> Hop {
    let ours: Vec<&Sitting> =
        sittings.iter().filter(|sitting| sitting.direction == direction && sitting.mode == mode).collect();
    let rounds: Vec<&Round> = ours.iter().flat_map(|sitting| &sitting.rounds).collect();
    let by_sitting = ours.iter().filter_map(|sitting| {
        median(sitting.rounds.iter().filter_map(|round| round.cpu_beside_bare(Style::Ours)).collect())
    });
    // All styles but the bare one make a span for each message.
    let spans: f64 = rounds.iter().map(|round| round.messages_but(Style::Bare)).sum();
    let exported = ours.iter().map(|sitting| sitting.exported).sum::<u64>() as f64;
    Hop {
        direction,
        mode,
        throughput: by_side(|style| {
            over(&rounds, |round| Some(round.rate(style)? / round.rate(Style::Bare)?))
        }),
        cpu: by_side(|style| over(&rounds, |round| round.cpu_beside_bare(style))),
        bare: Bare {
            per_second: over(&rounds, |round| round.rate(Style::Bare)),
            against_itself: range(rounds.iter().filter_map(|round| round.bare_against_itself())),
            cpu: over(&rounds, |round| round.cpu(Style::Bare)),
            cpu_off: over(&rounds, Round::bare_cpu_off),
        },
        cpu_by_sitting: range(by_sitting),
        exported: (mode == Mode::Sampled).then_some(exported / spans),
    }
}

fn over(rounds: &[&Round], of: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
    median(rounds.iter().filter_map(|round| of(round)).collect())
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .map(|value| (value, value))
        .reduce(|(least, most), (value, _)| (f64::min(least, value), f64::max(most, value)))
}

/// What each style took in one round; each comes twice.
struct Round(Vec<(Style, Slice)>);

impl Round {
    fn of(&self, style: Style) -> impl Iterator<Item = &Slice> {
        self.0.iter().filter(move |(of, _)| *of == style).map(|(_, slice)| slice)
    }

    fn messages(&self, style: Style) -> f64 {
        self.of(style).map(|slice| f64::from(slice.messages)).sum()
    }

    fn messages_but(&self, style: Style) -> f64 {
        self.0.iter().filter(|(of, _)| *of != style).map(|(_, slice)| f64::from(slice.messages)).sum()
    }

    /// Messages a second.
    fn rate(&self, style: Style) -> Option<f64> {
        let elapsed = self.of(style).map(|slice| slice.elapsed).sum::<Duration>();
        (!elapsed.is_zero()).then(|| self.messages(style) / elapsed.as_secs_f64())
    }

    /// Microseconds of CPU for each message.
    fn cpu(&self, style: Style) -> Option<f64> {
        let used: Option<Duration> = self.of(style).map(|slice| slice.cpu).sum();
        Some(used?.as_secs_f64() * 1e6 / self.messages(style))
    }

    fn cpu_beside_bare(&self, style: Style) -> Option<f64> {
        Some(self.cpu(style)? - self.cpu(Style::Bare)?)
    }

    fn bare_against_itself(&self) -> Option<f64> {
        let mut slices = self.of(Style::Bare).map(|slice| slice.elapsed.as_secs_f64());
        let (first, last) = (slices.next()?, slices.last()?);
        (last > 0.0).then(|| first / last)
    }

    fn bare_cpu_off(&self) -> Option<f64> {
        let mut slices = self.of(Style::Bare);
        let (first, last) = (slices.next()?, slices.last()?);
        let off = first.cpu?.abs_diff(last.cpu?).as_secs_f64();
        Some(off * 1e6 / f64::from(first.messages))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(millis: u64, cpu: u64) -> Slice {
        let (elapsed, cpu) = (Duration::from_millis(millis), Some(Duration::from_micros(cpu)));
        Slice { messages: 100, elapsed, cpu }
    }

    fn round(cpu_of_ours: u64) -> Round {
        Round(vec![
            (Style::Bare, slice(10, 100)),
            (Style::Ours, slice(20, cpu_of_ours)),
            (Style::Ours, slice(20, cpu_of_ours)),
            (Style::Bare, slice(30, 120)),
        ])
    }

    #[test]
    fn a_round_adds_up_both_turns_of_a_style() {
        let round = round(300);
        assert_eq!(round.rate(Style::Bare), Some(5_000.0));
        assert_eq!(round.rate(Style::Ours), Some(5_000.0));
        assert_eq!(round.rate(Style::ByHand), None);
        assert!((round.cpu(Style::Ours).unwrap() - 3.0).abs() < 1e-9);
        assert!((round.bare_against_itself().unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert!((round.bare_cpu_off().unwrap() - 0.2).abs() < 1e-9);
    }

    #[test]
    fn what_differs_from_sitting_to_sitting_is_kept() {
        let (direction, mode) = (Direction::Send, Mode::Sampled);
        let sitting = |cpu| Sitting { direction, mode, rounds: vec![round(cpu)], exported: 100 };
        let hop = sum_up(direction, mode, &[sitting(210), sitting(310)]);
        let (least, most) = hop.cpu_by_sitting.unwrap();
        assert!((least - 1.0).abs() < 1e-9 && (most - 2.0).abs() < 1e-9);
        assert!((hop.cpu.ours.unwrap() - 1.5).abs() < 1e-9);
        assert_eq!(hop.exported, Some(0.5));
    }
}
