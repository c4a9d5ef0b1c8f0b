//! How the API writes what it shows: ids in hex, times as nanoseconds since 1970 (`…_unix_ns`), durations as nanoseconds (`…_ns`).

mod hop_json;
mod journey_json;
mod line_json;
mod map_json;
mod numbers;
mod span_json;
mod trouble_json;

pub(crate) use hop_json::HopJson;
pub(crate) use journey_json::JourneyJson;
pub(crate) use line_json::{LineJson, outcome_text};
pub(crate) use map_json::MapJson;
pub(crate) use numbers::{nanos, real, unix_nanos};
pub(crate) use span_json::{SpanJson, key_text, kind_text as span_kind_text, read_key};
pub(crate) use trouble_json::{TroubleJson, kind_text};
