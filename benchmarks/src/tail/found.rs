//! What was found out with one endpoint.

use serde::Serialize;

use super::endpoint::Endpoint;
use super::tally::Tally;
use crate::clients::Estimate;

/// Microseconds of a send: medians over the rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) endpoint: Endpoint,
    pub(crate) sends_a_round: u32,
    pub(crate) p50: Estimate,
    pub(crate) p99: Estimate,
    pub(crate) p999: Estimate,
    /// How many times the slowest hundredth without an exporter, of the same round. Without an exporter itself: how many times that
    /// of a second such process, which should be one.
    pub(crate) ratio: Estimate,
    /// What became of the spans, if there is an exporter.
    pub(crate) spans: Option<Tally>,
}
