//! Spans → OTLP.

mod encode;
mod encoder;

pub use encoder::OtlpEncoder;
