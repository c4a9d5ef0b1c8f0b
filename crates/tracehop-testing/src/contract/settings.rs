//! What a service was said to do.

use std::sync::Arc;
use std::time::Duration;

use tracehop::{Format, MessagePropagator};

use super::forms;
use crate::Header;

/// Whether the transport can carry these headers.
type Carries = Arc<dyn Fn(&[Header]) -> bool + Send + Sync>;

/// What a service was said to do.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) basic: bool,
    pub(super) hostile: bool,
    pub(super) formats: Vec<Format>,
    pub(super) aliases: Vec<String>,
    pub(super) left_out: Vec<(String, String)>,
    pub(super) carries: Carries,
    pub(super) deadline: Duration,
    /// Whether the service sends the context on as it came.
    pub(super) copies: bool,
    /// Whether it does if the context is not sampled.
    pub(super) copies_unsampled: bool,
    pub(super) passes_baggage: bool,
    pub(super) own_baggage: Vec<String>,
}

impl Settings {
    /// What reads the messages of the service.
    pub(super) fn propagator(&self) -> MessagePropagator {
        if self.formats.is_empty() {
            return forms::propagator(&[]);
        }
        let own = [Format::TraceContext, Format::Baggage];
        forms::propagator(&[&own[..], &self.formats].concat())
    }
}
