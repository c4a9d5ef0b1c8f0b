//! The slowest messages, and how parts of a hop compare.

use maud::{Markup, html};
use tracehop_journey::{HopDetail, Spread};

use crate::api::real;

use crate::page::parts::{clipped, clock, count, error_mark, human, service, share};

pub(super) fn slowest(hop: &HopDetail) -> Markup {
    html! {
        @if !hop.slowest.is_empty() {
            div.sideways {
                table.plain.wide data-slowest {
                    caption { "The messages that waited longest" }
                    thead {
                        tr {
                            th scope="col" { "sent" } th.num scope="col" { "waited" } th.num scope="col" { "handled" } th.num scope="col" { "try" }
                            th scope="col" { "by" } th scope="col" { "partition" } th scope="col" { "result" }
                        }
                    }
                    tbody {
                        @for slow in &hop.slowest {
                            tr data-journey=(slow.journey) {
                                td.when { a href={ "/journeys/" (slow.journey) } { (clock(slow.sent)) } }
                                td.num { (human(slow.wait)) }
                                td.num { (human(slow.handling)) }
                                td.num { (slow.attempt) }
                                td { (service(&slow.consumer)) }
                                td { (clipped(slow.partition.as_deref().unwrap_or("–"))) }
                                td { @match &slow.error { Some(error) => (error_mark(error)), None => span.mark.ok { "✓ ok" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn spread(title: &str, head: &str, parts: &[Spread]) -> Markup {
    let most = parts.iter().map(|part| part.count).max().unwrap_or(0);
    html! {
        @if !parts.is_empty() {
            div.sideways {
                table.plain {
                    caption { (title) }
                    thead {
                        tr {
                            th scope="col" { (head) } th.num scope="col" { "messages" } th scope="col" { span.vh { "share" } } th.num scope="col" { "failed" }
                            th.num scope="col" { "wait p95" } th.num scope="col" { "handling p95" }
                        }
                    }
                    tbody {
                        @for part in parts {
                            tr {
                                td { (clipped(&part.name)) }
                                td.num { (count(part.count)) }
                                td { svg width="80" height="10" aria-hidden="true" focusable="false" {
                                    rect.work width=(format!("{:.1}", 80.0 * real(part.count) / real(most.max(1)))) height="10" {}
                                } }
                                td.num.bad[part.errors > 0] { @if part.errors > 0 { "✗ " } (share(part.errors, part.count)) }
                                td.num { (human(part.wait.p95)) }
                                td.num { (human(part.handling.p95)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
