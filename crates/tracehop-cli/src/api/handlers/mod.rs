//! What the API answers.

mod complete;
mod hop;
mod journey;
mod journeys;
mod map;
mod news;
mod of;
mod summaries;
mod trouble;

pub(super) use complete::complete;
pub(super) use hop::hop;
pub(super) use journey::{journey, journey_otlp, span, span_otlp, trace};
pub(super) use journeys::journeys;
pub(super) use map::map;
pub(super) use news::{counts, news};
pub(super) use of::of;
pub(super) use summaries::summaries;
pub(super) use trouble::trouble;
