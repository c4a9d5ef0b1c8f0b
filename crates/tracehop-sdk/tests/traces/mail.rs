//! A messaging system as small as one can be.

use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagingSystem, MessagingTracer,
};

pub(crate) const DESTINATION: &str = "messaging.destination.name";

#[derive(Debug)]
pub(crate) enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

#[derive(Clone, Debug)]
pub(crate) struct Letter(pub(crate) MemoryHeaders);

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("orders"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

/// A client.
pub(crate) struct Post(pub(crate) ClientTracer<Mail>);

impl Post {
    pub(crate) fn new(tracer: &MessagingTracer) -> Self {
        Self(ClientTracer::new(tracer, ClientFacts::default()))
    }

    /// Sends a message with these headers to `shipments`, and answers what became of its `traceparent`.
    pub(crate) fn send(&self, mut headers: MemoryHeaders) -> Option<String> {
        self.0.send(&MessageInfo::to(Destination::named("shipments")), &mut headers).end();
        let mut sent = None;
        headers.values("traceparent", &mut |value| sent = Some(String::from_utf8(value.to_vec()).unwrap()));
        sent
    }

    /// Handles a message from elsewhere, and answers with what a message that the handler sends carries.
    pub(crate) fn relay(&self, traceparent: Option<&str>) -> Option<String> {
        let headers = traceparent.map(|value| ("traceparent", Some(value)));
        let order = self.0.received(Letter(headers.into_iter().collect()));
        let mut sent = None;
        order.process_blocking(|| sent = self.send(MemoryHeaders::new()));
        sent
    }
}
