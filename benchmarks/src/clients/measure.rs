//! One cell: all styles take turns in slices, forwards and then backwards, so that a slow spell hits all alike.

use std::time::{Duration, Instant};

use super::cell::{Cell, Direction, Pipeline, Style};
use super::crew::{Member, Took};
use super::estimate::Estimate;
use super::outcome::{Outcome, StyleOutcome};
use super::stage::Stage;
use super::worker::BATCH;

/// Messages of a child's first slice, which fills connections, caches and name tables.
const FIRST: u32 = 2_000;

/// How much a cell may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) time: Duration,
    /// The slowest style takes so long for a slice.
    pub(crate) slice: Duration,
    pub(crate) rounds: usize,
    /// Messages of a slice at the most. The embedded Kafka cluster has no more to read.
    pub(crate) most: u32,
}

impl Budget {
    /// To see that it works.
    pub(crate) const ONCE: Self =
        Self { time: Duration::ZERO, slice: Duration::ZERO, rounds: 1, most: BATCH };
}

/// The styles in their turn; the bare client is its own neighbour.
fn turns(pipeline: Pipeline) -> Vec<Style> {
    let mut styles = vec![Style::Bare, Style::Header, Style::ByHand, Style::Tracing, Style::Ours];
    styles.extend(pipeline.has_set_up().then_some(Style::Whole));
    styles.push(Style::Bare);
    styles
}

/// What a style took in each round.
struct Turn {
    style: Style,
    rounds: Vec<Took>,
    /// Spans that the sink got from it.
    sunk: u64,
    member: Member,
}

pub(crate) fn measure(stage: &Stage, cell: Cell, budget: Budget) -> anyhow::Result<Outcome> {
    measure_styles(stage, stage.program(), &turns(cell.pipeline), cell, budget)
}

/// The same with another program's workers, and with styles of which the first and the last are the bare client.
pub(super) fn measure_styles(
    stage: &Stage,
    program: &str,
    styles: &[Style],
    cell: Cell,
    budget: Budget,
) -> anyhow::Result<Outcome> {
    let until = Instant::now() + budget.time;
    let first = FIRST.min(budget.most);
    let mut turns = Vec::new();
    let mut slowest: f64 = 0.0;
    for style in styles {
        let mut member = stage.worker_of(program, cell, *style)?;
        member.slice(first)?;
        let took = member.slice(first)?;
        slowest = slowest.max(took.seconds / took.messages);
        turns.push(Turn { style: *style, rounds: Vec::new(), sunk: 0, member });
    }
    let messages = messages(budget, slowest, cell);
    // Once at least, for there is no figure of nothing.
    while turns.first().is_none_or(|turn| turn.rounds.len() < budget.rounds.max(1)) || Instant::now() < until
    {
        for turn in &mut turns {
            let took = turn.slice(stage, cell, messages)?;
            turn.rounds.push(took);
        }
        for turn in turns.iter_mut().rev() {
            let took = turn.slice(stage, cell, messages)?;
            if let Some(round) = turn.rounds.last_mut() {
                *round = round.and(took);
            }
        }
    }
    sum_up(cell, messages, &turns)
}

fn messages(budget: Budget, seconds: f64, cell: Cell) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and bounded")]
    let fitting = (budget.slice.as_secs_f64() / seconds.max(1e-9)).clamp(0.0, 1e9) as u32;
    let most = if cell.direction == Direction::Send { 50_000 } else { stage_most(cell) };
    fitting.max(FIRST).min(most).min(budget.most).next_multiple_of(BATCH)
}

/// What there is to read on the embedded Kafka cluster, and no more than the NATS client's subscription holds.
fn stage_most(cell: Cell) -> u32 {
    if cell.size.bytes() > 100 { 12_000 } else { 50_000 }
}

impl Turn {
    fn slice(&mut self, stage: &Stage, cell: Cell, messages: u32) -> anyhow::Result<Took> {
        if cell.pipeline != Pipeline::Otlp || !self.style.makes_spans() {
            return self.member.slice(messages);
        }
        let before = stage.sunk()?;
        let took = self.member.slice(messages)?;
        self.sunk += stage.sunk()? - before;
        Ok(took)
    }
}

fn sum_up(cell: Cell, messages_a_slice: u32, turns: &[Turn]) -> anyhow::Result<Outcome> {
    let [bare, .., again] = turns else { anyhow::bail!("nobody took a turn") };
    let estimate = |values: Vec<f64>| Estimate::of(values).unwrap_or_default();
    let cpu = |turn: &Turn| {
        estimate(turn.rounds.iter().zip(&bare.rounds).map(|(took, bare)| took.cpu() - bare.cpu()).collect())
    };
    let rate = |turn: &Turn| {
        estimate(turn.rounds.iter().zip(&bare.rounds).map(|(took, bare)| took.rate() / bare.rate()).collect())
    };
    let styles = turns.iter().filter(|turn| turn.style != Style::Bare).map(|turn| StyleOutcome {
        style: turn.style,
        cpu: cpu(turn),
        rate: rate(turn),
        exported: exported(cell, turn),
    });
    Ok(Outcome {
        cell,
        messages_a_slice,
        bare_cpu: estimate(bare.rounds.iter().map(Took::cpu).collect()),
        bare_rate: estimate(bare.rounds.iter().map(Took::rate).collect()),
        itself_cpu: cpu(again),
        itself_rate: rate(again),
        styles: styles.collect(),
    })
}

/// The part of the spans that reached an exporter that drops, or the sink.
fn exported(cell: Cell, turn: &Turn) -> Option<f64> {
    let messages: f64 = turn.rounds.iter().map(|took| took.messages).sum();
    let spans = if cell.direction == Direction::Batch { messages / f64::from(BATCH) } else { messages };
    let arrived = match cell.pipeline {
        Pipeline::Dropped => turn.rounds.iter().map(|took| took.spans).sum(),
        Pipeline::Otlp => turn.sunk,
        Pipeline::NoSdk | Pipeline::Unsampled | Pipeline::Discarded => return None,
    };
    turn.style.makes_spans().then_some(arrived as f64 / spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_begins_and_ends_with_the_bare_client() {
        for pipeline in Pipeline::ALL {
            let turns = turns(*pipeline);
            assert_eq!((turns.first(), turns.last()), (Some(&Style::Bare), Some(&Style::Bare)));
            assert_eq!(turns.contains(&Style::Whole), pipeline.has_set_up(), "{pipeline:?}");
        }
    }
}
