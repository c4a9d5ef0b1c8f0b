//! What every carrier must do, as tests: [`carrier_conformance!`](crate::carrier_conformance).
//!
//! A carrier implements [`CarrierUnderTest`] and runs what all other carriers run: each of the [vectors](crate::vectors),
//! the [hostile corpus](crate::corpus), and the scenarios of this module.
//!
//! | scenario | asserts |
//! |---|---|
//! | [`round_trip`] | headers come out as they went in |
//! | [`lookup`] | `for_each` shows each header in order, nulls too; values are found by exact name, oldest first, without nulls |
//! | [`empty`] | a patch applies to a message without headers |
//! | [`replacement`] | context headers in any letter case are replaced, all others stay |
//! | [`republish`] | after ten hops each context header is there once, the others byte-identical in order |
//! | [`refusal`] | a patch that the transport refuses leaves the headers unchanged |
//! | [`no_empty_headers`] | an empty `tracestate` or `baggage` is never written |
//! | [`unsampled`] | an unsampled context is written like a sampled one |
//! | [`hostile`] | hostile headers neither panic nor invent a context |
//! | [`aliases`] | other names of `traceparent` are replaced with it |
//! | [`retry_loop`] | a relay that copies headers and appends its own does not make them grow |
//! | [`formats`] | every format is read back as it was written |
//! | [`trust`] | a source gets no more than it is trusted with, in every format |
//! | [`sdk_propagator`] | the SDK's own propagator works over the carrier |
//! | [`prefix_propagator`] | a propagator that searches names by prefix works over the carrier |
//! | [`not_representable`] | what the transport cannot hold is no more than the carrier's author says |

mod carrier_under_test;
mod formats;
mod macros;
mod not_representable;
mod prefix;
mod relays;
mod scenarios;
mod shared;
mod vector;

pub use carrier_under_test::CarrierUnderTest;
pub use formats::{formats, trust};
pub use not_representable::not_representable;
pub use relays::{aliases, retry_loop};
pub use scenarios::{
    empty, hostile, lookup, no_empty_headers, prefix_propagator, refusal, replacement, republish, round_trip,
    sdk_propagator, unsampled,
};
pub use vector::vector;
