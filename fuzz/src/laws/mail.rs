//! A messaging system as small as one can be, for messages over any transport.

use tracehop::{Carrier, Describe, Destination, Inbound, MessageInfo, MessagingSystem};

use crate::transports::Transport;

pub(super) enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";
}

pub(super) struct Letter<T>(pub(super) T);

impl<T: Transport> Inbound<Mail> for Letter<T> {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("inbox"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.0.carrier()
    }
}
