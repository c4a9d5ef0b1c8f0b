//! What is the same for all messages of one client, one operation and one destination.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use super::client_tracer::Client;
use crate::message::{Destination, DestinationName, InternedStr, OperationKind, fingerprint};
use crate::observe::{RouteFacts, Series};
use crate::policy::EffectivePolicy;

/// What is the same for all messages of one client, one operation and one destination: it is resolved once, and found
/// again by one look.
pub(super) struct Route {
    client: u64,
    /// Of the policies, when this one was asked for.
    version: u64,
    pub(super) kind: OperationKind,
    pub(super) operation: &'static str,
    /// What of the destination is of low cardinality: its template, its label, or its name.
    pub(super) label: Option<InternedStr>,
    /// Whether the operation is about no particular destination.
    is_nowhere: bool,
    pub(super) policy: Arc<EffectivePolicy>,
    /// `"{operation} {label}"`; without a destination `"{operation} {address}:{port}"` of the server, if that is known; else
    /// the operation's name alone.
    pub(super) span_name: Cow<'static, str>,
    /// The client for this destination, if its policy says something particular of headers.
    pub(super) particular: Option<Arc<Client>>,
    /// Where metrics are recorded, if there are any.
    pub(super) series: Option<Arc<Series>>,
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
        let label = destination.few();
        let slot = slot_of(client, kind, label);
        let route = match take(slot) {
            // What has a label is somewhere.
            Some(route)
                if route.is(client, kind, operation, label)
                    && (route.label.is_some() || route.is_nowhere == destination.is_none()) =>
            {
                route
            }
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
        let label = match destination.few() {
            DestinationName::One(name) => Some(InternedStr::new(name)),
            label => label.to_text().as_deref().map(InternedStr::new),
        };
        let is_nowhere = destination.is_none();
        let server = || client.facts.server_name().filter(|_| is_nowhere);
        let span_name = match &label {
            Some(label) => label.span_name(operation),
            None => server().map_or(Cow::Borrowed(operation), |server| server.span_name(operation)),
        };
        // The version is read first: a policy that changes meanwhile is asked for again.
        let version = policies.version_to_ask();
        let policy = policies.policy(label.as_ref().map(InternedStr::as_str), kind);
        let particular = policy.headers.as_ref().filter(|_| !client.is_particular);
        let particular = particular.map(|headers| Arc::new(client.under(headers)));
        // A message of a batch is counted among those that were sent.
        let counted = match kind {
            OperationKind::Create => (OperationKind::Send, client.send_name),
            _ => (kind, operation),
        };
        let series = client.tracer.metrics().series(&RouteFacts {
            system: client.system,
            kind: counted.0,
            operation: counted.1,
            destination: label.as_ref(),
            is_template: destination.template.is_some(),
            client: &client.facts,
        });
        let route = Self {
            client: client.id,
            version,
            kind,
            operation,
            label,
            is_nowhere,
            policy,
            span_name,
            particular,
            series,
        };
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    use crate::client::ClientTracer;
    use crate::message::{ClientFacts, MessagingSystem};
    use crate::policy::{PolicySource, TracerPolicies};
    use crate::tracer::MessagingTracer;

    enum Mail {}

    impl MessagingSystem for Mail {
        const NAME: &'static str = "mail";
    }

    /// Policies that can be told from one another: their maximal age is as many seconds as was asked for policies until then.
    #[derive(Clone, Default)]
    struct Counting {
        version: Arc<AtomicU64>,
        asked: Arc<AtomicU64>,
    }

    impl PolicySource for Counting {
        fn version(&self) -> Arc<AtomicU64> {
            Arc::clone(&self.version)
        }

        fn policy(&self, _: Option<&str>, kind: OperationKind) -> Arc<EffectivePolicy> {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
            let receive_spans = kind == OperationKind::Receive;
            Arc::new(EffectivePolicy {
                max_age: Some(std::time::Duration::from_secs(asked)),
                receive_spans,
                ..EffectivePolicy::default()
            })
        }

        fn makes_receive_spans(&self) -> bool {
            true
        }

        fn varies_headers(&self) -> bool {
            false
        }
    }

    fn client() -> (Counting, ClientTracer<Mail>) {
        let source = Counting::default();
        let tracer =
            MessagingTracer::builder().build().with_policies(TracerPolicies::new(Box::new(source.clone())));
        (source, ClientTracer::new(&tracer, ClientFacts::default()))
    }

    /// Finds a route and keeps it. The number is that of the question that its policy answered.
    fn find(
        client: &ClientTracer<Mail>,
        kind: OperationKind,
        word: &'static str,
        to: &Destination<'_>,
    ) -> u64 {
        let route = Route::find(&client.client, kind, word, to);
        let answer = route.policy.max_age.unwrap().as_secs();
        assert_eq!((route.kind, route.operation), (kind, word));
        assert_eq!(route.label.as_ref().map(|label| label.as_str().to_owned()), to.few().to_text());
        route.keep();
        answer
    }

    #[test]
    fn a_policy_is_asked_for_once_until_its_version_changes() {
        use OperationKind::Send;
        let (source, client) = client();
        let orders = Destination::named("orders");
        for version in 1..=3 {
            for _ in 0..10 {
                assert_eq!(find(&client, Send, "send", &orders), version);
            }
            source.version.fetch_add(1, Ordering::Relaxed);
        }
        // Any other version is one that changed, also a lower one.
        source.version.store(0, Ordering::Relaxed);
        assert_eq!(find(&client, Send, "send", &orders), 4);
    }

    #[test]
    fn the_makers_of_receive_spans_are_asked() {
        let (_, client) = client();
        assert!(client.tracer().makes_receive_spans());
        let route = Route::find(&client.client, OperationKind::Receive, "receive", &Destination::none());
        assert!(route.policy.receive_spans);
        route.keep();
        let route = Route::find(&client.client, OperationKind::Process, "process", &Destination::none());
        assert!(!route.policy.receive_spans);
        route.keep();
    }

    #[test]
    fn each_operation_and_each_label_has_a_route_of_its_own() {
        let (_, client) = client();
        let orders = Destination::named("orders");
        let keys = [
            (OperationKind::Send, "send", orders),
            (OperationKind::Send, "publish", orders),
            (OperationKind::Create, "send", orders),
            (OperationKind::Process, "process", orders),
            (OperationKind::Send, "send", Destination::named("invoices")),
            (OperationKind::Send, "send", Destination::none()),
            (OperationKind::Send, "send", Destination::joined(["orders", "new", ""])),
        ];
        for _ in 0..3 {
            let mut answers = keys.map(|(kind, word, to)| find(&client, kind, word, &to)).to_vec();
            answers.sort_unstable();
            answers.dedup();
            assert_eq!(answers.len(), keys.len());
        }
    }

    #[test]
    fn destinations_of_one_label_share_a_route() {
        let (_, client) = client();
        let find = |to: Destination<'_>| find(&client, OperationKind::Send, "send", &to);
        let reply = |name| Destination::named(name).template("reply.{id}");
        assert_eq!(find(reply("reply.1")), 1);
        assert_eq!(find(reply("reply.2")), 1);
        assert_eq!(find(Destination::named("reply.{id}")), 1);
        assert_eq!(find(Destination::named("reply.3").label("reply.{id}")), 1);
        assert_eq!(find(Destination::joined(["a", "b", ""])), 2);
        assert_eq!(find(Destination::joined(["a", "b", ""])), 2);
    }

    #[test]
    fn a_route_in_use_can_be_looked_for_again() {
        let (_, client) = client();
        let orders = Destination::named("orders");
        let first = Route::find(&client.client, OperationKind::Send, "send", &orders);
        let second = Route::find(&client.client, OperationKind::Send, "send", &orders);
        assert_eq!((&*first.span_name, &*second.span_name), ("send orders", "send orders"));
        second.keep();
        first.keep();
        assert_eq!(find(&client, OperationKind::Send, "send", &orders), 1);
    }

    #[test]
    fn of_two_clients_each_has_its_own_routes() {
        let ((_, one), (_, other)) = (client(), client());
        let orders = Destination::named("orders");
        for _ in 0..3 {
            let route = Route::find(&one.client, OperationKind::Send, "send", &orders);
            assert_eq!(route.client, one.client.id);
            route.keep();
            let route = Route::find(&other.client, OperationKind::Send, "send", &orders);
            assert_eq!(route.client, other.client.id);
            route.keep();
        }
    }

    /// Routes in one slot drive one another out.
    #[test]
    fn what_a_thread_alternates_between_is_spread_over_the_slots() {
        let clients: Vec<ClientTracer<Mail>> = (0..8).map(|_| client().1).collect();
        let distinct = |mut slots: Vec<usize>| {
            assert!(slots.iter().all(|slot| *slot < SLOTS));
            slots.sort_unstable();
            slots.dedup();
            slots.len()
        };
        let names: Vec<String> = (0..64).map(|number| format!("orders.{number}")).collect();
        let one = DestinationName::One("orders");
        for (slots, at_least, of) in [
            (
                names
                    .iter()
                    .map(|name| slot_of(&clients[0].client, OperationKind::Send, DestinationName::One(name)))
                    .collect(),
                30,
                "names",
            ),
            (
                names
                    .iter()
                    .map(|name| {
                        slot_of(
                            &clients[0].client,
                            OperationKind::Send,
                            DestinationName::Joined(["exchange", name, ""]),
                        )
                    })
                    .collect(),
                30,
                "second parts",
            ),
            (
                names
                    .iter()
                    .map(|name| {
                        slot_of(
                            &clients[0].client,
                            OperationKind::Send,
                            DestinationName::Joined([name, "key", "queue"]),
                        )
                    })
                    .collect(),
                30,
                "first parts",
            ),
            (
                OperationKind::ALL.map(|kind| slot_of(&clients[0].client, kind, one)).to_vec(),
                4,
                "kinds of operations",
            ),
            (
                clients.iter().map(|client| slot_of(&client.client, OperationKind::Send, one)).collect(),
                6,
                "clients",
            ),
            (
                OperationKind::ALL
                    .map(|kind| slot_of(&clients[0].client, kind, DestinationName::None))
                    .to_vec(),
                3,
                "kinds without a name",
            ),
        ] {
            let distinct = distinct(slots);
            assert!(distinct >= at_least, "{of}: {distinct}");
        }
    }
}
