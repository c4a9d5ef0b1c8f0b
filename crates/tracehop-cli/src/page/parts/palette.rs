//! The colours of services.

use maud::{Markup, html};

use super::named::{named, whole};

/// The seed with which no two services of the demo share a colour.
const SEED: u32 = 66;

/// The class that gives a service its colour, the same on each screen and after each restart.
///
/// There are eight colours. They differ also for people who tell few colours apart, and the name always stands beside.
pub(crate) fn service_class(service: &str) -> &'static str {
    const CLASSES: [&str; 8] = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"];
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = service.bytes().fold(0x811c_9dc5 ^ SEED, mix);
    let place = (hash ^ (hash >> 15)) % 8;
    CLASSES.get(place as usize).copied().unwrap_or("s0")
}

/// A service's name, beside its colour.
pub(crate) fn service(name: &str) -> Markup {
    html! { span.svc title=[whole(name)] { i class={ "dot " (service_class(name)) } {} (named(name)) } }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_services_of_the_demo_have_a_colour_each() {
        let services = [
            "storefront",
            "checkout",
            "payments",
            "inventory",
            "shipping",
            "notifications",
            "audit",
            "legacy-import",
        ];
        let classes: HashSet<&str> = services.into_iter().map(service_class).collect();
        assert_eq!(classes.len(), 8);
    }
}
