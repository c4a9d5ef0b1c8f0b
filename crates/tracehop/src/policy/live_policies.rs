//! Policies that can be replaced while messages are under way.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::Policies;

/// Policies that can be replaced while messages are under way. It is cheap to clone, and clones share the policies.
///
/// Tracers take notice with the next message. Until then, and while messages are under way, nothing waits: a message costs one
/// relaxed load more or less, and no lock. A message that has started ends under the policy under which it started.
///
/// ```
/// use tracehop::{LivePolicies, MessagingTracer, Policies, Policy, SpanLevel};
///
/// let policies = LivePolicies::new(Policies::new());
/// let tracer = MessagingTracer::builder().policies(policies.clone()).build();
/// // .. an hour later, and without a restart:
/// policies.replace(Policies::new().on("heartbeats", Policy::new().spans(SpanLevel::Off)));
/// assert_eq!(policies.replacements(), 1);
/// ```
#[derive(Clone, Default)]
pub struct LivePolicies(Arc<Shared>);

#[derive(Default)]
struct Shared {
    policies: RwLock<Arc<Policies>>,
    /// How often they were replaced. Routes that were resolved under another number are resolved anew.
    version: Arc<AtomicU64>,
    replacements: AtomicU64,
}

impl LivePolicies {
    /// These policies, until they are replaced.
    pub fn new(policies: Policies) -> Self {
        let this = Self::default();
        this.set(policies);
        this
    }

    /// Puts other policies in the place of those that hold.
    pub fn replace(&self, policies: Policies) {
        self.set(policies);
        self.0.replacements.fetch_add(1, Ordering::Relaxed);
        // After the policies, so that whoever sees the new number finds them.
        self.0.version.fetch_add(1, Ordering::Release);
    }

    fn set(&self, policies: Policies) {
        *self.0.policies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }

    /// The policies that hold.
    pub fn get(&self) -> Arc<Policies> {
        Arc::clone(&self.0.policies.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often they were replaced.
    pub fn replacements(&self) -> u64 {
        self.0.replacements.load(Ordering::Relaxed)
    }

    pub(super) fn version(&self) -> &Arc<AtomicU64> {
        &self.0.version
    }
}

impl From<Policies> for LivePolicies {
    fn from(policies: Policies) -> Self {
        Self::new(policies)
    }
}

impl fmt::Debug for LivePolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePolicies")
            .field("policies", &self.get())
            .field("replacements", &self.replacements())
            .finish_non_exhaustive()
    }
}
