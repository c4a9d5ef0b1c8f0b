//! What is the same for all messages of one client, one operation and one destination.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use super::client_tracer::Client;
use crate::message::{Destination, DestinationName, InternedStr, OperationKind, fingerprint};
use crate::policy::Policy;

/// What is the same for all messages of one client, one operation and one destination: it is resolved once, and found
/// again by one look.
pub(super) struct Route {
    client: u64,
    /// Of the policies, when this one was asked for.
    version: u64,
    pub(super) kind: OperationKind,
    pub(super) operation: &'static str,
    /// What of the destination is of low cardinality: its template, or its name.
    pub(super) label: Option<InternedStr>,
    pub(super) policy: Arc<Policy>,
    /// `"{operation} {label}"`, or the operation's name alone if there is no label.
    pub(super) span_name: Cow<'static, str>,
}

/// How many routes a thread remembers: more than a thread alternates between.
const SLOTS: usize = 64;

thread_local! {
    // A route is out of its slot while it is used. So whatever runs meanwhile may look for routes too: at worst it resolves
    // the same one again.
    static RECENT: [Cell<Option<Box<Route>>>; SLOTS] = const { [const { Cell::new(None) }; SLOTS] };
}

/// A route in use, and where it is remembered.
#[must_use = "it is forgotten if it is not kept"]
pub(super) struct FoundRoute {
    route: Box<Route>,
    slot: usize,
}

impl FoundRoute {
    /// Remembers the route for the next message.
    #[inline]
    pub(super) fn keep(self) {
        // While a thread ends there are no slots any more; then each route is resolved anew.
        let _ = RECENT.try_with(|recent| {
            if let Some(slot) = recent.get(self.slot) {
                slot.set(Some(self.route));
            }
        });
    }
}

impl Deref for FoundRoute {
    type Target = Route;

    #[inline]
    fn deref(&self) -> &Route {
        &self.route
    }
}

impl Route {
    /// Finds the route.
    #[inline]
    pub(super) fn find(
        client: &Client,
        kind: OperationKind,
        operation: &'static str,
        destination: &Destination<'_>,
    ) -> FoundRoute {
        let label = destination.label();
        let slot = slot_of(client, kind, label);
        let route = match take(slot) {
            Some(route) if route.is(client, kind, operation, label) => route,
            other => Self::resolve(other, client, kind, operation, destination),
        };
        FoundRoute { route, slot }
    }

    #[inline]
    fn is(
        &self,
        client: &Client,
        kind: OperationKind,
        operation: &'static str,
        label: DestinationName<'_>,
    ) -> bool {
        self.client == client.id
            && self.version == client.tracer.policies().version()
            && self.kind == kind
            && std::ptr::eq(self.operation, operation)
            && label.is(self.label.as_ref().map(InternedStr::as_str))
    }

    #[cold]
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "the box is used again for the next route of its slot"
    )]
    fn resolve(
        place: Option<Box<Self>>,
        client: &Client,
        kind: OperationKind,
        operation: &'static str,
        destination: &Destination<'_>,
    ) -> Box<Self> {
        let policies = client.tracer.policies();
        let label = match destination.label() {
            DestinationName::One(name) => Some(InternedStr::new(name)),
            label => label.to_text().as_deref().map(InternedStr::new),
        };
        let span_name = match &label {
            Some(label) => label.span_name(operation),
            None => Cow::Borrowed(operation),
        };
        // The version is read first: a policy that changes meanwhile is asked for again.
        let version = policies.version();
        let policy = policies.policy(label.as_ref().map(InternedStr::as_str), kind);
        let route = Self { client: client.id, version, kind, operation, label, policy, span_name };
        match place {
            Some(mut place) => {
                *place = route;
                place
            }
            None => Box::new(route),
        }
    }
}

#[inline]
fn slot_of(client: &Client, kind: OperationKind, label: DestinationName<'_>) -> usize {
    let name = match label {
        DestinationName::None => 0,
        DestinationName::One(name) => fingerprint(name),
        DestinationName::Joined(parts) => {
            parts.iter().fold(0, |sum: u64, part| sum.rotate_left(21) ^ fingerprint(part))
        }
    };
    let mixed = (name ^ client.id << 3 ^ kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 58).unwrap_or(0)
}

#[inline]
fn take(slot: usize) -> Option<Box<Route>> {
    RECENT.try_with(|recent| recent.get(slot).and_then(Cell::take)).ok().flatten()
}
