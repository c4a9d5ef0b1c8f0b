//! Who may send spans here, and who may look at them.
//!
//! - [`Token`]: the secret that both need as soon as more than this machine can reach the program.
//! - [`loopback`]: which names of hosts mean this machine.
//! - [`Access`]: the decision, for a request of an exporter and for one of the page.
//! - [`gate`]: the same for a router, and how a browser gets its cookie.

mod access;
mod gate;
mod loopback;
mod token;

pub use access::Access;
pub use token::{BadToken, Token};
