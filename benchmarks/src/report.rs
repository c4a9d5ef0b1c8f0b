//! Puts all figures together: the rows of the table, and what is said below it.

use std::fmt::Write;

use crate::allocations::Counts;
use crate::case::Case;
use crate::goals::{self, Goal};
use crate::instructions::Exact;
use crate::kafka::{Direction, Hop, Hops, row_name};
use crate::mode::Mode;
use crate::ours;
use crate::sides::{Side, Sides};
use crate::table::{Row, Unit};

pub(crate) fn size_row() -> Row {
    Row {
        group: "Size",
        name: "Received, beside the client's message".to_owned(),
        unit: Unit::Bytes,
        sides: Sides { ours: Some(ours::RECEIVED_BYTES as f64), ..Sides::default() },
        goals: vec![goals::RECEIVED_BYTES],
    }
}

pub(crate) fn client_rows(counts: &Counts, hops: &Hops) -> Vec<Row> {
    if hops.0.is_empty() {
        return Vec::new();
    }
    allocation_rows(counts).into_iter().chain(hop_rows(hops)).collect()
}

pub(crate) fn case_rows(case: &Case, times: Option<Sides>, counts: Sides, exact: Option<&Exact>) -> Vec<Row> {
    let mut figures = Vec::new();
    if let Some(times) = times {
        figures.push(("", Unit::Nanoseconds, times, case.goals.time.as_slice()));
    }
    figures.push(("allocations in Rust", Unit::Count, counts, case.goals.allocations.as_slice()));
    if let Some(Exact { instructions, allocations }) = exact {
        if let Some(allocations) = allocations {
            let goals = case.goals.all_allocations.as_slice();
            figures.push(("allocations with librdkafka's", Unit::Count, *allocations, goals));
        }
        figures.push(("instructions", Unit::Instructions, *instructions, case.goals.instructions));
    }
    let row = |name: String, unit, sides, goals: &[Goal]| Row {
        group: case.group,
        name,
        unit,
        sides,
        goals: goals.to_vec(),
    };
    // The case's name stands before its first figure; without times that is alone on its line.
    let mut rows = Vec::new();
    if times.is_none() {
        rows.push(row(case.name.to_owned(), Unit::Count, Sides::default(), &[]));
    }
    rows.extend(figures.into_iter().map(|(what, unit, sides, goals)| {
        let name = if what.is_empty() { case.name.to_owned() } else { format!("    {what}") };
        row(name, unit, sides, goals)
    }));
    rows
}

fn allocation_rows(counts: &Counts) -> Vec<Row> {
    const GROUP: &str =
        "rdkafka with a broker: allocations in Rust for each message, beside the bare client's";
    let row = |name: String, sides, goal: Option<Goal>| Row {
        group: GROUP,
        name,
        unit: Unit::Count,
        sides,
        goals: goal.into_iter().collect(),
    };
    let mut rows: Vec<Row> = Direction::ALL
        .into_iter()
        .flat_map(|direction| Mode::ALL.map(|mode| row_name(direction, mode)))
        .map(|name| row(name.clone(), counts.of(&name), None))
        .collect();
    let [send, receive] = Direction::ALL.map(|direction| counts.of(&row_name(direction, Mode::Sampled)));
    rows.push(row("send + receive, sampled".to_owned(), sum(send, receive), Some(goals::CLIENT_ALLOCATIONS)));
    rows
}

fn hop_rows(hops: &Hops) -> Vec<Row> {
    const THROUGHPUT: &str = "rdkafka with a broker: messages a second, as a part of the bare client's";
    const CPU: &str = "rdkafka with a broker: CPU for each message, beside the bare client's";
    let row = |group, name, unit, sides, goal: Option<Goal>| Row {
        group,
        name,
        unit,
        sides,
        goals: goal.into_iter().collect(),
    };
    let mut rows = Vec::new();
    for hop in &hops.0 {
        let goal = throughput_goal(hop.direction, hop.mode);
        rows.push(row(THROUGHPUT, row_name(hop.direction, hop.mode), Unit::Part, hop.throughput, goal));
    }
    for hop in &hops.0 {
        let goal = cpu_goal(hop.direction, hop.mode);
        rows.push(row(CPU, row_name(hop.direction, hop.mode), Unit::Microseconds, hop.cpu, goal));
    }
    let [send, receive] = Direction::ALL.map(|direction| hops.of(direction, Mode::Sampled));
    if let (Some(send), Some(receive)) = (send, receive) {
        let sides = sum(send.cpu, receive.cpu);
        let name = "send + receive, sampled".to_owned();
        rows.push(row(CPU, name, Unit::Microseconds, sides, Some(goals::CLIENT_CPU)));
    }
    rows
}

fn throughput_goal(direction: Direction, mode: Mode) -> Option<Goal> {
    match (direction, mode) {
        (Direction::Send, Mode::Sampled) => Some(goals::SEND_THROUGHPUT),
        (Direction::Receive, Mode::Sampled) => Some(goals::RECEIVE_THROUGHPUT),
        _ => None,
    }
}

fn cpu_goal(direction: Direction, mode: Mode) -> Option<Goal> {
    match (direction, mode) {
        (_, Mode::NoSdk) => None,
        (Direction::Send, Mode::Unsampled) => Some(goals::UNSAMPLED_SEND_CPU),
        (Direction::Send, Mode::Sampled) => Some(goals::SAMPLED_SEND_CPU),
        (Direction::Receive, Mode::Unsampled) => Some(goals::UNSAMPLED_RECEIVE_CPU),
        (Direction::Receive, Mode::Sampled) => Some(goals::SAMPLED_RECEIVE_CPU),
    }
}

fn sum(a: Sides, b: Sides) -> Sides {
    let add = |a: Option<f64>, b: Option<f64>| Some(a? + b?);
    Sides::collect(|side| match side {
        Side::Floor => add(a.floor, b.floor),
        Side::ByHand => add(a.by_hand, b.by_hand),
        Side::Ours => add(a.ours, b.ours),
    })
}

pub(crate) fn notes(rows: &[Row], hops: &Hops) -> String {
    let verdicts: Vec<bool> = rows.iter().flat_map(Row::verdicts).flatten().collect();
    let met = verdicts.iter().filter(|met| **met).count();
    let mut notes = format!("{met} of {} goals met on this machine and in this run.\n", verdicts.len());
    for hop in &hops.0 {
        note(hop, &mut notes);
    }
    notes
}

/// How far what should be the same differed.
fn note(hop: &Hop, notes: &mut String) {
    let _ = writeln!(notes, "{}:", row_name(hop.direction, hop.mode));
    let bare = &hop.bare;
    if let (Some(rate), Some((least, most))) = (bare.per_second, bare.against_itself) {
        let _ = writeln!(notes, "    bare client {rate:.0}/s, against itself {least:.2} to {most:.2}");
    }
    if let (Some(cpu), Some(off)) = (bare.cpu, bare.cpu_off) {
        let _ = writeln!(
            notes,
            "    bare client {cpu:.2} us of CPU, off from itself by {off:.2} us in the middle"
        );
    }
    if let Some((least, most)) = hop.cpu_by_sitting {
        let _ = writeln!(
            notes,
            "    tracehop's CPU beside it {least:.2} to {most:.2} us from sitting to sitting"
        );
    }
    if let Some(part) = hop.exported {
        let _ = writeln!(notes, "    {:.1} % of the spans exported", part * 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_needs_both() {
        let a = Sides { floor: Some(1.0), by_hand: Some(2.0), ours: None };
        let b = Sides { floor: Some(10.0), by_hand: None, ours: Some(3.0) };
        assert_eq!(sum(a, b), Sides { floor: Some(11.0), by_hand: None, ours: None });
    }
}
