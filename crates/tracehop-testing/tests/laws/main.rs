//! Laws of reading and writing, each tried on 100,000 messages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod allocations;
mod context;
mod counting;
mod explained;
mod headers;
mod message;
mod reading;
mod silent;
mod work;
mod writing;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngAlgorithm;

/// The messages that each law is tried on. A failing one is shrunk and printed, and kept in no file. The generator of random
/// numbers is the cheapest one: most of the time would go into it.
fn cases() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::XorShift,
        ..ProptestConfig::with_cases(100_000)
    }
}
