//! The colours of services.

/// As on the page: they differ also for people who tell few colours apart, and the name always stands beside.
const COLORS: [&str; 8] =
    ["#0068a8", "#b86200", "#007a5a", "#c2410c", "#5d6773", "#a34a86", "#2f86bd", "#85710a"];

/// The seed with which no two services of the demo share a colour.
const SEED: u32 = 66;

/// The colour of a service, the same as on the page.
pub(super) fn color(service: &str) -> &'static str {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = service.bytes().fold(0x811c_9dc5 ^ SEED, mix);
    let place = (hash ^ (hash >> 15)) % 8;
    COLORS.get(place as usize).copied().unwrap_or("#5d6773")
}
