//! What every carrier must do, as tests: [`carrier_conformance!`](crate::carrier_conformance).
//!
//! A carrier is put [`CarrierUnderTest`] and runs, unchanged, what all others run: each of the [`vectors`],
//! the [hostile corpus](crate::corpus), and the scenarios of this module.
//!
//! | scenario | asserts |
//! |---|---|
//! | [`round_trip`] | headers come out as they went in |
//! | [`lookup`] | values are found by exact name, oldest first, without nulls; names are in order |
//! | [`empty`] | a patch applies to a message without headers |
//! | [`replacement`] | context headers in any letter case are replaced, all others stay |
//! | [`republish`] | after ten hops each context header is there once, the others byte-identical in order |
//! | [`refusal`] | a patch that the transport refuses leaves the headers unchanged |
//! | [`no_empty_headers`] | an empty `tracestate` or `baggage` is never written |
//! | [`unsampled`] | an unsampled context is written like a sampled one |
//! | [`hostile`] | hostile headers neither panic nor invent a context |
//! | [`sdk_propagator`] | the SDK's own propagator works over the carrier |
//! | [`prefix_propagator`] | a propagator that searches names by prefix works over the carrier |
//! | [`not_representable`] | what the transport cannot hold is no more than the carrier's author says |

mod macros;
mod prefix;
mod scenarios;
mod vector;

use std::collections::HashMap;
use std::hash::BuildHasher;

use tracehop::{CarrierMut, MemoryHeaders};

use crate::{Header, corpus, vectors};

pub use scenarios::{
    empty, hostile, lookup, no_empty_headers, prefix_propagator, refusal, replacement, republish, round_trip,
    sdk_propagator, unsampled,
};
pub use vector::vector;

/// A carrier that can be made from any headers its transport can hold, and be looked into.
///
/// ```
/// use tracehop::MemoryHeaders;
/// use tracehop_testing::CarrierUnderTest;
///
/// let headers = vec![(b"tenant".to_vec(), Some(b"a".to_vec())), (b"tenant".to_vec(), None)];
/// assert_eq!(MemoryHeaders::build(&headers).unwrap().dump(), headers);
/// // Its names are strings.
/// assert!(MemoryHeaders::build(&[(b"\xff".to_vec(), None)]).is_none());
/// ```
pub trait CarrierUnderTest: CarrierMut + Sized {
    /// Whether headers keep their order.
    const ORDERED: bool;

    /// Whether a name may stand more than once.
    const REPEATS: bool;

    /// Whether [`names`](tracehop::Carrier::names) names the headers. Default: yes.
    const WALKABLE: bool = true;

    /// The headers of a message that came in; `None` if the transport cannot hold them.
    fn build(headers: &[Header]) -> Option<Self>;

    /// All headers, as the transport would send them.
    fn dump(&self) -> Vec<Header>;
}

impl CarrierUnderTest for MemoryHeaders {
    const ORDERED: bool = true;
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let header = |(name, value): &Header| Some((String::from_utf8(name.clone()).ok()?, value.clone()));
        headers.iter().map(header).collect::<Option<_>>().map(Self)
    }

    fn dump(&self) -> Vec<Header> {
        self.0.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone())).collect()
    }
}

impl<S: BuildHasher + Default> CarrierUnderTest for HashMap<String, String, S> {
    const ORDERED: bool = false;
    const REPEATS: bool = false;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut map = Self::default();
        for (name, value) in headers {
            let (name, value) = (String::from_utf8(name.clone()), String::from_utf8(value.clone()?));
            if map.insert(name.ok()?, value.ok()?).is_some() {
                return None;
            }
        }
        Some(map)
    }

    fn dump(&self) -> Vec<Header> {
        self.iter()
            .map(|(name, value)| (name.clone().into_bytes(), Some(value.clone().into_bytes())))
            .collect()
    }
}

/// The names of the vectors and of the hostile headers that the carrier's transport cannot hold. Their tests pass without
/// having tested anything, so [`carrier_conformance!`](crate::carrier_conformance) holds their number to what it was told.
pub fn not_representable<C: CarrierUnderTest>() -> Vec<String> {
    let vectors = vectors::all().into_iter().map(|vector| (vector.name.to_owned(), vector.headers));
    let hostile = corpus::hostile().into_iter().map(|hostile| (hostile.name.into_owned(), hostile.headers));
    vectors.chain(hostile).filter(|(_, headers)| C::build(headers).is_none()).map(|(name, _)| name).collect()
}
