//! How much there is, how long it takes and how much fails.

use std::time::Duration;

use maud::{Markup, html};

use crate::api::{Asked, Column, Listing, real};
use crate::page::parts::{count, human, rate, share, spark};

pub(super) fn strip(listing: &Listing, asked: &Asked) -> Markup {
    let activity = &listing.activity;
    let columns = &activity.columns;
    let seconds =
        if activity.per_minute > 0.0 { real(activity.journeys) * 60.0 / activity.per_minute } else { 1.0 };
    let journeys: Vec<f64> = columns.iter().map(|column| real(column.journeys)).collect();
    let p95: Vec<f64> = columns.iter().map(|column| real(column.p95_ns.unwrap_or(0))).collect();
    let failed: Vec<f64> = columns.iter().map(Column::failed_share).collect();
    html! {
        dl.strip aria-label={ "Figures, " (asked.window.label()) } {
            div { dt { "journeys" } dd data-figure="rate" { (rate(activity.journeys, seconds)) (spark(&journeys)) } }
            div { dt { "p95 took" } dd data-figure="p95" { (activity.p95_ns.map_or("–".to_owned(), |nanos| human(Duration::from_nanos(nanos)))) (spark(&p95)) } }
            div.bad[activity.failed > 0] { dt { "errors" } dd data-figure="errors" { (share(activity.failed, activity.journeys)) (spark(&failed)) } }
            div { dt { "found" } dd data-figure="found" { (count(listing.matched as u64)) span.of { "of " (count(listing.kept as u64)) " kept" } } }
        }
    }
}
