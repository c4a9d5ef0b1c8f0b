//! What can be asked for by name.

/// Something that is asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Service,
    Destination,
    Producer,
    Consumer,
    Group,
    Partition,
    System,
    Error,
    Status,
    Trace,
    Attempt,
    Spans,
    Wait,
    Took,
    Waiting,
    Working,
}

/// What a field is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    Status,
    Trace,
    Number,
    Length,
}

/// The name that is printed, what else it may be called, and what it means.
type Row = (Field, &'static str, &'static [&'static str], &'static str);

const TABLE: [Row; 16] = [
    (Field::Service, "service", &["svc"], "a service that takes part"),
    (
        Field::Destination,
        "dest",
        &["destination", "topic", "queue", "subject", "exchange"],
        "a topic, queue, exchange or subject",
    ),
    (Field::Producer, "producer", &["from"], "the service that sent a message"),
    (Field::Consumer, "consumer", &["to"], "the service that handled a message"),
    (Field::Group, "group", &[], "the consumer group"),
    (Field::Partition, "partition", &[], "the partition of a message"),
    (Field::System, "system", &["broker"], "the messaging system, such as kafka"),
    (Field::Error, "error", &["err"], "an error; error:* for any"),
    (Field::Status, "status", &["result", "outcome"], "ok, failed, dead_lettered or waiting"),
    (Field::Trace, "trace", &["trace_id", "traceid"], "a trace id, or how it begins"),
    (Field::Attempt, "attempt", &["attempts", "tries", "try"], "the most tries that a message took"),
    (Field::Spans, "spans", &[], "how many spans there are"),
    (Field::Wait, "wait", &["waited"], "how long the message waited that waited longest"),
    (Field::Took, "took", &["duration"], "from the first start to the last end"),
    (Field::Waiting, "waiting", &["queued"], "how long nothing worked and messages waited"),
    (Field::Working, "working", &[], "how long something worked"),
];

impl Field {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(field, ..)| field)
    }

    /// The field of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_it = |other: &&str| other.eq_ignore_ascii_case(name);
        TABLE
            .into_iter()
            .find(|(_, main, others, _)| is_it(main) || others.iter().any(is_it))
            .map(|(field, ..)| field)
    }

    /// The field whose name looks like `name`, if that looks like a mistake in typing.
    pub(super) fn nearest(name: &str) -> Option<Self> {
        // Names with a dot are attributes, short ones look like everything, and long ones take time.
        if name.contains('.') || !(3..=16).contains(&name.chars().count()) {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let most = if name.len() > 5 { 2 } else { 1 };
        let names = TABLE.iter().flat_map(|(field, main, others, _)| {
            others.iter().chain([main]).filter(|it| it.len() > 3).map(|it| (*field, *it))
        });
        let near = names.filter(|(_, other)| other.len().abs_diff(name.len()) <= most);
        let measured = near.map(|(field, other)| (strsim::osa_distance(other, &name), field));
        let (distance, field) = measured.min_by_key(|(distance, _)| *distance)?;
        (distance <= most).then_some(field)
    }

    pub(super) fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, ..)| name)
    }

    pub(super) fn about(self) -> &'static str {
        self.row().map_or("", |(.., about)| about)
    }

    fn row(self) -> Option<Row> {
        TABLE.into_iter().find(|(field, ..)| *field == self)
    }

    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::Service
            | Self::Destination
            | Self::Producer
            | Self::Consumer
            | Self::Group
            | Self::Partition
            | Self::System
            | Self::Error => FieldKind::Text,
            Self::Status => FieldKind::Status,
            Self::Trace => FieldKind::Trace,
            Self::Attempt | Self::Spans => FieldKind::Number,
            Self::Wait | Self::Took | Self::Waiting | Self::Working => FieldKind::Length,
        }
    }
}
