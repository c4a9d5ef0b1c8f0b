//! The parent: a process for each endpoint, and two without an exporter; all take turns, one round forwards and the next backwards.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::endpoint::Endpoint;
use super::found::Found;
use super::load::{A_TICK, END, Load};
use super::slice::Slice;
use super::tally::Tally;
use crate::clients::{Broker, Estimate, Member, Stage};

/// What `--only` finds it by.
pub(crate) const NAME: &str = "latency: NATS sends before endpoints that fail";

/// How much it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) time: Duration,
    /// Sends of a turn.
    pub(crate) sends: u32,
    pub(crate) rounds: usize,
}

impl Budget {
    /// To see that it works.
    pub(crate) const ONCE: Self = Self { time: Duration::ZERO, sends: 5 * A_TICK, rounds: 1 };

    /// As many sends as last so long.
    pub(crate) fn new(time: Duration, turn: Duration, rounds: usize) -> Self {
        let ticks = u32::try_from(turn.as_millis()).unwrap_or(u32::MAX);
        Self { time, sends: ticks.saturating_mul(A_TICK), rounds }
    }
}

/// A child, and what it took in each round.
struct Turn {
    endpoint: Endpoint,
    member: Member,
    rounds: Vec<Slice>,
}

pub(crate) fn measure(stage: &Stage, budget: Budget) -> anyhow::Result<Vec<Found>> {
    let until = Instant::now() + budget.time;
    let before = stage.sunk()?;
    let mut turns = Vec::new();
    for endpoint in [Endpoint::None].into_iter().chain(Endpoint::EXPORTED).chain([Endpoint::None]) {
        let mut member = start(stage, endpoint)?;
        // Connections and caches are filled, and queues too where nothing arrives.
        slice(&mut member, budget.sends)?;
        turns.push(Turn { endpoint, member, rounds: Vec::new() });
    }
    while turns.first().is_none_or(|turn| turn.rounds.len() < budget.rounds.max(1)) || Instant::now() < until
    {
        // Whoever always has its turn after the same neighbour is always disturbed by that one.
        let backwards = turns.first().is_some_and(|turn| turn.rounds.len() % 2 == 1);
        let take = |turn: &mut Turn| {
            let took = slice(&mut turn.member, budget.sends)?;
            turn.rounds.push(took);
            anyhow::Ok(())
        };
        if backwards {
            turns.iter_mut().rev().try_for_each(take)?;
        } else {
            turns.iter_mut().try_for_each(take)?;
        }
    }
    let mut found = sum_up(&turns, budget.sends)?;
    // All are told before any is heard, because some wait for their exporters.
    for turn in &mut turns {
        turn.member.say(END)?;
    }
    for (turn, found) in turns.iter().zip(&mut found) {
        let tally = Tally::parse(&turn.member.hear()?)?;
        found.spans = (turn.endpoint != Endpoint::None).then_some(tally);
    }
    let delivered: u64 = found.iter().filter_map(|of| of.spans).map(|spans| spans.delivered).sum();
    let sunk = stage.sunk()? - before;
    // It may have taken spans whose exporter waited no longer.
    ensure!(delivered <= sunk, "{delivered} spans were delivered, and {sunk} arrived");
    Ok(found)
}

fn start(stage: &Stage, endpoint: Endpoint) -> anyhow::Result<Member> {
    let address = if endpoint == Endpoint::Absent {
        // Nobody listens there any more.
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.to_string()
    } else {
        stage.sink()?.to_owned()
    };
    let load = Load { endpoint, broker: stage.address(Broker::Nats)?.to_owned(), address };
    let mut command = Command::new(stage.program());
    Member::start(format!("sends, {}", endpoint.words()), command.args(load.arguments()))
}

fn slice(member: &mut Member, sends: u32) -> anyhow::Result<Slice> {
    member.say(&sends.to_string())?;
    Slice::parse(&member.hear()?)
}

fn sum_up(turns: &[Turn], sends_a_round: u32) -> anyhow::Result<Vec<Found>> {
    let [without, .., again] = turns else { anyhow::bail!("nobody took a turn") };
    let found = turns.iter().map(|turn| {
        let over = |of: fn(&Slice) -> u64| {
            let values = turn.rounds.iter().map(|slice| of(slice) as f64 / 1e3).collect();
            Estimate::of(values).context("nothing was measured")
        };
        // The first without an exporter is compared with the second, and all others with both.
        let beside = |round: usize| {
            let at = |of: &Turn| of.rounds.get(round).map_or(f64::NAN, |slice| slice.p99 as f64);
            match turn.endpoint {
                Endpoint::None => at(without) / at(again),
                _ => at(turn) / f64::midpoint(at(without), at(again)),
            }
        };
        Ok(Found {
            endpoint: turn.endpoint,
            sends_a_round,
            p50: over(|slice| slice.p50)?,
            p99: over(|slice| slice.p99)?,
            p999: over(|slice| slice.p999)?,
            ratio: Estimate::of((0..turn.rounds.len()).map(beside).collect())
                .context("nothing was measured")?,
            spans: None,
        })
    });
    found.collect()
}
