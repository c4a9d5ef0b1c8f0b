//! A messaging system as small as one can be.

use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagingSystem, MessagingTracer,
};

#[derive(Debug)]
pub(crate) enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

#[derive(Clone, Debug)]
struct Letter(MemoryHeaders);

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("orders"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

/// Sends a message to `orders`, and handles it as another service would.
pub(crate) fn relay(tracer: &MessagingTracer, handler: impl FnOnce()) {
    let client = ClientTracer::<Mail>::new(tracer, ClientFacts::default());
    let mut headers = MemoryHeaders::new();
    client.send(&MessageInfo::to(Destination::named("orders")), &mut headers).end();
    client.received(Letter(headers)).process_blocking(handler);
}
