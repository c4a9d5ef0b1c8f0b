//! How much the clocks of two services disagree.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::duration::Human;
use crate::summary::HopRecord;

/// Two services whose clocks disagree: one handled messages before the other one sent them.
///
/// How much they disagree is not known, only how much at least: a message takes some time, and nobody knows how much.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClockSkew {
    /// The service whose clock is behind: the one that handled.
    pub behind: String,
    /// The service whose clock is ahead: the one that sent. It may be the same, if its processes run on several machines.
    pub ahead: String,
    /// By how much, at least.
    pub at_least: Duration,
    /// How many messages show it.
    pub count: u64,
}

/// Finds the services whose clocks disagree by `at_least`, those that disagree most first.
///
/// ```
/// # use std::{sync::Arc, time::{Duration, SystemTime}};
/// # use opentelemetry::trace::{SpanId, TraceId};
/// use tracehop_journey::{HopRecord, clock_skews};
///
/// # let key = |id: u64| (TraceId::from(1_u128), SpanId::from(id));
/// let hop = HopRecord {
///     producer: Arc::from("checkout"),
///     consumer: Arc::from("shipping"),
///     skew: Duration::from_millis(40),
/// #     send: key(1), process: key(2), system: Arc::from("kafka"), destination: Arc::from("orders"), group: None,
/// #     partition: None, sent: SystemTime::UNIX_EPOCH, sending: Duration::ZERO, wait: Duration::ZERO,
/// #     handling: Duration::ZERO, attempt: 1, error: None, handled_error: None,
///     // ...
/// };
/// let skews = clock_skews([&hop], Duration::from_millis(1));
/// assert_eq!(skews[0].to_string(), "shipping's clock is at least 40.0 ms behind checkout's");
/// assert!(clock_skews([&hop], Duration::from_secs(1)).is_empty());
/// ```
pub fn clock_skews<'a>(hops: impl IntoIterator<Item = &'a HopRecord>, at_least: Duration) -> Vec<ClockSkew> {
    let at_least = at_least.max(Duration::from_nanos(1));
    let mut pairs: BTreeMap<(&str, &str), ClockSkew> = BTreeMap::new();
    for hop in hops.into_iter().filter(|hop| hop.skew >= at_least) {
        let (behind, ahead) = (&*hop.consumer, &*hop.producer);
        let skew = pairs.entry((behind, ahead)).or_insert_with(|| ClockSkew {
            behind: behind.to_owned(),
            ahead: ahead.to_owned(),
            at_least: Duration::ZERO,
            count: 0,
        });
        skew.at_least = hop.skew.max(skew.at_least);
        skew.count += 1;
    }
    let mut skews: Vec<ClockSkew> = pairs.into_values().collect();
    skews.sort_by_key(|skew| Reverse(skew.at_least));
    skews
}

impl fmt::Display for ClockSkew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { behind, ahead, at_least, .. } = self;
        let at_least = Human(*at_least);
        if behind == ahead {
            return write!(f, "two clocks of {behind} are at least {at_least} apart");
        }
        write!(f, "{} clock is at least {at_least} behind {}", owner(behind), owner(ahead))
    }
}

/// `billing's`, `payments'`
fn owner(service: &str) -> String {
    format!("{service}{}", if service.ends_with('s') { "'" } else { "'s" })
}
