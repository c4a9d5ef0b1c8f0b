//! What is measured with real clients: a cell is one broker, one half of a hop, one way for spans, and one size of messages. All
//! styles are compared in it. Everything has a name that another process understands.

use std::str::FromStr;

use anyhow::bail;
use serde::Serialize;

use crate::servers::{Kind, Mail, Server, Size};

/// An enumeration whose values have names on the command line.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$each:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub(crate) enum $type { $($(#[$each])* #[serde(rename = $name)] $value,)+ }

        impl $type {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$value),+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)+ }
            }
        }

        impl FromStr for $type {
            type Err = anyhow::Error;

            fn from_str(name: &str) -> anyhow::Result<Self> {
                match Self::ALL.iter().find(|value| value.name() == name) {
                    Some(value) => Ok(*value),
                    None => bail!("{name:?} is none of {:?}", Self::ALL),
                }
            }
        }
    };
}

named! {
    Broker {
        Kafka = "Kafka",
        RabbitMq = "RabbitMQ",
        /// Core NATS: nothing is answered.
        Nats = "NATS",
        JetStream = "JetStream",
        /// None: messages that are there already.
        Memory = "no client",
    }
}

named! {
    Direction {
        Send = "send",
        Receive = "receive",
        /// A hundred messages at once, in one span.
        Batch = "batch",
    }
}

named! {
    /// How a message is sent or received.
    Style {
        /// The client alone, with messages that have no headers.
        Bare = "bare",
        /// One constant header, which is not read: the least that any propagation costs.
        Header = "header",
        /// A span by hand on OpenTelemetry's API.
        ByHand = "by-hand",
        /// A span by hand with `tracing` and `tracing-opentelemetry`.
        Tracing = "tracing",
        /// tracehop's wrapper.
        Ours = "tracehop",
        /// The same wrapper, and tracehop-sdk's set-up, processor and exporter in place of the SDK's.
        Whole = "tracehop + sdk",
    }
}

named! {
    /// What becomes of spans. The processor and the exporter are the SDK's, but for `Style::Whole`: that has `tracehop-sdk`'s, and takes
    /// its turns where spans are exported, beside the others in the same rounds.
    Pipeline {
        NoSdk = "no-sdk",
        /// An SDK, and a parent that is not sampled.
        Unsampled = "unsampled",
        /// A batch processor, and an exporter that drops.
        Dropped = "sampled",
        /// A batch processor and an OTLP exporter: protobuf over HTTP to a loopback sink.
        Otlp = "otlp",
        /// A processor that drops each span where it ends, to count allocations by.
        Discarded = "discarded",
    }
}

impl Broker {
    pub(crate) fn server(self) -> Option<Server> {
        match self {
            Self::Kafka => Some(Server::Kafka),
            Self::RabbitMq => Some(Server::RabbitMq),
            Self::Nats | Self::JetStream => Some(Server::Nats),
            Self::Memory => None,
        }
    }
}

impl Style {
    /// Whether it ends a span for each message, or for each batch.
    pub(crate) fn makes_spans(self) -> bool {
        matches!(self, Self::ByHand | Self::Tracing | Self::Ours | Self::Whole)
    }
}

impl Pipeline {
    /// Whether spans go through a processor to an exporter.
    pub(crate) fn exports(self) -> bool {
        matches!(self, Self::Dropped | Self::Otlp)
    }

    /// Whether it makes a difference who set the SDK up.
    pub(crate) fn has_set_up(self) -> bool {
        self.exports() || self == Self::Unsampled
    }

    /// As tables say it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::NoSdk => "no SDK",
            Self::Unsampled => "unsampled",
            Self::Dropped => "sampled, dropped",
            Self::Otlp => "sampled, OTLP",
            Self::Discarded => "sampled, discarded",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    pub(crate) broker: Broker,
    pub(crate) direction: Direction,
    pub(crate) pipeline: Pipeline,
    /// Bytes of a payload.
    pub(crate) size: Size,
}

impl Cell {
    /// Every cell, those of most interest first. Large messages and batches are only of interest where spans are made.
    pub(crate) fn all() -> Vec<Self> {
        let mut cells = Vec::new();
        let pipelines = [Pipeline::Dropped, Pipeline::Otlp, Pipeline::Unsampled, Pipeline::NoSdk];
        for size in Size::ALL {
            for pipeline in pipelines {
                for direction in Direction::ALL {
                    for broker in Broker::ALL {
                        let cell = Self { broker: *broker, direction: *direction, pipeline, size };
                        if cell.is_wanted() {
                            cells.push(cell);
                        }
                    }
                }
            }
        }
        cells
    }

    fn is_wanted(self) -> bool {
        let is_plain = self.direction != Direction::Batch;
        // What it takes without an exporter is counted and timed elsewhere.
        if self.broker == Broker::Memory && !(self.size == Size::Small && is_plain && self.pipeline.exports())
        {
            return false;
        }
        match (self.size, self.pipeline) {
            (Size::Small, Pipeline::Dropped) => true,
            (Size::Large, Pipeline::NoSdk | Pipeline::Unsampled) => false,
            _ => is_plain,
        }
    }

    /// As rows of tables name it.
    pub(crate) fn name(self) -> String {
        let direction = match self.direction {
            Direction::Send => "send",
            Direction::Receive => "receive + process",
            Direction::Batch => "batches of 100",
        };
        let Self { broker, pipeline, size, .. } = self;
        format!("{} {direction}, {}, {} B", broker.name(), pipeline.words(), size.bytes())
    }

    /// What is read in a style.
    pub(crate) fn mail(self, style: Style) -> Mail {
        let kind = match (style, self.pipeline) {
            (Style::Bare, _) => Kind::Bare,
            (_, Pipeline::Unsampled) => Kind::Unsampled,
            _ => Kind::Sampled,
        };
        Mail { kind, size: self.size }
    }

    /// For another process.
    pub(crate) fn arguments(self) -> [&'static str; 4] {
        let size = match self.size {
            Size::Small => "small",
            Size::Large => "large",
        };
        [self.broker.name(), self.direction.name(), self.pipeline.name(), size]
    }

    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let [broker, direction, pipeline, size] = arguments else { bail!("a cell has four parts") };
        let size = match size.as_str() {
            "small" => Size::Small,
            "large" => Size::Large,
            other => bail!("{other:?} is no size"),
        };
        Ok(Self { broker: broker.parse()?, direction: direction.parse()?, pipeline: pipeline.parse()?, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_understood_by_another_process() {
        for cell in Cell::all() {
            let arguments = cell.arguments().map(str::to_owned);
            assert_eq!(Cell::parse(&arguments).unwrap(), cell);
        }
    }

    #[test]
    fn names_of_cells_differ() {
        let names: std::collections::BTreeSet<_> = Cell::all().into_iter().map(Cell::name).collect();
        assert_eq!(names.len(), Cell::all().len());
    }
}
