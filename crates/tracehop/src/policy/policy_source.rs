//! Where the policy of a destination comes from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Policy;
use crate::message::OperationKind;

/// Decides which policy holds for which destination.
pub(crate) trait PolicySource: Send + Sync {
    /// Changes whenever an answer may have changed. It is asked for once, and then read with each operation.
    fn version(&self) -> Arc<AtomicU64>;

    /// The policy for one kind of operation on one destination: by the destination's template, or by its name if that is of
    /// low cardinality. All destinations that have neither share an answer.
    fn policy(&self, destination: Option<&str>, kind: OperationKind) -> Arc<Policy>;

    /// Whether any policy asks for receive spans: clients ask before they know what they will get.
    fn makes_receive_spans(&self) -> bool;
}

/// One policy for all destinations, which never changes.
struct FixedPolicy(Arc<Policy>);

impl PolicySource for FixedPolicy {
    fn version(&self) -> Arc<AtomicU64> {
        Arc::default()
    }

    fn policy(&self, _: Option<&str>, _: OperationKind) -> Arc<Policy> {
        Arc::clone(&self.0)
    }

    fn makes_receive_spans(&self) -> bool {
        self.0.receive_spans
    }
}

/// The policies of one tracer.
pub(crate) struct Policies {
    source: Box<dyn PolicySource>,
    version: Arc<AtomicU64>,
}

impl Policies {
    pub(crate) fn fixed(policy: Policy) -> Self {
        Self::new(Box::new(FixedPolicy(Arc::new(policy))))
    }

    pub(crate) fn new(source: Box<dyn PolicySource>) -> Self {
        Self { version: source.version(), source }
    }

    /// Policies that were asked for under another version may have changed.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// What is changed when anything that a route remembers may have changed.
    #[cfg(feature = "metrics")]
    pub(crate) fn shared_version(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.version)
    }

    pub(crate) fn policy(&self, destination: Option<&str>, kind: OperationKind) -> Arc<Policy> {
        self.source.policy(destination, kind)
    }

    pub(crate) fn makes_receive_spans(&self) -> bool {
        self.source.makes_receive_spans()
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("version", &self.version()).finish_non_exhaustive()
    }
}
