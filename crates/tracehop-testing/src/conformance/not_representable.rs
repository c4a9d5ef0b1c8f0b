//! What a transport cannot hold.

use super::carrier_under_test::CarrierUnderTest;
use crate::{corpus, vectors};

/// The names of the vectors and of the hostile headers that the carrier's transport cannot hold. Their tests pass without
/// having tested anything, so [`carrier_conformance!`](crate::carrier_conformance) checks that there are as many as the
/// carrier's author declared.
pub fn not_representable<C: CarrierUnderTest>() -> Vec<String> {
    let vectors = vectors::all().into_iter().map(|vector| (vector.name.to_owned(), vector.headers));
    let hostile = corpus::hostile().into_iter().map(|hostile| (hostile.name.into_owned(), hostile.headers));
    vectors.chain(hostile).filter(|(_, headers)| C::build(headers).is_none()).map(|(name, _)| name).collect()
}
