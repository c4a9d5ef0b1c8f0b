//! A service or a destination on the map.

use maud::{Markup, html};
use tracehop_journey::{DestinationMap, MapNode, MapPoint, NodeKind};

use super::place::{TALL, WIDE};
use super::shortened::{columns, shortened};
use super::spoken;
use crate::api::{Address, Window, quoted, real};
use crate::page::parts::{count, human, named, plain, service_class};

/// How many characters of a name fit.
const LETTERS: usize = 16;

/// The same for the line below, which is smaller, but has the open end of the pipe beside it.
const LETTERS_BELOW: usize = 12;

/// How wide a letter is, at most, in the fonts that systems have.
const WIDEST_LETTER: f64 = 7.7;

pub(super) fn node(
    map: &DestinationMap,
    place: usize,
    node: &MapNode,
    at: MapPoint,
    window: Window,
) -> Markup {
    let (x, y) = (at.x - WIDE / 2.0, at.y - TALL / 2.0);
    let search = match node.kind {
        NodeKind::Service => format!("service:{}", quoted(&node.name)),
        NodeKind::Destination => format!("dest:{}", quoted(&node.name)),
    };
    let address = match node.kind {
        NodeKind::Service => Address::of("/").with("q", &search),
        NodeKind::Destination => Address::of("/hop").with("destination", &node.name),
    };
    let address = address.maybe("window", (window != Window::default()).then_some(window.text()));
    let corner = if node.kind == NodeKind::Service { "7" } else { "22" };
    let class = match node.kind {
        NodeKind::Service => format!("node box {}", service_class(&node.name)),
        NodeKind::Destination => "node pipe".to_owned(),
    };
    let below = below(map, place, node);
    let name = shortened(&node.name, LETTERS);
    let room = WIDE - 26.0 - WIDEST_LETTER * real(columns(&name));
    html! {
        a class=(class) href=(address) data-node=(plain(&node.name)) data-kind=(kind_text(node.kind)) aria-label=(spoken::node(map, place, node)) {
            title { (named(&node.name)) " · " (below) }
            rect x=(format!("{x:.1}")) y=(format!("{y:.1}")) width=(WIDE) height=(TALL) rx=(corner) {}
            @if node.kind == NodeKind::Destination {
                // The open end of the pipe.
                ellipse cx=(format!("{:.1}", x + WIDE - 6.0)) cy=(format!("{:.1}", at.y)) rx="5" ry=(TALL / 2.0 - 1.0) {}
            } @else {
                rect.stripe x=(format!("{x:.1}")) y=(format!("{:.1}", y + 7.0)) width="4" height=(TALL - 14.0) {}
            }
            text.name x=(format!("{:.1}", x + 11.0)) y=(format!("{:.1}", at.y - 3.0))
                // A name that may be too wide is made to fit.
                textLength=[(room < 0.0).then_some(WIDE - 26.0)] lengthAdjust=[(room < 0.0).then_some("spacingAndGlyphs")] { (name) }
            text.sub x=(format!("{:.1}", x + 11.0)) y=(format!("{:.1}", at.y + 13.0)) { (below) }
        }
    }
}

/// What stands below the name.
fn below(map: &DestinationMap, place: usize, node: &MapNode) -> String {
    match node.kind {
        NodeKind::Service if node.handling.count > 0 => format!("p95 {}", human(node.handling.p95)),
        NodeKind::Service if map.arrows.iter().any(|arrow| arrow.from == place) => "sends".to_owned(),
        NodeKind::Service => "handles".to_owned(),
        NodeKind::Destination if node.unhandled > 0 => format!("{} wait", count(node.unhandled)),
        NodeKind::Destination if !map.arrows.iter().any(|arrow| arrow.from == place) => {
            "nobody listens".to_owned()
        }
        NodeKind::Destination if node.system.is_empty() => String::new(),
        NodeKind::Destination => shortened(&node.system, LETTERS_BELOW),
    }
}

fn kind_text(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Service => "service",
        NodeKind::Destination => "destination",
    }
}
