//! One journey in a row of a list.

mod hop_record;
mod journey_id;
mod journey_summary;
mod loss;
mod repeated_contexts;
mod summarise;
mod unmatched_handler;

pub use hop_record::HopRecord;
pub use journey_id::{JourneyId, NoJourneyId};
pub use journey_summary::{JourneySummary, Outcome, Stretch, UnhandledSend};
pub use loss::Loss;
pub use unmatched_handler::{Gap, UnmatchedHandler};
