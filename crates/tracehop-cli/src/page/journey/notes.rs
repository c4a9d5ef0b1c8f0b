//! What somebody should know before he trusts the picture.

use maud::{Markup, html};
use tracehop_journey::{Gap, UnmatchedHandler};

use super::parts::Opened;
use crate::api::Address;
use crate::page::parts::{clipped, count, human};

pub(super) fn notes(opened: &Opened) -> Markup {
    let Some(summary) = opened.summary.as_deref() else { return part(opened) };
    let skew = opened.rows.iter().filter(|row| !row.skew.is_zero()).max_by_key(|row| row.skew);
    let left_out = summary.parts_left_out as u64;
    let lost = summary.losses.iter().fold(0_u64, |sum, loss| sum.saturating_add(loss.total()));
    let is_quiet = summary.unhandled.is_empty()
        && skew.is_none()
        && !summary.begins_elsewhere
        && left_out == 0
        && summary.unmatched.is_empty()
        && summary.repeated_contexts.is_empty()
        && summary.losses.is_empty();
    html! {
        @if !is_quiet {
            ul.notes {
                @for send in summary.unhandled.iter().take(5) {
                    li data-note="waiting" {
                        "Nobody has handled what " (clipped(&send.producer)) " sent to "
                        a href=(Address::of("/hop").with("destination", &send.destination)) { (clipped(&send.destination)) } "."
                    }
                }
                @if let Some(row) = skew {
                    li data-note="skew" {
                        "Clocks disagree: that of " (clipped(&row.service)) " by " (human(row.skew)) " or more. No wait is drawn shorter than nothing."
                    }
                }
                @if summary.begins_elsewhere { li data-note="begins-elsewhere" { "It began before what is known here: the span that caused its first one was not sent, or was dropped." } }
                @for it in summary.unmatched.iter().filter(|it| it.gap == Gap::NoContext).take(3) {
                    li data-note="no-context" { (clipped(&it.consumer)) " handled messages of " (clipped(&it.destination)) " that carry no context: what caused them is not known." }
                }
                @for it in summary.unmatched.iter().filter(|it| it.gap == Gap::NoSend).take(3) {
                    li data-note="no-send" { "No send of what " (clipped(&it.consumer)) " handled of " (clipped(&it.destination)) " is known" (sender(it)) ": how long it waited cannot be told." }
                }
                @for (service, destination) in summary.repeated_contexts.iter().take(3) {
                    li data-note="repeated-context" { (clipped(service)) " got a message of " (clipped(destination)) " with more than one context, and took the last one." }
                }
                @if left_out > 0 { li data-note="left-out" { (count(left_out)) " spans or hops went beyond a limit and are not shown." } }
                @if !summary.losses.is_empty() {
                    li data-note="lost" { "Its spans have lost " (count(lost)) " attributes, events or links to limits, so that some arrows may be missing." }
                }
            }
        }
    }
}

/// It has no summary of its own, so that a journey that is only a part looks as if nothing were to be said of it.
fn part(opened: &Opened) -> Markup {
    html! {
        @if let Some(whole) = opened.part_of {
            ul.notes {
                li data-note="part" { "This is only a part: what came of one span. " a href=(Address::of(format!("/journeys/{whole}"))) { "The whole journey" } " begins before it." }
            }
        }
    }
}

/// Who made the context that such a message carried.
fn sender(it: &UnmatchedHandler) -> Markup {
    html! { @if let Some(producer) = &it.producer { ", which carried a context of " (clipped(producer)) } }
}
