//! The map as a drawing.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapLayout};

use super::arrow::arrow;
use super::labels::spots;
use super::node::node;
use super::place::Scale;
use super::said::Said;
use super::way::Way;
use crate::api::{Window, real};

pub(super) fn drawing(map: &DestinationMap, window: Window) -> Markup {
    let layout = MapLayout::of(map);
    let scale = Scale::of(map, &layout);
    let most = map.arrows.iter().map(|arrow| arrow.count).max().unwrap_or(0).max(1);
    let ways = map.arrows.iter().zip(&layout.arrows);
    let arrows: Vec<(Said, Option<Way>)> =
        ways.map(|(flow, route)| (Said::of(map, flow), Way::of(route, &scale))).collect();
    let spots = spots(&layout, &scale, &arrows);
    let size = format!("0 0 {:.0} {:.0}", scale.width, scale.height);
    html! {
        div.map tabindex="0" role="group" aria-label="Map. The table below says the same in words." {
            svg.fits[scale.fits()] viewBox=(size) width=(format!("{:.0}", scale.width)) height=(format!("{:.0}", scale.height)) focusable="false" {
                @for kind in ["tip", "tip-bad"] {
                    marker id=(kind) class=(kind) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto" {
                        path d="M0 0 L8 4 L0 8 z" {}
                    }
                }
                @for ((flow, (said, way)), spot) in map.arrows.iter().zip(&arrows).zip(&spots) {
                    @if let Some(way) = way { (arrow(map, flow, (said, way, *spot), real(flow.count) / real(most), window)) }
                }
                @for (place, (station, point)) in map.nodes.iter().zip(&layout.nodes).enumerate() {
                    (node(map, place, station, scale.point(*point), window))
                }
            }
        }
    }
}
