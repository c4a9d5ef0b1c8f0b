//! What is different from an earlier window.

use std::time::Duration;

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapArrow, MapNode, NodeKind};

use super::change::Change;
use super::compared::Compared;
use super::gap;
use super::table::{inward, name, outward};
use crate::api::real;
use crate::page::parts::{clipped, count, human, named, rate, service, share};

/// Both tables, and what they cannot tell.
pub(super) fn changes(now: &DestinationMap, before: &DestinationMap, since: &Markup) -> Markup {
    let deliveries = Compared::of(now, before, outward);
    let sent = Compared::of(now, before, inward);
    html! {
        (incomplete(now, before))
        div.sideways {
            table.plain.wide data-changes {
                caption { "Deliveries, and how they changed from " (since) }
                thead {
                    tr {
                        th scope="col" { "from" } th scope="col" { "to" } th scope="col" { "group" }
                        th.num scope="col" { "rate" } th scope="col" { "change" }
                        th.num scope="col" { "failed" } th scope="col" { "change" }
                        th.num scope="col" { "wait p95" } th scope="col" { "change" }
                        th.num scope="col" { "wait p99" } th scope="col" { "change" }
                    }
                }
                tbody {
                    @for (arrow, old) in &deliveries.rows {
                        tr { (ends(now, before, now, arrow)) (group(arrow)) (counts(now, before, arrow, *old)) (waits(before, arrow, *old)) }
                    }
                    @for old in &deliveries.gone {
                        tr.gone { (ends(now, before, before, old)) (group(old)) (gone(now, before, old, 8)) }
                    }
                }
            }
        }
        div.sideways {
            table.plain.wide data-changed-sends {
                caption { "Sends, and how they changed from " (since) }
                thead {
                    tr {
                        th scope="col" { "from" } th scope="col" { "to" }
                        th.num scope="col" { "rate" } th scope="col" { "change" }
                        th.num scope="col" { "failed" } th scope="col" { "change" }
                    }
                }
                tbody {
                    @for (arrow, old) in &sent.rows {
                        tr { (ends(now, before, now, arrow)) (counts(now, before, arrow, *old)) }
                    }
                    @for old in &sent.gone {
                        tr.gone { (ends(now, before, before, old)) (gone(now, before, old, 4)) }
                    }
                }
            }
        }
    }
}

/// Of a map that was cut nobody knows what it lacks.
fn incomplete(now: &DestinationMap, before: &DestinationMap) -> Markup {
    let lacks = |which: &str, map: &DestinationMap| {
        (map.left_out > 0)
            .then(|| format!("the {which} map lacks {} nodes and arrows", count(map.left_out as u64)))
    };
    let lacks: Vec<String> = [lacks("later", now), lacks("earlier", before)].into_iter().flatten().collect();
    html! {
        @if !lacks.is_empty() {
            p.notes data-incomplete {
                "The comparison is incomplete: only the busiest arrows are compared, and " (lacks.join(" and "))
                ". What is in one of them alone may have flowed in both."
            }
        }
    }
}

/// From where to where, with the system where names alone do not tell destinations apart.
fn ends(now: &DestinationMap, before: &DestinationMap, map: &DestinationMap, arrow: &MapArrow) -> Markup {
    let system = |place: usize| {
        let node = map.nodes.get(place).filter(|node| node.kind == NodeKind::Destination)?;
        let mut others = now.nodes.iter().chain(&before.nodes);
        let is_other = |other: &MapNode| {
            other.kind == node.kind && other.name == node.name && other.system != node.system
        };
        others.any(is_other).then(|| html! { " " span.soft { (named(&node.system)) } })
    };
    let end = |place: usize| {
        let is_service = map.nodes.get(place).is_some_and(|node| node.kind == NodeKind::Service);
        html! { td { @if is_service { (service(name(map, place))) } @else { (clipped(name(map, place))) (system(place).unwrap_or_default()) } } }
    };
    html! { (end(arrow.from)) (end(arrow.to)) }
}

fn group(arrow: &MapArrow) -> Markup {
    html! { td { (clipped(arrow.group.as_deref().unwrap_or("–"))) } }
}

/// How many messages, and how many of them failed.
fn counts(now: &DestinationMap, before: &DestinationMap, arrow: &MapArrow, old: Option<&MapArrow>) -> Markup {
    let per_second = |arrow: &MapArrow, map: &DestinationMap| real(arrow.count) / map.seconds.max(1.0);
    let failed = |arrow: &MapArrow| real(arrow.errors) / real(arrow.count.max(1));
    let is_in = now.nodes.get(arrow.to).is_some_and(|node| node.kind == NodeKind::Destination);
    html! {
        td.num { (rate(arrow.count, now.seconds)) }
        td {
            @if is_unknown(before, old) { span.soft { "not among the busiest before" } }
            @else { (Change::of(old.map_or(0.0, |old| per_second(old, before)), per_second(arrow, now)).mark(false)) }
        }
        @if let Some(gap) = arrow.gap.filter(|_| is_in) { td.soft colspan="2" { (gap::words(gap)) } }
        @else {
            td.num.bad[arrow.errors > 0] { @if arrow.errors > 0 { "✗ " } (share(arrow.errors, arrow.count)) }
            td { (change(before, old, failed, failed(arrow))) }
        }
    }
}

fn waits(before: &DestinationMap, arrow: &MapArrow, old: Option<&MapArrow>) -> Markup {
    let wait = |pick: fn(&MapArrow) -> Duration| {
        let seconds = |arrow: &MapArrow| pick(arrow).as_secs_f64();
        html! { td.num { (human(pick(arrow))) } td { (change(before, old, seconds, seconds(arrow))) } }
    };
    html! {
        @if let Some(gap) = arrow.gap { td.soft colspan="4" { (gap::words(gap)) } }
        @else { (wait(|arrow| arrow.latency.p95)) (wait(|arrow| arrow.latency.p99)) }
    }
}

/// A change to the worse, if it is more.
fn change(
    before: &DestinationMap,
    old: Option<&MapArrow>,
    of: impl Fn(&MapArrow) -> f64,
    now: f64,
) -> Markup {
    if is_unknown(before, old) {
        return html! { span.soft { "–" } };
    }
    Change::of(old.map_or(0.0, of), now).mark(true)
}

/// Whether it may have been there, although the earlier map has it not.
fn is_unknown(before: &DestinationMap, old: Option<&MapArrow>) -> bool {
    old.is_none() && before.left_out > 0
}

fn gone(now: &DestinationMap, before: &DestinationMap, old: &MapArrow, columns: u8) -> Markup {
    let what = if now.left_out > 0 { "not among the busiest" } else { "gone" };
    html! { td colspan=(columns) { (what) ": it was " (rate(old.count, before.seconds)) } }
}
