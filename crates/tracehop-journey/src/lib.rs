//! Finished OpenTelemetry spans → journeys of messages.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod carried;
mod cause;
mod color;
mod critical_path;
mod dead_letter_names;
mod dependency_table;
mod duration;
mod forest;
#[cfg(feature = "sdk")]
mod from_sdk;
mod handover;
mod hop;
mod index;
mod journey;
mod log_line;
mod lookup;
mod names;
#[cfg(feature = "otlp")]
pub mod otlp;
mod places;
mod preorder;
#[cfg(feature = "query")]
pub mod query;
mod role;
mod semconv;
mod source;
mod span;
mod span_parts;
mod summary;
mod table;
mod text;
mod tree;
mod value;
mod views;
mod wait;
mod waterfall;

pub use color::Color;
pub use dead_letter_names::is_dead_letters;
pub use dependency_table::{Dependency, DependencyTable};
pub use duration::Human;
pub use forest::{Before, Forest, Origin, Root};
pub use hop::Hop;
pub use index::{Bounds, Dropped, Index, Walked};
pub use journey::Journey;
pub use log_line::LogLine;
pub use preorder::{Preorder, Step};
pub use role::Role;
pub use source::Source;
pub use span::JourneySpan;
pub use span_parts::{Lost, SpanEvent, SpanKey, SpanParts, SpanStatus};
pub use summary::{HopRecord, JourneyId, JourneySummary, NoJourneyId, Outcome, Stretch, UnhandledSend};
pub use table::{HopRow, HopTable, Percentiles};
pub use text::fit;
pub use value::{Attribute, Value};
pub use views::{
    ClockSkew, DestinationMap, Durations, HeatCell, HopDetail, HopQuery, JourneyRow, Latency, MapArrow,
    MapLayout, MapNode, MapPoint, MapRoute, NodeKind, RowKind, SlowMessage, Spread, Trouble, TroubleKind,
    TroubleLimits, clock_skews, troubles,
};
pub use waterfall::Waterfall;
