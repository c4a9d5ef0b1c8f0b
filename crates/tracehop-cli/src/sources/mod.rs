//! Where spans can be asked for: a running `tracehop view`, Jaeger, Tempo, a file.
//!
//! A journey runs through many traces. [`Opened::journey`] starts with one of them and follows links both ways, as far as the
//! source can tell who links.

mod base_url;
mod client;
mod engine;
mod file;
mod gathered;
mod gathering;
mod header;
mod jaeger;
mod journeys;
mod opened;
mod picked;
mod source;
mod source_args;
mod source_error;
mod tempo;
mod trace_text;
mod view;
mod window;

pub use base_url::{BadUrl, BaseUrl};
pub use client::{Client, Reply};
pub use file::spans_of_file;
pub(crate) use file::{SCRIPT, SCRIPT_END};
pub use gathered::Gathered;
pub use header::{BadHeader, Header};
pub use journeys::Journeys;
pub use opened::Opened;
pub(crate) use opened::otlp_client;
pub use picked::Picked;
pub use source::{BadSource, Source};
pub use source_args::SourceArgs;
pub use source_error::SourceError;
pub use trace_text::{BadTraceId, trace_id};
