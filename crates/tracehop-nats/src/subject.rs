//! Subjects: those of the server itself, those where replies go, and the patterns of many.

use std::sync::Arc;

use async_nats::Client;
use tracehop::Destination;

/// Where replies go, unless a client was given another prefix.
const INBOX: &str = "_INBOX.";

/// What the server and the clients say to each other with messages: acknowledgements, API calls, events. They are no
/// messages of the application.
const INTERNAL: [&str; 3] = ["$JS.", "$SYS.", "$SRV."];

/// Whether a subject belongs to the server.
pub(crate) fn is_internal(subject: &str) -> bool {
    INTERNAL.iter().any(|prefix| subject.starts_with(prefix))
}

/// What one client knows of subjects: where its replies go, and the patterns that the user named.
#[derive(Clone, Debug)]
pub(crate) struct KnownSubjects {
    inbox: Arc<str>,
    templates: Arc<[Arc<str>]>,
}

impl KnownSubjects {
    pub(crate) fn of(client: &Client) -> Self {
        Self { inbox: inbox_prefix(client).into(), templates: Arc::default() }
    }

    /// Takes the patterns that the user named.
    pub(crate) fn set_templates(&mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) {
        self.templates = patterns.into_iter().map(|pattern| pattern.as_ref().into()).collect();
    }

    /// The destination of a message that is sent to `subject`.
    pub(crate) fn destination<'a>(&'a self, subject: &'a str) -> Destination<'a> {
        let named = Destination::named(subject);
        match self.template(subject) {
            _ if self.is_inbox(subject) => named.temporary(),
            Some(template) => named.template(template),
            None => named,
        }
    }

    /// What is known of the subjects of the messages that a subscription gets.
    pub(crate) fn pattern(&self, subscription: &str) -> SubjectPattern {
        match self.template(subscription) {
            _ if self.is_inbox(subscription) => SubjectPattern::Inbox,
            Some(template) if !has_wildcards(subscription) => SubjectPattern::Template(Arc::clone(template)),
            _ => SubjectPattern::of(subscription),
        }
    }

    fn template(&self, subject: &str) -> Option<&Arc<str>> {
        self.templates.iter().find(|pattern| matches(pattern, subject))
    }

    fn is_inbox(&self, subject: &str) -> bool {
        subject.starts_with(&*self.inbox) || subject.starts_with(INBOX)
    }
}

/// The client's own prefix of reply subjects, with its dot.
fn inbox_prefix(client: &Client) -> String {
    let mut inbox = client.new_inbox();
    inbox.truncate(inbox.rfind('.').map_or(0, |dot| dot + 1));
    if inbox.is_empty() { INBOX.to_owned() } else { inbox }
}

/// What is known of the subjects of several messages that were received.
#[derive(Clone, Debug, Default)]
pub(crate) enum SubjectPattern {
    /// Nothing is known, or all messages have the same subject.
    #[default]
    Plain,
    /// Each subject matches this pattern.
    Template(Arc<str>),
    /// The subjects are addresses of replies.
    Inbox,
}

impl SubjectPattern {
    /// The pattern of a subscription to `subject`, which may have wildcards.
    pub(crate) fn of(subject: &str) -> Self {
        if has_wildcards(subject) { Self::Template(subject.into()) } else { Self::Plain }
    }

    /// The destination of a message that was sent to `subject`.
    pub(crate) fn destination<'a>(&'a self, subject: &'a str) -> Destination<'a> {
        let named = Destination::named(subject);
        match self {
            Self::Inbox => named.temporary(),
            _ if subject.starts_with(INBOX) => named.temporary(),
            Self::Template(pattern) => named.template(pattern),
            Self::Plain if is_internal(subject) => named.anonymous(),
            Self::Plain => named,
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
}
