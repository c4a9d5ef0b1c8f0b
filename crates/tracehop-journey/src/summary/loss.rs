//! What spans have lost, by who made them.

use std::sync::Arc;

use crate::journey::Journey;
use crate::names::Names;
use crate::semconv;
use crate::span::JourneySpan;
use crate::span_parts::{Lost, SpanKey};
use crate::value::Value;

/// What one span has lost: to the limits of its SDK, to tracehop's bound on the links of a batch, or to the limits for spans here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The span. Several journeys may show it.
    pub span: SpanKey,
    /// The service that made it.
    pub service: Arc<str>,
    /// Its destination, or an empty text if it has none.
    pub destination: Arc<str>,
    /// How many attributes.
    pub attributes: u64,
    /// How many events.
    pub events: u64,
    /// How many links. Each may have been all that led from a message to its handler.
    pub links: u64,
    /// How much of all of these was cut by the limits for spans here.
    pub here: u64,
}

impl Loss {
    /// How much it is altogether.
    pub fn total(&self) -> u64 {
        self.attributes.saturating_add(self.events).saturating_add(self.links)
    }
}

pub(super) fn losses(journey: &Journey, names: &mut Names) -> Vec<Loss> {
    // Most spans have lost nothing.
    let lossy = journey.spans().filter(|span| span.lost() != Lost::default() || batch_links(span) > 0);
    let loss = |span: &JourneySpan| {
        let (lost, cut) = (span.lost(), span.cut());
        Loss {
            span: span.key(),
            service: names.shared(span.service()),
            destination: names.shared(span.destination().unwrap_or_default()),
            attributes: lost.attributes.into(),
            events: lost.events.into(),
            links: u64::from(lost.links).saturating_add(batch_links(span)),
            here: u64::from(cut.attributes) + u64::from(cut.events) + u64::from(cut.links),
        }
    };
    lossy.map(loss).collect()
}

/// The links that tracehop itself left out, which the SDK knows nothing of.
fn batch_links(span: &JourneySpan) -> u64 {
    // Most spans are about no message.
    if span.role().is_none() {
        return 0;
    }
    match span.attribute(semconv::TRACEHOP_BATCH_LINKS_DROPPED) {
        Some(Value::I64(links)) => u64::try_from(*links).unwrap_or(0),
        _ => 0,
    }
}
