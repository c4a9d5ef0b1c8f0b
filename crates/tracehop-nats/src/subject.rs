//! Subjects: those of the server itself, those where replies go, and what may stand for them in span names.

use std::fmt;
use std::sync::Arc;

use async_nats::Client;
use tracehop::{Destination, Templates, has_id_segment};

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
    templates: Templates,
}

impl KnownSubjects {
    pub(crate) fn of(client: &Client) -> Self {
        Self { inbox: inbox_prefix(client).into(), templates: Templates::default() }
    }

    /// Takes the patterns that the user named.
    pub(crate) fn set_templates(&mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) {
        self.templates = Templates::new(patterns);
    }

    /// The destination of a message that is sent to `subject`.
    pub(crate) fn destination<'a>(&'a self, subject: &'a str) -> Destination<'a> {
        let named = Destination::named(subject);
        if self.is_inbox(subject) {
            return named.temporary();
        }
        match self.templates.find(subject) {
            Some(template) => named.template(template),
            None if has_id_segment(subject) => named.varying(),
            None => named,
        }
    }

    /// What is known of the subjects of the messages that a subscription to `subject` gets.
    pub(crate) fn subscribed(&self, subject: &str) -> ReceivedSubjects {
        let source = if self.is_inbox(subject) { Source::Inbox } else { Source::of([subject]) };
        ReceivedSubjects::new(self.templates.clone(), source)
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

/// What is known of the subjects of messages that were received: whoever sent them chose the subjects, so one stands in a
/// span's name only if it is known to be one of few.
#[derive(Clone, Default)]
pub(crate) struct ReceivedSubjects(Option<Arc<Known>>);

#[derive(Default)]
struct Known {
    /// The patterns that the user named.
    templates: Templates,
    source: Source,
    /// Stands for what nothing else stands for.
    label: Option<Box<str>>,
}

/// What delivers the messages.
#[derive(Clone, Default)]
enum Source {
    /// Nothing is known.
    #[default]
    Unknown,
    /// A subscription to one subject, or a consumer of it.
    Subject,
    /// A subscription to this pattern, or a consumer of what matches it.
    Pattern(Arc<str>),
    /// A consumer of what matches one of several.
    Filters(Templates),
    /// A subscription to the address of replies.
    Inbox,
}

impl Source {
    /// What delivers the messages of these subjects, which may be patterns. One that names an identifier is not one of few.
    fn of<'a>(subjects: impl IntoIterator<Item = &'a str>) -> Self {
        let few = subjects.into_iter().filter(|subject| !subject.is_empty() && !has_id_segment(subject));
        let few: Vec<&str> = few.collect();
        match *few {
            [] => Self::Unknown,
            [one] if has_wildcards(one) => Self::Pattern(one.into()),
            [_] => Self::Subject,
            _ => Self::Filters(Templates::new(few)),
        }
    }
}

impl ReceivedSubjects {
    /// Those of messages of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self(None);

    fn new(templates: Templates, source: Source) -> Self {
        Self(Some(Arc::new(Known { templates, source, label: None })))
    }

    /// Those that match one of the filters of a consumer; without a filter all those of a stream.
    #[cfg(feature = "jetstream")]
    pub(crate) fn filtered<'a>(filters: impl IntoIterator<Item = &'a str>, stream: &str) -> Self {
        let label = Some(stream.into());
        Self(Some(Arc::new(Known { templates: Templates::default(), source: Source::of(filters), label })))
    }

    /// Those of messages that one subscription got, if its subject is known.
    pub(crate) fn of(subject: &str) -> Self {
        Self::new(Templates::default(), Source::of([subject]))
    }

    /// The same with the patterns that the user named.
    pub(crate) fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let templates = Templates::new(patterns);
        let known = self.0.as_deref();
        let source = known.map(|known| known.source.clone()).unwrap_or_default();
        let label = known.and_then(|known| known.label.clone());
        Self(Some(Arc::new(Known { templates, source, label })))
    }

    /// Whether the messages are those of this stream.
    #[cfg(feature = "jetstream")]
    pub(crate) fn is_stream(&self, name: &str) -> bool {
        self.0.as_deref().and_then(|known| known.label.as_deref()).is_some_and(|label| label == name)
    }

    /// Whether it is known what stands for the subjects that nothing else stands for.
    #[cfg(feature = "jetstream")]
    pub(crate) fn are_known(&self) -> bool {
        self.0.as_deref().is_some_and(|known| known.label.is_some())
    }

    /// The same for the messages of this stream.
    #[cfg(feature = "jetstream")]
    pub(crate) fn of_stream(self, stream: &str) -> Self {
        let (templates, source) = self
            .0
            .as_deref()
            .map(|known| (known.templates.clone(), known.source.clone()))
            .unwrap_or_default();
        Self(Some(Arc::new(Known { templates, source, label: Some(stream.into()) })))
    }

    /// The destination of a message that was sent to `subject`.
    pub(crate) fn destination<'a>(&'a self, subject: &'a str) -> Destination<'a> {
        let named = Destination::named(subject);
        if subject.starts_with(INBOX) {
            return named.temporary();
        }
        let Some(known) = self.0.as_deref() else {
            return if is_internal(subject) { named.anonymous() } else { named.varying() };
        };
        let is_name = |template: &str| template == subject && !has_wildcards(template);
        match (known.templates.find(subject), &known.source) {
            (_, Source::Inbox) => named.temporary(),
            (Some(template), _) if is_name(template) => named,
            (Some(template), _) => named.template(template),
            _ if is_internal(subject) => named.anonymous(),
            (None, Source::Subject) => named,
            (None, Source::Pattern(pattern)) => named.template(pattern),
            (None, Source::Filters(filters)) => match filters.find(subject) {
                Some(filter) if is_name(filter) => named,
                Some(filter) => named.template(filter),
                None => known.fallback(named),
            },
            (None, Source::Unknown) => known.fallback(named),
        }
    }
}

impl Known {
    fn fallback<'a>(&'a self, named: Destination<'a>) -> Destination<'a> {
        match &self.label {
            Some(label) => named.label(label),
            None => named.varying(),
        }
    }
}

impl fmt::Debug for ReceivedSubjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref().map(|known| &known.source) {
            None | Some(Source::Unknown) => f.write_str("unknown"),
            Some(Source::Subject) => f.write_str("one"),
            Some(Source::Pattern(pattern)) => pattern.fmt(f),
            Some(Source::Filters(filters)) => filters.fmt(f),
            Some(Source::Inbox) => f.write_str("inbox"),
        }
    }
}

fn has_wildcards(subject: &str) -> bool {
    subject.split('.').any(|token| token == "*" || token == ">")
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
    fn what_stands_for_a_subject_is_one_of_few() {
        let known = ReceivedSubjects::of;
        let named = |subject| format!("{:?}", Destination::named(subject));
        let templated = |subject, template| format!("{:?}", Destination::named(subject).template(template));
        let varying = |subject| format!("{:?}", Destination::named(subject).varying());
        let user = ["orders.{id}.created", "prices.get"];
        for (subjects, subject, expected) in [
            (known("orders.new"), "orders.new", named("orders.new")),
            (known("orders.*"), "orders.new", templated("orders.new", "orders.*")),
            (known("orders.42"), "orders.42", varying("orders.42")),
            (known("orders.42.*"), "orders.42.new", varying("orders.42.new")),
            (ReceivedSubjects::default(), "orders.new", varying("orders.new")),
            (
                known("orders.>").with_templates(user),
                "orders.42.created",
                templated("orders.42.created", user[0]),
            ),
            (known("orders.>").with_templates(user), "orders.new", templated("orders.new", "orders.>")),
            (ReceivedSubjects::default().with_templates(user), "prices.get", named("prices.get")),
            (ReceivedSubjects::default().with_templates(user), "prices.set", varying("prices.set")),
        ] {
            assert_eq!(format!("{:?}", subjects.destination(subject)), expected, "{subjects:?}: {subject}");
        }
    }

    #[cfg(feature = "jetstream")]
    #[test]
    fn a_consumers_filters_stand_for_subjects_and_the_stream_for_the_rest() {
        let several = ReceivedSubjects::filtered(["orders.*.created", "orders.new", "orders.42"], "orders");
        let whole = ReceivedSubjects::filtered([""], "orders");
        for (subjects, subject, expected) in [
            (
                &several,
                "orders.7.created",
                Destination::named("orders.7.created").template("orders.*.created"),
            ),
            (&several, "orders.new", Destination::named("orders.new")),
            (&several, "orders.42", Destination::named("orders.42").label("orders")),
            (&several, "another", Destination::named("another").label("orders")),
            (&whole, "orders.new", Destination::named("orders.new").label("orders")),
        ] {
            let destination = format!("{:?}", subjects.destination(subject));
            assert_eq!(destination, format!("{expected:?}"), "{subject}");
        }
        let unknown = ReceivedSubjects::UNKNOWN.with_templates(["prices.*"]);
        assert!(!unknown.are_known() && whole.are_known());
        let known = unknown.of_stream("orders");
        let destination = format!("{:?}", known.destination("prices.eu"));
        assert_eq!(destination, format!("{:?}", Destination::named("prices.eu").template("prices.*")));
        let destination = format!("{:?}", known.destination("a.b"));
        assert_eq!(destination, format!("{:?}", Destination::named("a.b").label("orders")));
    }
}
