//! Rounds in which all styles take turns, forwards and then backwards, so that a slow spell hits all alike.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::client::{Bench, Client, Slice};
use super::{Direction, Size, Style, by_side};
use crate::case::Sides;
use crate::measure::median;
use crate::provider::Mode;

/// One direction in one mode.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) direction: Direction,
    pub(crate) mode: Mode,
    /// As a part of the bare client's.
    pub(crate) throughput: Sides,
    /// Microseconds for each message above the bare client's.
    pub(crate) cpu: Sides,
    pub(crate) bare: Option<Bare>,
    /// The part of the spans that reached the exporter, where there should be any.
    pub(crate) exported: Option<f64>,
}

/// The bare client, and how much it differs from itself: that is the noise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bare {
    pub(crate) per_second: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

#[derive(Debug)]
pub(crate) struct Hops(pub(crate) Vec<Hop>);

impl Hops {
    pub(crate) fn of(&self, direction: Direction, mode: Mode) -> Option<&Hop> {
        self.0.iter().find(|hop| hop.direction == direction && hop.mode == mode)
    }
}

pub(crate) fn run(
    bench: &Bench,
    client: &Client,
    direction: Direction,
    size: Size,
    exported: &AtomicU64,
) -> anyhow::Result<Hop> {
    let messages = size.slice(direction);
    // Connections, caches and name tables are filled.
    for style in Style::ALL {
        bench.slice(client, direction, style, messages)?;
        client.tracers.drain()?;
    }
    let exported_before = exported.load(Ordering::Relaxed);
    let mut rounds = Vec::new();
    for _ in 0..size.rounds {
        let mut round = Vec::new();
        for style in Style::ALL.into_iter().chain(Style::ALL.into_iter().rev()) {
            round.push((style, bench.slice(client, direction, style, messages)?));
            client.tracers.drain()?;
        }
        rounds.push(Round(round));
    }
    // Two traced styles, twice in each round.
    let spans = 4.0 * f64::from(size.rounds) * f64::from(messages);
    let exported = (exported.load(Ordering::Relaxed) - exported_before) as f64 / spans;
    Ok(Hop {
        direction,
        mode: client.mode,
        throughput: by_side(|style| {
            over(&rounds, |round| Some(round.rate(style)? / round.rate(Style::Bare)?))
        }),
        cpu: by_side(|style| over(&rounds, |round| Some(round.cpu(style)? - round.cpu(Style::Bare)?))),
        bare: noise(&rounds),
        exported: (client.mode == Mode::Sampled).then_some(exported),
    })
}

fn over(rounds: &[Round], of: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
    median(rounds.iter().filter_map(of).collect())
}

fn noise(rounds: &[Round]) -> Option<Bare> {
    let ratios = || rounds.iter().filter_map(Round::bare_against_itself);
    Some(Bare {
        per_second: over(rounds, |round| round.rate(Style::Bare))?,
        least: ratios().reduce(f64::min)?,
        most: ratios().reduce(f64::max)?,
    })
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

    fn bare_against_itself(&self) -> Option<f64> {
        let mut slices = self.of(Style::Bare).map(|slice| slice.elapsed.as_secs_f64());
        let (first, last) = (slices.next()?, slices.last()?);
        (last > 0.0).then(|| first / last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_adds_up_both_turns_of_a_style() {
        let slice = |millis, cpu| Slice {
            messages: 100,
            elapsed: Duration::from_millis(millis),
            cpu: Some(Duration::from_micros(cpu)),
        };
        let round = Round(vec![
            (Style::Bare, slice(10, 100)),
            (Style::Ours, slice(20, 300)),
            (Style::Ours, slice(20, 300)),
            (Style::Bare, slice(30, 100)),
        ]);
        assert_eq!(round.rate(Style::Bare), Some(5_000.0));
        assert_eq!(round.rate(Style::Ours), Some(5_000.0));
        assert_eq!(round.rate(Style::ByHand), None);
        assert!((round.cpu(Style::Ours).unwrap() - 3.0).abs() < 1e-9);
        assert!((round.bare_against_itself().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    }
}
