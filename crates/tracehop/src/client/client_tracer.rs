//! A tracer for one client: what is the same for all of its operations.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::message::{ClientFacts, InternedStr, MessagingSystem, OperationKind};
use crate::policy::HeaderPolicy;
use crate::tracer::MessagingTracer;

/// A [`MessagingTracer`] for one client. It is cheap to clone, because it is one pointer.
///
/// Adapters keep one in each wrapper, and ask it for the span of every operation: [`send`](Self::send),
/// [`received`](Self::received), [`settle`](Self::settle). It decides names, kinds, parents, links and attributes.
pub struct ClientTracer<S> {
    pub(super) client: Arc<Client>,
    pub(super) system: PhantomData<fn() -> S>,
}

/// What all clones share.
pub(super) struct Client {
    /// No other client of this process has, or had, the same.
    pub(super) id: u64,
    pub(super) system: &'static str,
    /// The system's usual word for a send.
    pub(super) send_name: &'static str,
    pub(super) tracer: MessagingTracer,
    pub(super) facts: ClientFacts,
    pub(super) late: Arc<OnceLock<(&'static str, InternedStr)>>,
    /// It was made for destinations whose headers are a case of their own.
    pub(super) is_particular: bool,
}

impl Client {
    fn new_id() -> u64 {
        static IDS: AtomicU64 = AtomicU64::new(1);
        IDS.fetch_add(1, Ordering::Relaxed)
    }

    /// The same client, for destinations whose headers are a case of their own.
    pub(super) fn under(&self, policy: &HeaderPolicy) -> Self {
        Self {
            id: Self::new_id(),
            system: self.system,
            send_name: self.send_name,
            tracer: self.tracer.under(policy),
            facts: self.facts.clone(),
            late: Arc::clone(&self.late),
            is_particular: true,
        }
    }
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// A tracer for a client of which `facts` are known.
    pub fn new(tracer: &MessagingTracer, facts: ClientFacts) -> Self {
        let client = Client {
            id: Client::new_id(),
            system: S::NAME,
            send_name: S::operation_name(OperationKind::Send),
            tracer: tracer.clone(),
            facts,
            late: Arc::default(),
            is_particular: false,
        };
        Self { client: Arc::new(client), system: PhantomData }
    }

    /// The tracer this was made from.
    pub fn tracer(&self) -> &MessagingTracer {
        &self.client.tracer
    }

    /// What is known of the client.
    pub fn facts(&self) -> &ClientFacts {
        &self.client.facts
    }

    /// Adds an attribute that is only known once the client is connected, for example the cluster's name. The first call
    /// counts.
    pub fn set_late_attribute(&self, key: &'static str, value: &str) {
        let _ = self.client.late.set((key, InternedStr::new(value)));
    }

    /// Whether [`set_late_attribute`](Self::set_late_attribute) was called.
    pub fn has_late_attribute(&self) -> bool {
        self.client.late.get().is_some()
    }
}

impl<S> Clone for ClientTracer<S> {
    fn clone(&self) -> Self {
        Self { client: Arc::clone(&self.client), system: PhantomData }
    }
}

impl<S: MessagingSystem> fmt::Debug for ClientTracer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTracer")
            .field("system", &S::NAME)
            .field("facts", &self.client.facts)
            .finish_non_exhaustive()
    }
}
