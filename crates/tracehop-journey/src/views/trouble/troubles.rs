//! What is wrong, worst first.

use std::sync::Arc;
use std::time::SystemTime;

use super::about::bounded;
use super::seen::Seen;
use super::trouble::Trouble;
use super::trouble_limits::TroubleLimits;
use super::{clocks, context, dead_letters, dropped, not_handled, poison, repeated, storm};
use crate::summary::JourneySummary;

/// What is wrong, worst first: by kind, and within a kind by how often. At most 100 of a kind are told apart.
///
/// Messages are counted once, however many journeys show them.
///
/// ```
/// # use std::{sync::Arc, time::{Duration, SystemTime}};
/// # use opentelemetry::trace::{SpanId, TraceId};
/// use tracehop_journey::{JourneySummary, TroubleKind, TroubleLimits, UnhandledSend, troubles};
///
/// # let key = (TraceId::from(1_u128), SpanId::from(1_u64));
/// # let now = SystemTime::now();
/// # let summary = JourneySummary {
/// #     id: tracehop_journey::JourneyId(key), name: "sign up".into(), started: now, duration: Duration::ZERO,
/// #     outcome: tracehop_journey::Outcome::Waiting, error: None, spans: 1, traces: [].into(), services: [].into(),
/// #     destinations: [].into(), attempts: 0, waiting: Duration::ZERO, working: Duration::ZERO, stretches: [].into(),
/// #     hops: [].into(), unmatched: [].into(), repeated_contexts: [].into(), tags: [].into(),
/// #     begins_elsewhere: false,
/// #     parts_left_out: 0, losses: [].into(), unhandled: [].into(),
/// # };
/// let send = UnhandledSend {
///     destination: Arc::from("newsletter"),
///     sent: now - Duration::from_secs(60),
/// #     send: key, producer: Arc::from("storefront"), system: Arc::from("kafka"), error: None,
///     // ...
/// };
/// let summary = JourneySummary { unhandled: [send].into(), ..summary };
/// let found = troubles(&[Arc::new(summary)], now, &TroubleLimits::default());
/// assert_eq!(found[0].kind, TroubleKind::NotHandled);
/// assert_eq!(found[0].title, "nobody handles what is sent to newsletter: 1 message");
/// ```
pub fn troubles(summaries: &[Arc<JourneySummary>], now: SystemTime, limits: &TroubleLimits) -> Vec<Trouble> {
    let seen = Seen::of(summaries);
    let kinds = [
        not_handled::find(&seen, now, limits),
        dead_letters::find(&seen),
        poison::find(&seen, limits),
        storm::find(&seen, limits),
        context::find(&seen),
        repeated::find(&seen),
        clocks::find(&seen, limits),
        dropped::find(&seen),
    ];
    kinds.into_iter().flat_map(bounded).collect()
}
