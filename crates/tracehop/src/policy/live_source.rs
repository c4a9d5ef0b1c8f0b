//! Policies by destination, as the source of a tracer's.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use opentelemetry::Key;

use super::effective_policy::HeaderPolicy;
use super::{EffectivePolicy, LivePolicies, Policies, Policy, PolicySource, SpanLevel};
use crate::message::OperationKind;
use crate::propagation::{MessagePropagator, PropagationChange, Trust};
use crate::semconv;

/// Policies by destination, on top of what the tracer was told.
pub(crate) struct LiveSource {
    live: LivePolicies,
    base: EffectivePolicy,
    propagator: MessagePropagator,
    resolved: RwLock<Arc<Resolved>>,
    /// The version under which the following two were found.
    looked: AtomicU64,
    /// One thread at a time looks, so that what it stores is of the version that it stores.
    looking: Mutex<()>,
    makes_receive_spans: AtomicBool,
    varies_headers: AtomicBool,
}

/// All policies, as they hold.
struct Resolved {
    of: Arc<Policies>,
    defaults: Arc<EffectivePolicy>,
    list: Vec<Arc<EffectivePolicy>>,
}

impl LiveSource {
    /// `base` holds where no policy says otherwise.
    pub(crate) fn new(live: LivePolicies, base: EffectivePolicy, propagator: MessagePropagator) -> Self {
        let resolved = Resolved::new(live.get(), &base, &propagator);
        let this = Self {
            looked: AtomicU64::new(live.version().load(Ordering::Acquire)),
            makes_receive_spans: AtomicBool::new(resolved.any(|policy| policy.receive_spans)),
            varies_headers: AtomicBool::new(resolved.any(|policy| policy.headers.is_some())),
            resolved: RwLock::new(Arc::new(resolved)),
            looking: Mutex::default(),
            live,
            base,
            propagator,
        };
        // Policies that were put in their place meanwhile.
        this.refresh();
        this
    }

    /// What holds now.
    fn now(&self) -> Arc<Resolved> {
        let policies = self.live.get();
        let known = Arc::clone(&self.resolved.read().unwrap_or_else(PoisonError::into_inner));
        if Arc::ptr_eq(&known.of, &policies) {
            return known;
        }
        let resolved = Arc::new(Resolved::new(policies, &self.base, &self.propagator));
        *self.resolved.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&resolved);
        resolved
    }

    #[inline]
    fn look(&self) {
        if self.looked.load(Ordering::Acquire) != self.live.version().load(Ordering::Relaxed) {
            self.refresh();
        }
    }

    #[cold]
    fn refresh(&self) {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.live.version().load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let now = self.now();
        self.makes_receive_spans.store(now.any(|policy| policy.receive_spans), Ordering::Relaxed);
        self.varies_headers.store(now.any(|policy| policy.headers.is_some()), Ordering::Relaxed);
        // After the answers: whoever sees the version sees them.
        self.looked.store(version, Ordering::Release);
    }
}

impl PolicySource for LiveSource {
    fn version(&self) -> Arc<AtomicU64> {
        Arc::clone(self.live.version())
    }

    fn policy(&self, destination: Option<&str>, _: OperationKind) -> Arc<EffectivePolicy> {
        let now = self.now();
        let place = now.of.place(destination);
        Arc::clone(place.and_then(|place| now.list.get(place)).unwrap_or(&now.defaults))
    }

    fn makes_receive_spans(&self) -> bool {
        self.look();
        self.makes_receive_spans.load(Ordering::Relaxed)
    }

    fn varies_headers(&self) -> bool {
        self.look();
        self.varies_headers.load(Ordering::Relaxed)
    }
}

impl Resolved {
    fn new(policies: Arc<Policies>, base: &EffectivePolicy, propagator: &MessagePropagator) -> Self {
        let Policies { defaults, list } = &*policies;
        let on_top = |policy: &Policy| Arc::new(policy.or(defaults).on_top_of(base, propagator));
        let list = list.iter().map(|(_, policy)| on_top(policy)).collect();
        Self { defaults: on_top(defaults), list, of: policies }
    }

    fn any(&self, has: impl Fn(&EffectivePolicy) -> bool) -> bool {
        self.list.iter().chain([&self.defaults]).any(|policy| has(policy))
    }
}

impl Policy {
    /// What holds if the tracer was told `base`.
    fn on_top_of(self, base: &EffectivePolicy, propagator: &MessagePropagator) -> EffectivePolicy {
        let headers = self.headers(propagator);
        EffectivePolicy {
            spans: self.spans.unwrap_or(base.spans),
            correlation: self.correlation.unwrap_or(base.correlation),
            max_age: self.max_age.or(base.max_age),
            existing: self.existing.unwrap_or(base.existing),
            receive_spans: self.receive_spans.unwrap_or(base.receive_spans),
            settle_spans: self.settle_spans.unwrap_or(base.settle_spans),
            create_spans: self.create_spans.unwrap_or(base.create_spans),
            trust_unsampled: base.trust_unsampled,
            sampler_sees_all: base.sampler_sees_all,
            plain_batch_links: self.plain_batch_links.unwrap_or(base.plain_batch_links),
            max_batch_links: base.max_batch_links,
            message_keys: self.record_message_keys.unwrap_or(base.message_keys),
            body_sizes: self.record_body_sizes.unwrap_or(base.body_sizes),
            captured_headers: match self.capture_headers {
                Some(names) => captured(names),
                None => Arc::clone(&base.captured_headers),
            },
            baggage_attributes: match self.baggage_attributes {
                Some(keys) => keys.into(),
                None => Arc::clone(&base.baggage_attributes),
            },
            headers,
        }
    }

    fn headers(&self, propagator: &MessagePropagator) -> Option<Arc<HeaderPolicy>> {
        let Self { read, write, budget, baggage_in, baggage_out, .. } = self;
        let (read, write) = (read.as_deref(), write.as_deref());
        let change = PropagationChange { read, write, budget: *budget, baggage_in, baggage_out };
        let headers = HeaderPolicy {
            trust: self.trust.unwrap_or(Trust::Full),
            strips: self.strip.unwrap_or(false),
            is_off: self.spans == Some(SpanLevel::Off),
            propagator: (!change.is_empty()).then(|| Arc::new(propagator.changed(&change))),
        };
        let is_particular =
            headers.trust != Trust::Full || headers.strips || headers.is_off || headers.propagator.is_some();
        is_particular.then(|| Arc::new(headers))
    }
}

/// Headers by name, and the attributes that show them.
pub(crate) fn captured(names: impl IntoIterator<Item = String>) -> Arc<[(String, Key)]> {
    let attribute =
        |name: &str| Key::from(format!("{}{}", semconv::HEADER_PREFIX, name.to_ascii_lowercase()));
    names.into_iter().map(|name| (attribute(&name), name)).map(|(key, name)| (name, key)).collect()
}
