//! tracehop's side, through its public API.

use tracehop::{Carrier, ClientFacts, ClientTracer, Describe, Inbound, Received};

use super::transport::Transport;
use crate::ours::Tracer;

/// A client of which the same is known as of the service that does it by hand.
pub(crate) struct Client<T: Transport>(ClientTracer<T>);

impl<T: Transport> Client<T> {
    pub(crate) fn new(tracer: &Tracer) -> Self {
        let facts = ClientFacts::default()
            .client_id("checkout-1")
            .consumer_group("checkout")
            .server("broker-1", 4222);
        Self(ClientTracer::new(tracer, facts))
    }

    /// A message that this client got.
    pub(crate) fn message(&self, headers: T::Headers) -> T::Message {
        T::message(headers, &self.0)
    }

    /// A send that succeeds at once.
    pub(crate) fn send(&self, headers: &mut T::Headers) {
        T::start_send(&self.0, headers).end();
    }

    pub(crate) fn receive<'m>(&self, message: &'m T::Message) -> Received<Borrowed<'m, T::Message>, T> {
        self.0.received(Borrowed(message))
    }
}

/// The span around the handling of one message.
pub(crate) fn process<T: Transport, R>(
    got: &Received<Borrowed<'_, T::Message>, T>,
    handler: impl FnOnce(&T::Message) -> R,
) -> R {
    let span = got.start_process();
    let result = span.in_scope(|| handler(got.0));
    span.finish(&());
    result
}

/// A message that is only pointed to, so that one can be received again and again. It does not keep which span processed it,
/// because it is never settled.
pub(crate) struct Borrowed<'m, M>(&'m M);

impl<T: Transport, M: Inbound<T>> Inbound<T> for Borrowed<'_, M> {
    fn info(&self) -> impl Describe + '_ {
        Inbound::info(self.0)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        Inbound::carrier(self.0)
    }
}
