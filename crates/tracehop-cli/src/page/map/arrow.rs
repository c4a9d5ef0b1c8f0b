//! What flows from one node to another.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapArrow, MapPoint};

use super::address::address;
use super::gap;
use super::labels::Label;
use super::said::{LINE, Said};
use super::spoken;
use super::way::Way;
use crate::api::{Window, real};
use crate::page::parts::{named, plain};

/// An arrow. `share` is how much of the most messages on any arrow it carries.
pub(super) fn arrow(
    map: &DestinationMap,
    flow: &MapArrow,
    (said, way, label): (&Said, &Way, &Label),
    share: f64,
    window: Window,
) -> Markup {
    let (Some(from), Some(to)) = (map.nodes.get(flow.from), map.nodes.get(flow.to)) else { return html! {} };
    let width = 1.2 + 4.8 * share.sqrt();
    let (path, at, drawn) = (way.path(label.spot), way.point(label.spot), &label.said);
    let all = said.all();
    let is_bad = flow.errors > 0;
    html! {
        a.arrow.bad[is_bad] href=(address(map, flow, window)) data-arrow={ (plain(&from.name)) " → " (plain(&to.name)) }
            data-gap=[flow.gap.map(gap::short)]
            aria-label=(spoken::arrow(map, flow, from, to)) {
            title { (named(&from.name)) " → " (named(&to.name)) ": " (all.join(" · ")) }
            path.reach d=(path) {}
            path.flow.dotted[flow.gap.is_some()] d=(path) stroke-width=(format!("{width:.1}"))
                marker-end=(if is_bad { "url(#tip-bad)" } else { "url(#tip)" }) {}
            @for (number, line) in drawn.above.iter().rev().enumerate() { (text(at, -4.0 - width / 2.0 - LINE * real(number), line)) }
            @for (number, line) in drawn.below.iter().enumerate() { (text(at, 11.0 + width / 2.0 + LINE * real(number), line)) }
        }
    }
}

fn text(at: MapPoint, below: f64, line: &str) -> Markup {
    html! {
        text.said.word[line.starts_with('✗')] x=(format!("{:.1}", at.x)) y=(format!("{:.1}", at.y + below)) { (line) }
    }
}
