//! What NATS clients and messages say about themselves.

use std::net::IpAddr;
use std::sync::Arc;

use async_nats::{Client, HeaderMap, Message};
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Destination, Inbound, MessageInfo, MessageSpan, MessagingTracer,
};

use crate::carrier::{Bounded, Room, first};
use crate::consumer::FromSubject;
use crate::system::Requests;
use crate::{Nats, NatsHeaders, NatsHeadersMut};

/// Where replies go, unless a client was told otherwise.
const INBOX: &str = "_INBOX.";

/// The most bytes of headers that a stream stores; it refuses messages with more. A message that is published without
/// waiting for an answer may end in a stream too.
const STORED_HEADERS: usize = 64 * 1024 - 1;

/// What the server and the clients say to each other with messages: acknowledgements, API calls, events. They are no
/// messages of the application.
const INTERNAL: [&str; 3] = ["$JS.", "$SYS.", "$SRV."];

fn is_internal(subject: &str) -> bool {
    INTERNAL.iter().any(|prefix| subject.starts_with(prefix))
}

/// A tracer for a NATS client, which knows where that one's replies go.
#[derive(Clone, Debug)]
pub(crate) struct NatsTracer {
    pub(crate) client: ClientTracer<Nats>,
    requests: ClientTracer<Requests>,
    facts: ClientFacts,
    inbox: Arc<str>,
    templates: Arc<[Arc<str>]>,
    /// Whether the server takes headers. Those older than 2.2 do not.
    headers: bool,
}

/// A message to be sent, as its span shows it.
pub(crate) struct Outgoing<'a> {
    pub(crate) subject: &'a str,
    pub(crate) headers: &'a mut Option<HeaderMap>,
    pub(crate) payload: usize,
    pub(crate) max_payload: usize,
}

impl NatsTracer {
    pub(crate) fn new(tracer: &MessagingTracer, client: &Client) -> Self {
        let facts = facts(client);
        Self {
            client: ClientTracer::new(tracer, facts.clone()),
            requests: ClientTracer::new(tracer, facts.clone()),
            facts,
            inbox: inbox(client).into(),
            templates: Arc::default(),
            headers: client.try_server_info().is_none_or(|info| info.headers),
        }
    }

    /// The same for a client of which the user knows more.
    pub(crate) fn with_facts(self, facts: ClientFacts) -> Self {
        let tracer = self.client.tracer();
        Self {
            client: ClientTracer::new(tracer, facts.clone()),
            requests: ClientTracer::new(tracer, facts.clone()),
            facts,
            ..self
        }
    }

    /// The same with the patterns of subjects that the user named.
    pub(crate) fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { templates: patterns.into_iter().map(|pattern| pattern.as_ref().into()).collect(), ..self }
    }

    /// A tracer for the messages of a queue group.
    pub(crate) fn of_group(&self, group: &str) -> ClientTracer<Nats> {
        ClientTracer::new(self.client.tracer(), self.facts.clone().consumer_group(group))
    }

    /// Starts the span of a publish and writes its context into the headers; `None` if it is no message of the
    /// application, which must stay as it is.
    pub(crate) fn publish(&self, message: Outgoing<'_>) -> Option<MessageSpan> {
        self.start(message, |info, carrier| self.client.send(info, carrier))
    }

    /// The same for a request.
    pub(crate) fn request(&self, message: Outgoing<'_>) -> Option<MessageSpan> {
        self.start(message, |info, carrier| self.requests.send(info, carrier))
    }

    fn start(
        &self,
        message: Outgoing<'_>,
        send: impl FnOnce(&MessageInfo<'_>, &mut Bounded<'_>) -> MessageSpan,
    ) -> Option<MessageSpan> {
        let Outgoing { subject, headers, payload, max_payload } = message;
        if is_internal(subject) {
            return None;
        }
        let named = Destination::named(subject);
        let destination = match self.template(subject) {
            _ if self.is_inbox(subject) => named.temporary(),
            Some(template) => named.template(template),
            None => named,
        };
        let mut info = MessageInfo::to(destination).body_size(payload);
        let id = message_id(headers.as_ref()).map(str::to_owned);
        if let Some(id) = &id {
            info = info.message_id(id);
        }
        let room = if self.headers {
            Room::Bytes(max_payload.saturating_sub(payload).min(STORED_HEADERS))
        } else {
            Room::None
        };
        Some(send(&info, &mut Bounded { headers: NatsHeadersMut(headers), room }))
    }

    /// What is known of the messages of a subscription.
    pub(crate) fn source(&self, subscription: &str) -> Source {
        match self.template(subscription) {
            _ if self.is_inbox(subscription) => Source::Inbox,
            Some(template) if !has_wildcards(subscription) => Source::Pattern(template.clone()),
            _ => Source::of(subscription),
        }
    }

    fn template(&self, subject: &str) -> Option<&Arc<str>> {
        self.templates.iter().find(|pattern| matches(pattern, subject))
    }

    fn is_inbox(&self, subject: &str) -> bool {
        subject.starts_with(&*self.inbox) || subject.starts_with(INBOX)
    }
}

/// What the server that the client is connected to says of itself.
pub(crate) fn facts(client: &Client) -> ClientFacts {
    let facts = ClientFacts::default();
    match client.try_server_info() {
        Some(info) if is_address(&info.host) => facts.server(&info.host, info.port),
        _ => facts,
    }
}

/// A server that listens on all of its addresses does not name one.
fn is_address(host: &str) -> bool {
    !host.is_empty() && !host.parse().is_ok_and(|address: IpAddr| address.is_unspecified())
}

/// The client's own prefix of reply subjects, its dot included.
fn inbox(client: &Client) -> String {
    let mut inbox = client.new_inbox();
    inbox.truncate(inbox.rfind('.').map_or(0, |dot| dot + 1));
    if inbox.is_empty() { INBOX.to_owned() } else { inbox }
}

/// What is known of the subjects of several messages.
#[derive(Clone, Debug, Default)]
pub(crate) enum Source {
    /// Nothing, or all have the same.
    #[default]
    Subject,
    /// They match this pattern.
    Pattern(Arc<str>),
    /// They are addresses of replies.
    Inbox,
}

impl Source {
    /// Of a subscription to `subject`, which may have wildcards.
    pub(crate) fn of(subject: &str) -> Self {
        if has_wildcards(subject) { Self::Pattern(subject.into()) } else { Self::Subject }
    }

    pub(crate) fn destination<'a>(&'a self, subject: &'a str) -> Destination<'a> {
        let named = Destination::named(subject);
        match self {
            Self::Inbox => named.temporary(),
            _ if subject.starts_with(INBOX) => named.temporary(),
            Self::Pattern(pattern) => named.template(pattern),
            Self::Subject if is_internal(subject) => named.anonymous(),
            Self::Subject => named,
        }
    }
}

fn has_wildcards(subject: &str) -> bool {
    subject.split('.').any(|token| token == "*" || token == ">")
}

/// Whether a subscription to `pattern` would get what is published to `subject`.
fn matches(pattern: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for expected in pattern.split('.') {
        match (expected, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (literal, Some(token)) if literal == token => {}
            _ => return false,
        }
    }
    tokens.next().is_none()
}

/// The facts about a message of core NATS.
pub(crate) fn info<'a>(message: &'a Message, source: &'a Source) -> MessageInfo<'a> {
    let info = MessageInfo::to(source.destination(&message.subject)).body_size(message.payload.len());
    match message_id(message.headers.as_ref()) {
        Some(id) => info.message_id(id),
        None => info,
    }
}

/// The identifier the sender gave the message.
pub(crate) fn message_id(headers: Option<&HeaderMap>) -> Option<&str> {
    first(headers?, "Nats-Msg-Id")
}

impl Inbound<Nats> for Message {
    fn info(&self) -> MessageInfo<'_> {
        info(self, &Source::Subject)
    }

    fn headers(&self) -> impl Carrier + '_ {
        self.headers.as_ref().map(NatsHeaders)
    }
}

impl Inbound<Nats> for FromSubject<Message> {
    fn info(&self) -> MessageInfo<'_> {
        info(self, &self.source)
    }

    fn headers(&self) -> impl Carrier + '_ {
        Inbound::headers(&**self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_a_whole_token() {
        for (subject, expected) in [
            ("orders.*.created", true),
            ("orders.>", true),
            (">", true),
            ("*", true),
            ("orders.new", false),
            ("orders.a*", false),
            ("orders.>>", false),
        ] {
            assert_eq!(has_wildcards(subject), expected, "{subject}");
        }
    }

    #[test]
    fn a_pattern_matches_as_a_subscription_would() {
        for (pattern, subject, expected) in [
            ("orders.new", "orders.new", true),
            ("orders.new", "orders.old", false),
            ("orders.*", "orders.new", true),
            ("orders.*", "orders", false),
            ("orders.*", "orders.new.42", false),
            ("*.new", "orders.new", true),
            ("orders.>", "orders.new.42", true),
            ("orders.>", "orders", false),
            (">", "orders", true),
            ("orders.*.created", "orders.42.created", true),
            ("orders.*.created", "orders.42.paid", false),
        ] {
            assert_eq!(matches(pattern, subject), expected, "{pattern}: {subject}");
        }
    }

    #[test]
    fn an_address_names_one_host() {
        for (host, expected) in
            [("127.0.0.1", true), ("nats-1", true), ("0.0.0.0", false), ("::", false), ("", false)]
        {
            assert_eq!(is_address(host), expected, "{host}");
        }
    }
}
