//! The map as a drawing.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapLayout};

use super::arrow::arrow;
use super::node::node;
use super::place::Scale;
use crate::api::Window;

pub(super) fn drawing(map: &DestinationMap, window: Window) -> Markup {
    let layout = MapLayout::of(map);
    let scale = Scale::of(&layout);
    let most = map.arrows.iter().map(|arrow| arrow.count).max().unwrap_or(0);
    let size = format!("0 0 {:.0} {:.0}", scale.width, scale.height);
    html! {
        div.map tabindex="0" role="group" aria-label="Map. The table below says the same in words." {
            svg.fits[scale.fits()] viewBox=(size) width=(format!("{:.0}", scale.width)) height=(format!("{:.0}", scale.height)) focusable="false" {
                @for kind in ["tip", "tip-bad"] {
                    marker id=(kind) class=(kind) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto" {
                        path d="M0 0 L8 4 L0 8 z" {}
                    }
                }
                @for (flow, route) in map.arrows.iter().zip(&layout.arrows) {
                    (arrow(map, scale, flow, route, most, window))
                }
                @for (place, (station, point)) in map.nodes.iter().zip(&layout.nodes).enumerate() {
                    (node(map, place, station, Scale::point(*point), window))
                }
            }
        }
    }
}
