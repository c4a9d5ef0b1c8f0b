//! A messaging system as small as one can be.

use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};

pub enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

pub struct Letter(pub MemoryHeaders);

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("inbox"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

/// A message that was got.
pub fn letter() -> tracehop::Received<Letter, Mail> {
    tracehop::MessagingTracer::global().receive(Letter(MemoryHeaders::new()))
}
