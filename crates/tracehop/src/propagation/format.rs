//! The formats that are built in, by name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::context_format::ContextFormat;
use super::formats::{
    B3Format, BinaryFormat, CloudEventsFormat, DatadogFormat, ElasticFormat, JaegerFormat, XRayFormat,
};
use crate::error::UnknownPropagatorError;

/// A format of context headers that is built in: which are [read](crate::MessagePropagatorBuilder::read), in their order of
/// precedence, and which are [written](crate::MessagePropagatorBuilder::write).
///
/// Its text is the name that `OTEL_PROPAGATORS` uses.
///
/// | format | name | headers | written |
/// |---|---|---|---|
/// | [`TraceContext`](Self::TraceContext) | `tracecontext` | `traceparent`, `tracestate` | as text; the binary form is read too |
/// | [`Baggage`](Self::Baggage) | `baggage` | `baggage` | yes |
/// | [`Binary`](Self::Binary) | `binary` | `traceparent` of 29 bytes, `tracestate` | instead of the text |
/// | [`B3`](Self::B3) | `b3` | `b3`, and `x-b3-*` when reading | one header |
/// | [`B3Multi`](Self::B3Multi) | `b3multi` | the same | `x-b3-*` |
/// | [`Jaeger`](Self::Jaeger) | `jaeger` | `uber-trace-id`, `uberctx-*` | yes |
/// | [`XRay`](Self::XRay) | `xray` | `x-amzn-trace-id` | yes |
/// | [`Datadog`](Self::Datadog) | `datadog` | `x-datadog-*` | yes |
/// | [`Elastic`](Self::Elastic) | `elastic` | `elasticapmtraceparent`, text or binary | binary |
/// | [`CloudEvents`](Self::CloudEvents) | `cloudevents` | `ce_traceparent`, `ce-traceparent`, `cloudEvents_traceparent`, `cloudEvents:traceparent` and `…tracestate` | if there is none: an event keeps the context of its origin |
///
/// ```
/// use tracehop::{Format, MemoryHeaders, MessagePropagator};
///
/// // A migration: B3 and W3C are read, both are written.
/// let formats = [Format::TraceContext, Format::Baggage, Format::B3];
/// let propagator = MessagePropagator::builder().read(formats).write(formats).build();
/// let headers = MemoryHeaders::from_iter([("b3", Some("0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-d"))]);
/// assert!(propagator.extract(&headers).creation.is_sampled());
/// assert_eq!("b3multi".parse(), Ok(Format::B3Multi));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Format {
    /// [W3C Trace Context level 2](https://www.w3.org/TR/trace-context-2/).
    TraceContext,
    /// [W3C Baggage](https://www.w3.org/TR/baggage/).
    Baggage,
    /// The 29 bytes of the [W3C binary draft](https://w3c.github.io/trace-context-binary/), as the draft for AMQP asks.
    Binary,
    /// [B3](https://github.com/openzipkin/b3-propagation) in one header.
    B3,
    /// B3 in several headers.
    B3Multi,
    /// [Jaeger](https://www.jaegertracing.io/sdk-migration/#propagation-format).
    Jaeger,
    /// [AWS X-Ray](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
    XRay,
    /// Datadog, with 128-bit trace ids.
    Datadog,
    /// Elastic's older Kafka agents.
    Elastic,
    /// [CloudEvents distributed tracing](https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md):
    /// the context of the origin, which counts only if no other format says which span made the message.
    CloudEvents,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::TraceContext,
        Self::Baggage,
        Self::Binary,
        Self::B3,
        Self::B3Multi,
        Self::Jaeger,
        Self::XRay,
        Self::Datadog,
        Self::Elastic,
        Self::CloudEvents,
    ];

    /// The name that `OTEL_PROPAGATORS` uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::Binary => "binary",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
            Self::XRay => "xray",
            Self::Datadog => "datadog",
            Self::Elastic => "elastic",
            Self::CloudEvents => "cloudevents",
        }
    }

    /// How it is read and written; `None` of those that the propagator knows by itself.
    pub(super) fn implementation(self) -> Option<Arc<dyn ContextFormat>> {
        Some(match self {
            Self::TraceContext | Self::Baggage => return None,
            Self::Binary => Arc::new(BinaryFormat),
            Self::B3 => Arc::new(B3Format::Single),
            Self::B3Multi => Arc::new(B3Format::Multi),
            Self::Jaeger => Arc::new(JaegerFormat),
            Self::XRay => Arc::new(XRayFormat),
            Self::Datadog => Arc::new(DatadogFormat),
            Self::Elastic => Arc::new(ElasticFormat),
            Self::CloudEvents => Arc::new(CloudEventsFormat),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownPropagatorError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let format = Self::ALL.into_iter().find(|format| format.name() == name);
        format.ok_or_else(|| UnknownPropagatorError { name: name.to_owned() })
    }
}
