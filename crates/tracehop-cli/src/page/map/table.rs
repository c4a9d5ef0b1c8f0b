//! The map in words.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapArrow, NodeKind};

use super::address::address;
use super::gap;
use crate::api::Window;
use crate::page::parts::{clipped, count, human, rate, service, share};

/// The ways out of destinations, busiest first.
pub(super) fn outward(map: &DestinationMap) -> Vec<&MapArrow> {
    let is_out =
        |arrow: &&MapArrow| map.nodes.get(arrow.from).is_some_and(|node| node.kind == NodeKind::Destination);
    let mut arrows: Vec<&MapArrow> = map.arrows.iter().filter(is_out).collect();
    arrows.sort_by_key(|arrow| std::cmp::Reverse(arrow.count));
    arrows
}

/// The ways into destinations, busiest first.
pub(super) fn inward(map: &DestinationMap) -> Vec<&MapArrow> {
    let is_in =
        |arrow: &&MapArrow| map.nodes.get(arrow.to).is_some_and(|node| node.kind == NodeKind::Destination);
    let mut arrows: Vec<&MapArrow> = map.arrows.iter().filter(is_in).collect();
    arrows.sort_by_key(|arrow| std::cmp::Reverse(arrow.count));
    arrows
}

pub(super) fn name(map: &DestinationMap, place: usize) -> &str {
    map.nodes.get(place).map_or("", |node| &node.name)
}

pub(super) fn table(map: &DestinationMap, window: Window) -> Markup {
    html! {
        div.sideways {
            table.plain.wide {
                caption { "Deliveries" }
                thead {
                    tr {
                        th scope="col" { "from" } th scope="col" { "to" } th scope="col" { "group" } th.num scope="col" { "rate" }
                        th.num scope="col" { "failed" } th.num scope="col" { "wait p50" } th.num scope="col" { "p95" } th.num scope="col" { "p99" }
                        th.num.col-less scope="col" { "handling p95 of the service" }
                    }
                }
                tbody {
                    @for arrow in outward(map) {
                        @let (from, to) = (name(map, arrow.from), name(map, arrow.to));
                        tr {
                            td { a href=(address(map, arrow, window)) { (clipped(from)) } }
                            td { (service(to)) }
                            td { (clipped(arrow.group.as_deref().unwrap_or("–"))) }
                            td.num { (rate(arrow.count, map.seconds)) }
                            td.num.bad[arrow.errors > 0] { @if arrow.errors > 0 { "✗ " } (share(arrow.errors, arrow.count)) }
                            @if let Some(gap) = arrow.gap { td.soft colspan="3" { (gap::words(gap)) } } @else {
                                td.num { (human(arrow.latency.p50)) } td.num { (human(arrow.latency.p95)) } td.num { (human(arrow.latency.p99)) }
                            }
                            td.num.col-less { (map.nodes.get(arrow.to).filter(|node| node.handling.count > 0).map_or("–".to_owned(), |node| human(node.handling.p95))) }
                        }
                    }
                }
            }
        }
    }
}

/// What is sent. With the deliveries it is all that the drawing says.
pub(super) fn sends(map: &DestinationMap, window: Window) -> Markup {
    let sends = inward(map);
    html! {
        details #sends {
            summary { "Sends, busiest first" }
            div.sideways {
                table.plain.wide data-sends {
                    caption.vh { "Sends" }
                    thead {
                        tr {
                            th scope="col" { "from" } th scope="col" { "to" } th.num scope="col" { "rate" }
                            th.num scope="col" { "failed" } th.num scope="col" { "waiting in the destination" }
                        }
                    }
                    tbody {
                        @for arrow in sends {
                            @let (from, to) = (name(map, arrow.from), name(map, arrow.to));
                            tr {
                                td { (service(from)) }
                                td { a href=(address(map, arrow, window)) { (clipped(to)) } }
                                td.num { (rate(arrow.count, map.seconds)) }
                                td.num.bad[arrow.errors > 0] { @if arrow.errors > 0 { "✗ " } (share(arrow.errors, arrow.count)) }
                                @if let Some(gap) = arrow.gap { td.soft { (gap::words(gap)) } } @else {
                                    td.num { (count(map.nodes.get(arrow.to).map_or(0, |node| node.unhandled))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
