//! One journey, without what nobody shall see.

use std::sync::Arc;

use tracehop_journey::otlp::{export_request, spans_of};
use tracehop_journey::{Journey, JourneyId};

use super::html;
use crate::entrance::Redaction;

/// One journey, without what nobody shall see.
#[derive(Clone, Debug)]
pub struct Exported {
    id: JourneyId,
    journey: Journey,
}

impl Exported {
    /// The journey after `redaction`. What is taken out is in no form of the export. `None` if nothing is left.
    pub fn new(id: JourneyId, journey: &Journey, redaction: &Redaction) -> Option<Self> {
        let mut request = export_request(journey.spans());
        redaction.traces(&mut request);
        let journey = Journey::of_id(id, spans_of(request).spans.into_iter().map(Arc::new))?;
        Some(Self { id, journey })
    }

    /// The spans as OTLP in JSON.
    pub fn otlp(&self) -> String {
        tracehop_journey::otlp::export_json(self.journey.spans())
    }

    /// A page that needs nothing else: no script, no server. The spans are in it as OTLP in JSON, to be imported.
    pub fn html(&self) -> String {
        html::page(self.id, &self.journey, &self.otlp())
    }
}
