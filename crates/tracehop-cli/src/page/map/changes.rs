//! What is different from an earlier window.

use std::time::Duration;

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapArrow};

use crate::api::real;

use super::gap;
use super::table::{name, outward};
use crate::page::parts::{clipped, human, rate, service, share};

/// The change of a number.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// There was nothing before.
    New,
    Same,
    /// By how many per cent, and in which direction.
    More(String),
    Less(String),
}

impl Change {
    fn of(before: f64, now: f64) -> Self {
        if before <= 0.0 {
            return if now > 0.0 { Self::New } else { Self::Same };
        }
        let percent = (now - before) * 100.0 / before;
        match percent {
            percent if percent.abs() < 1.0 => Self::Same,
            percent if percent >= 100.0 => Self::More(format!("× {:.1}", now / before)),
            percent if percent > 0.0 => Self::More(format!("+ {percent:.0} %")),
            percent => Self::Less(format!("− {:.0} %", percent.abs())),
        }
    }

    /// Less is better for everything but a rate, about which nothing is said.
    fn mark(&self, is_worse: bool) -> Markup {
        match self {
            Self::New => html! { span.soft { "new" } },
            Self::Same => html! { span.soft { "=" } },
            Self::More(text) => html! { span.bad[is_worse] { "▴ " (text) } },
            Self::Less(text) => html! { span.soft { "▾ " (text) } },
        }
    }
}

pub(super) fn changes(now: &DestinationMap, before: &DestinationMap, caption: &Markup) -> Markup {
    let earlier = outward(before);
    let same = |arrow: &MapArrow| {
        earlier.iter().copied().find(|old| {
            name(before, old.from) == name(now, arrow.from)
                && name(before, old.to) == name(now, arrow.to)
                && old.group == arrow.group
                && old.gap == arrow.gap
        })
    };
    let later = outward(now);
    let gone = earlier.iter().copied().filter(|old| {
        !later.iter().any(|arrow| {
            name(before, old.from) == name(now, arrow.from) && name(before, old.to) == name(now, arrow.to)
        })
    });
    html! {
        div.sideways {
            table.plain.wide data-changes {
                caption { (caption) }
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
                    @for arrow in &later { (line(now, before, arrow, same(arrow))) }
                    @for old in gone {
                        tr.gone {
                            td { (clipped(name(before, old.from))) } td { (service(name(before, old.to))) } td { (clipped(old.group.as_deref().unwrap_or("–"))) }
                            td colspan="8" { "gone: it was " (rate(old.count, before.seconds)) }
                        }
                    }
                }
            }
        }
    }
}

fn line(now: &DestinationMap, before: &DestinationMap, arrow: &MapArrow, old: Option<&MapArrow>) -> Markup {
    let per_second = |arrow: &MapArrow, map: &DestinationMap| real(arrow.count) / map.seconds.max(1.0);
    let failed = |arrow: &MapArrow| real(arrow.errors) / real(arrow.count.max(1));
    let old_failed = old.map_or(0.0, failed);
    let wait = |pick: fn(&MapArrow) -> Duration| {
        let change = Change::of(old.map_or(0.0, |old| pick(old).as_secs_f64()), pick(arrow).as_secs_f64());
        html! { td.num { (human(pick(arrow))) } td { (change.mark(true)) } }
    };
    html! {
        tr {
            td { (clipped(name(now, arrow.from))) } td { (service(name(now, arrow.to))) } td { (clipped(arrow.group.as_deref().unwrap_or("–"))) }
            td.num { (rate(arrow.count, now.seconds)) }
            td { (Change::of(old.map_or(0.0, |old| per_second(old, before)), per_second(arrow, now)).mark(false)) }
            td.num.bad[arrow.errors > 0] { @if arrow.errors > 0 { "✗ " } (share(arrow.errors, arrow.count)) }
            td { (Change::of(old_failed, failed(arrow)).mark(true)) }
            @if let Some(gap) = arrow.gap { td.soft colspan="4" { (gap::words(gap)) } }
            @else { (wait(|arrow| arrow.latency.p95)) (wait(|arrow| arrow.latency.p99)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_per_cent_or_in_times() {
        let rows = [
            (0.0, 0.0, Change::Same),
            (0.0, 3.0, Change::New),
            (100.0, 100.4, Change::Same),
            (100.0, 134.0, Change::More("+ 34 %".to_owned())),
            (100.0, 250.0, Change::More("× 2.5".to_owned())),
            (100.0, 40.0, Change::Less("− 60 %".to_owned())),
            (100.0, 0.0, Change::Less("− 100 %".to_owned())),
        ];
        for (before, now, expected) in rows {
            assert_eq!(Change::of(before, now), expected, "{before} → {now}");
        }
    }
}
