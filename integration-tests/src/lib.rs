//! tracehop against real brokers: what its tests share.
//!
//! - [`own`]: a broker that a test may break.
//! - [`polled`]: drops a future after some polls.
//!
//! The brokers are those of [`tracehop_brokers`].

#![forbid(unsafe_code)]

mod own;
mod polled;

pub use own::own;
pub use polled::polled;
