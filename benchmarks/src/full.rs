//! The whole run: what is measured in which order, and in how much time.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::allocations::Counts;
use crate::arguments::Request;
use crate::case::Case;
use crate::clients::{
    self, ALLOCATORS, Allocations, Broker, Budget, Cell, Outcome, Pipeline, Stage, WithAllocator,
};
use crate::goal_table;
use crate::machine::Machine;
use crate::measure;
use crate::progress::Progress;
use crate::results::Results;
use crate::servers::Size;
use crate::table::Row;
use crate::{chart, instructions, peers, report, scale, table, tail};

/// The other programs of this package.
#[derive(Clone, Copy, Debug)]
pub struct Programs<'a> {
    /// Counts allocations.
    pub counts: &'a str,
    /// Serves.
    pub servers: &'a str,
    /// Workers with other allocators: the allocator's name, and the program. They are built with the feature `allocators`.
    pub allocators: &'a [(&'a str, &'a str)],
}

/// How much time there is.
struct Pace {
    /// For everything.
    total: Duration,
    /// For counting instructions.
    exact: Duration,
    /// For the times of a case.
    case: Duration,
    scale: Duration,
    /// For how long single sends take, and a turn of one of its children.
    tail: Duration,
    turn: Duration,
    /// For other allocators; none in a quick run.
    allocators: Duration,
    /// A slice of the slowest style.
    slice: Duration,
    /// Messages by which a client's allocations are counted.
    counted: u32,
    /// Rounds in another language.
    peers: u32,
}

const FULL: Pace = Pace {
    total: Duration::from_secs(19 * 60),
    exact: Duration::from_secs(4 * 60),
    case: Duration::from_millis(500),
    scale: Duration::from_secs(40),
    tail: Duration::from_secs(38),
    turn: Duration::from_millis(100),
    allocators: Duration::from_secs(60),
    slice: Duration::from_millis(100),
    counted: 10_000,
    peers: 8,
};

const QUICK: Pace = Pace {
    total: Duration::from_secs(165),
    exact: Duration::from_secs(45),
    case: Duration::from_millis(60),
    scale: Duration::from_secs(3),
    tail: Duration::from_secs(7),
    turn: Duration::from_millis(60),
    allocators: Duration::ZERO,
    slice: Duration::from_millis(40),
    counted: 2_000,
    peers: 3,
};

/// A cell takes this at least, for its children have to start and to take turns.
const LEAST: Duration = Duration::from_secs(1);
/// Fetching, building and running other languages takes about so long.
const FOR_PEERS: Duration = Duration::from_secs(7 * 60);
/// Starting a cell's children takes about so long.
const START: Duration = Duration::from_secs(1);

/// Measures what is asked for, prints the tables, and writes them, the figures and the chart into a folder.
pub(crate) fn run(programs: Programs<'_>, mut cases: Vec<Case>, request: &Request) -> anyhow::Result<()> {
    let pace = if request.is_quick { QUICK } else { FULL };
    let for_peers = if request.with_peers { FOR_PEERS } else { Duration::ZERO };
    let mut progress = Progress::new(pace.total + for_peers);
    let rows = without_broker(programs, &mut cases, request, &pace, &mut progress)?;

    let scales = if request.filter.allows("scale") {
        progress.tell("scale: a million messages, ten thousand destinations");
        scale::measure(request.is_quick, pace.scale)?
    } else {
        Vec::new()
    };

    let cells = wanted(request);
    let this = std::env::current_exe()?;
    let this = this.to_str().context("the program's path is not UTF-8")?;
    let allocations = if cells.is_empty() {
        Allocations::default()
    } else {
        let stage = Stage::new(programs.servers, programs.counts);
        let brokers: Vec<Broker> = Broker::ALL
            .iter()
            .copied()
            // What is allocated without a client is counted above.
            .filter(|broker| broker.server().is_some() && cells.iter().any(|cell| cell.broker == *broker))
            .collect();
        Allocations::take(&stage, &brokers, pace.counted, |cell| progress.tell(&format!("counting: {cell}")))?
    };
    let stage = Stage::new(programs.servers, this);
    let folder = request.into.clone().unwrap_or_else(|| PathBuf::from("../target/bench"));
    let peers = if request.with_peers {
        peers::measure(&stage, &folder, pace.peers, |what| progress.tell(what))?
    } else {
        Vec::new()
    };
    let tails = if request.filter.allows(tail::NAME) {
        progress.tell(tail::NAME);
        tail::measure(&stage, tail::Budget::new(pace.tail, pace.turn, 3))?
    } else {
        Vec::new()
    };
    let with_allocators = with_allocators(programs, &stage, request, &pace, &mut progress)?;
    let outcomes = with_clients(&stage, &cells, &pace, &mut progress)?;
    progress.end();

    let mut goals = report::judge(&rows);
    goals.extend(clients::judge(&outcomes, &allocations));
    goals.extend(scale::judge(&scales));
    goals.extend(tail::judge(&tails));
    let results = Results {
        machine: Machine::find(),
        is_quick: request.is_quick,
        without_a_broker: rows,
        clients: outcomes,
        allocations,
        allocators: with_allocators,
        scale: scales,
        tail: tails,
        peers,
        goals,
    };
    let text = text(&results, why_no_allocators(programs, request));
    println!("{text}");
    write(&folder, &results, &text)
}

/// Why other allocators are left out, if they are asked for and are.
fn why_no_allocators(programs: Programs<'_>, request: &Request) -> Option<&'static str> {
    if !request.filter.allows(ALLOCATORS) {
        None
    } else if request.is_quick {
        Some("a quick run has no time for it")
    } else if programs.allocators.is_empty() {
        Some("the benchmarks were built without the feature `allocators`")
    } else {
        None
    }
}

fn with_allocators(
    programs: Programs<'_>,
    stage: &Stage,
    request: &Request,
    pace: &Pace,
    progress: &mut Progress,
) -> anyhow::Result<Vec<WithAllocator>> {
    if !request.filter.allows(ALLOCATORS) || why_no_allocators(programs, request).is_some() {
        return Ok(Vec::new());
    }
    let budget = Budget { time: pace.allocators, slice: pace.slice, rounds: 3, most: u32::MAX };
    WithAllocator::measure(stage, programs.allocators, budget, |what| progress.tell(what))
}

fn without_broker(
    programs: Programs<'_>,
    cases: &mut [Case],
    request: &Request,
    pace: &Pace,
    progress: &mut Progress,
) -> anyhow::Result<Vec<Row>> {
    if !cases.iter().any(|case| request.filter.allows(case.name)) {
        return Ok(Vec::new());
    }
    progress.tell("counting allocations");
    let counts = Counts::take(programs.counts)?;
    progress.tell("counting instructions");
    // Messages of a megabyte take valgrind longest, and change least.
    let wanted = |case: &Case| request.filter.allows(case.name) && !(request.is_quick && case.is_heavy);
    let exact = instructions::take(cases, wanted, Some(Instant::now() + pace.exact))?.unwrap_or_default();
    let mut rows = Vec::new();
    for (index, case) in cases.iter_mut().enumerate().filter(|(_, case)| request.filter.allows(case.name)) {
        progress.tell(case.name);
        let times = measure::times(case, pace.case);
        let exact = exact.get(index).and_then(Option::as_ref);
        rows.extend(report::case_rows(case, Some(times), counts.of(case.name), exact));
    }
    rows.push(report::size_row());
    Ok(rows)
}

/// A quick run has small messages only, one at a time, and spans.
fn wanted(request: &Request) -> Vec<Cell> {
    let is_in_time = |cell: &Cell| {
        let is_quick = cell.size == Size::Small
            && cell.direction != clients::Direction::Batch
            && matches!(cell.pipeline, Pipeline::Dropped | Pipeline::Otlp);
        is_quick || !request.is_quick
    };
    Cell::all().into_iter().filter(|cell| is_in_time(cell) && request.filter.allows(&cell.name())).collect()
}

/// What time is left is shared by the cells that are left.
fn with_clients(
    stage: &Stage,
    cells: &[Cell],
    pace: &Pace,
    progress: &mut Progress,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for (done, cell) in cells.iter().enumerate() {
        progress.tell(&cell.name());
        let left = u32::try_from(cells.len() - done)?;
        let time = (progress.left() / left).saturating_sub(START).max(LEAST).min(pace.slice * 200);
        let budget = Budget { time, slice: pace.slice, rounds: 3, most: u32::MAX };
        outcomes.push(clients::measure(stage, *cell, budget)?);
    }
    Ok(outcomes)
}

fn text(results: &Results, why_no_allocators: Option<&str>) -> String {
    let mut text = String::new();
    if !results.without_a_broker.is_empty() {
        text += &table::render(&results.without_a_broker);
    }
    text += &clients::render(&results.clients, &results.allocations);
    if !results.allocators.is_empty() {
        text += &clients::render_allocators(&results.allocators);
    }
    if let Some(why) = why_no_allocators {
        let _ = writeln!(text, "\nWhat an allocator gives was not measured: {why}.");
    }
    if !results.scale.is_empty() {
        text += &scale::render(&results.scale);
    }
    if !results.tail.is_empty() {
        text += &tail::render(&results.tail);
    }
    if !results.peers.is_empty() {
        text += &peers::render(&results.peers, &results.clients);
    }
    text += &goal_table::render(&results.goals);
    text
}

fn write(folder: &Path, results: &Results, text: &str) -> anyhow::Result<()> {
    let at = |name: &str| folder.join(name);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(at("results.json"), serde_json::to_string_pretty(results)?)?;
    std::fs::write(at("tables.txt"), text)?;
    let mut written = vec!["results.json", "tables.txt"];
    if let Some(chart) = chart::draw(&results.clients) {
        std::fs::write(at("chart.svg"), chart)?;
        written.push("chart.svg");
    }
    println!("written into {}: {}", folder.display(), written.join(", "));
    Ok(())
}
