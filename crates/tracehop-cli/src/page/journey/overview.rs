//! What the panel says while no span is selected.

use maud::{Markup, html};

use super::parts::Opened;
use crate::api::Address;
use crate::page::parts::{clipped, human, named, outcome_mark, plain};

/// How many hops and tags are listed.
const MOST: usize = 24;

pub(super) fn overview(opened: &Opened) -> Markup {
    let traces = opened.open.journey.trace_ids();
    html! {
        // On paper, what the head and the rows say is not said again.
        h2.off-paper { "This journey" }
        p.soft.off-paper { "Select a row to see its span." }
        @if let Some(summary) = opened.summary.as_deref() {
            p.off-paper { (outcome_mark(summary)) }
            @if !summary.hops.is_empty() {
                h3.off-paper { "Hops" }
                table.plain.off-paper {
                    thead { tr { th scope="col" { "destination" } th scope="col" { "to" } th.num scope="col" { "waited" } th.num scope="col" { "handled" } } }
                    tbody {
                        @for hop in summary.hops.iter().take(MOST) {
                            tr {
                                td { a href=(Address::of("/hop").with("destination", &hop.destination).with("producer", &hop.producer)) { (clipped(&hop.destination)) } }
                                td { (clipped(&hop.consumer)) @if hop.error.is_some() { " " span.mark.bad { "✗" span.vh { " failed" } } } }
                                td.num { (human(hop.wait)) }
                                td.num { (human(hop.handling)) }
                            }
                        }
                    }
                }
                @if summary.hops.len() > MOST { p.soft.off-paper { "and " (summary.hops.len() - MOST) " more" } }
            }
            @if !summary.tags.is_empty() {
                h3 { "Whose" }
                ul.bare {
                    @for (key, value) in summary.tags.iter().take(MOST) {
                        li { a data-tag=(plain(key)) href=(Address::of("/of").with("key", key).with("value", value)) { code { (named(key)) } " " (named(value)) } }
                    }
                }
            }
        }
        h3 { "Traces" }
        ul.bare { @for trace in traces.iter().take(MOST) { li { code { (trace) } } } }
        (copy(opened))
    }
}

fn copy(opened: &Opened) -> Markup {
    let api = format!("/api/v1/journeys/{}", opened.id);
    html! {
        h3.off-paper { "Copy" }
        p.buttons {
            button type="button" data-copy-url=(api) { "JSON" }
            button type="button" data-copy-url={ (api) "/otlp" } { "OTLP" }
            @if let Some(trace) = opened.open.journey.trace_ids().first() {
                button type="button" data-copy={ "tracehop trace " (trace) } { "tracehop trace …" }
            }
        }
    }
}
