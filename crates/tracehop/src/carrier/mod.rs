//! The headers of one message, as they are read and written.

mod carrier;
mod carrier_mut;
mod header_names;
mod header_patch;
mod initials;
mod memory_headers;
mod room;
mod string_map;
mod transport;

pub use carrier::Carrier;
pub use carrier_mut::CarrierMut;
pub use header_names::HeaderNames;
pub use header_patch::HeaderPatch;
pub(crate) use header_patch::{BAGGAGE, TRACEPARENT, TRACESTATE};
pub use initials::Initials;
pub use memory_headers::MemoryHeaders;
pub use room::Room;
pub use transport::Transport;
