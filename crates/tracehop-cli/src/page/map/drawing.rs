//! The map as a drawing.

use maud::{Markup, html};
use tracehop_journey::DestinationMap;

use super::arrow::arrow;
use super::drawn::{Drawn, DrawnArrow};
use super::node::node;
use crate::api::{Window, real};

pub(super) fn drawing(map: &DestinationMap, window: Window) -> Markup {
    let Drawn { scale, nodes, arrows } = Drawn::of(map);
    let most = map.arrows.iter().map(|arrow| arrow.count).max().unwrap_or(0).max(1);
    let size = format!("0 0 {:.0} {:.0}", scale.width, scale.height);
    html! {
        div.map tabindex="0" role="group" aria-label="Map. The tables below say the same in words." {
            svg.fits[scale.fits()] viewBox=(size) width=(format!("{:.0}", scale.width)) height=(format!("{:.0}", scale.height)) focusable="false" {
                @for kind in ["tip", "tip-bad"] {
                    marker id=(kind) class=(kind) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto" {
                        path d="M0 0 L8 4 L0 8 z" {}
                    }
                }
                @for (flow, drawn) in map.arrows.iter().zip(&arrows) {
                    @if let DrawnArrow { said, way: Some(way), label } = drawn {
                        (arrow(map, flow, (said, way, label), real(flow.count) / real(most), window))
                    }
                }
                @for (place, (station, point)) in map.nodes.iter().zip(nodes).enumerate() {
                    (node(map, place, station, point, window))
                }
            }
        }
    }
}
