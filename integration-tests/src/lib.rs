//! tracehop against real brokers: what its tests share.
//!
//! - [`polled`]: drops a future after some polls.
//!
//! The brokers are those of [`tracehop_brokers`].

#![forbid(unsafe_code)]

mod polled;

pub use polled::polled;
