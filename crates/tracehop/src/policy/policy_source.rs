//! Where the policy of a destination comes from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::EffectivePolicy;
use crate::message::OperationKind;

/// Decides which policy holds for which destination.
pub(crate) trait PolicySource: Send + Sync {
    /// Changes whenever an answer may have changed. It is asked for once, and then read with each operation.
    fn version(&self) -> Arc<AtomicU64>;

    /// The policy for one kind of operation on one destination: by the destination's template, or by its name if that is of
    /// low cardinality. All destinations that have neither share an answer.
    fn policy(&self, destination: Option<&str>, kind: OperationKind) -> Arc<EffectivePolicy>;

    /// Whether any policy asks for receive spans: clients ask before they know what they will get.
    fn makes_receive_spans(&self) -> bool;

    /// Whether any policy says something particular of headers: they are read before anything else is done.
    fn varies_headers(&self) -> bool;
}

/// One policy for all destinations, which never changes.
struct FixedPolicy(Arc<EffectivePolicy>);

impl PolicySource for FixedPolicy {
    fn version(&self) -> Arc<AtomicU64> {
        Arc::default()
    }

    fn policy(&self, _: Option<&str>, _: OperationKind) -> Arc<EffectivePolicy> {
        Arc::clone(&self.0)
    }

    fn makes_receive_spans(&self) -> bool {
        self.0.receive_spans
    }

    fn varies_headers(&self) -> bool {
        false
    }
}

/// The policies of one tracer.
pub(crate) struct TracerPolicies {
    source: Box<dyn PolicySource>,
    version: Arc<AtomicU64>,
    is_fixed: bool,
}

impl TracerPolicies {
    pub(crate) fn fixed(policy: EffectivePolicy) -> Self {
        Self { is_fixed: true, ..Self::new(Box::new(FixedPolicy(Arc::new(policy)))) }
    }

    pub(crate) fn new(source: Box<dyn PolicySource>) -> Self {
        Self { version: source.version(), source, is_fixed: false }
    }

    /// Policies that were asked for under another version may have changed.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// The version, for what is asked for next to be of that one or of a later one.
    pub(crate) fn version_to_ask(&self) -> u64 {
        let version = self.version();
        fence(Ordering::Acquire);
        version
    }

    /// What is changed when anything that a route remembers may have changed.
    #[cfg(feature = "metrics")]
    pub(crate) fn shared_version(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.version)
    }

    pub(crate) fn policy(&self, destination: Option<&str>, kind: OperationKind) -> Arc<EffectivePolicy> {
        self.source.policy(destination, kind)
    }

    #[inline]
    pub(crate) fn makes_receive_spans(&self) -> bool {
        self.source.makes_receive_spans()
    }

    /// Whether destinations may have policies of their own.
    #[inline]
    pub(crate) fn may_vary(&self) -> bool {
        !self.is_fixed
    }

    #[inline]
    pub(crate) fn varies_headers(&self) -> bool {
        !self.is_fixed && self.source.varies_headers()
    }
}

impl fmt::Debug for TracerPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerPolicies").field("version", &self.version()).finish_non_exhaustive()
    }
}
