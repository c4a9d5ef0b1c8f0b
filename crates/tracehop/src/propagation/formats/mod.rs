//! The formats beside those of the W3C, one in each file: which headers they are, and how these make one context.

mod b3;
mod binary;
mod cloud_events;
mod datadog;
mod elastic;
mod fields;
mod jaeger;
mod xray;

pub(super) use b3::B3Format;
pub(super) use binary::BinaryFormat;
pub(super) use cloud_events::CloudEventsFormat;
pub(super) use datadog::DatadogFormat;
pub(super) use elastic::ElasticFormat;
pub(super) use jaeger::JaegerFormat;
pub(super) use xray::XRayFormat;
