//! Real brokers for integration tests, and a way to them that fails as networks do.
//!
//! - [`FaultProxy`]: stands between a client and its server, and slows down, holds up, cuts or refuses connections.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod proxy;

pub use proxy::FaultProxy;
