//! Where an arrow leads.

use tracehop_journey::{DestinationMap, MapArrow, NodeKind};

use crate::api::{Address, Window, quoted};

/// The same place, whether the arrow is drawn or a row of a table.
pub(super) fn address(map: &DestinationMap, flow: &MapArrow, window: Window) -> Address {
    let name = |place: usize| map.nodes.get(place).map_or("", |node| node.name.as_str());
    let (from, to) = (name(flow.from), name(flow.to));
    let is_in = map.nodes.get(flow.to).is_some_and(|node| node.kind == NodeKind::Destination);
    let address = if flow.gap.is_some() {
        // A hop is a send and a handler: where one is missing there is none to look at.
        let service = if is_in { from } else { to };
        Address::of("/").with("q", format!("service:{}", quoted(service)))
    } else if is_in {
        Address::of("/hop").with("destination", to).with("producer", from)
    } else {
        let hop = Address::of("/hop").with("destination", from).with("consumer", to);
        hop.maybe("group", flow.group.as_deref())
    };
    address.maybe("window", (window != Window::default()).then_some(window.text()))
}
