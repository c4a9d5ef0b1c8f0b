//! What is done with the messages of some destinations.

use std::time::Duration;

#[cfg(feature = "serde")]
use super::of_map::OfMap;
use super::{Correlation, Existing, SpanLevel};
use crate::propagation::{Budget, Format, Trust};

/// What is done with the messages of some destinations. What is not said here is as the tracer has it.
///
/// [`Policies`](crate::Policies) says for which destinations it holds. With the feature `policy-file` the same can stand in a
/// file, under the names of the methods: `Policies::from_toml`.
///
/// ```
/// use tracehop::{Policy, SpanLevel, Trust};
///
/// let partners = Policy::new().trust(Trust::LinkOnly).baggage_out(["tenant"]).capture_headers(["content-type"]);
/// let heartbeats = Policy::new().spans(SpanLevel::ContextOnly);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
#[must_use = "a policy holds once a tracer has it"]
pub struct Policy {
    pub(super) spans: Option<SpanLevel>,
    pub(super) correlation: Option<Correlation>,
    #[cfg_attr(feature = "serde", serde(rename = "max_age_seconds", deserialize_with = "seconds"))]
    pub(super) max_age: Option<Duration>,
    pub(super) existing: Option<Existing>,
    pub(super) trust: Option<Trust>,
    pub(super) strip: Option<bool>,
    pub(super) read: Option<Vec<Format>>,
    pub(super) write: Option<Vec<Format>>,
    pub(super) baggage_in: Option<Vec<String>>,
    pub(super) baggage_out: Option<Vec<String>>,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "budget"))]
    pub(super) budget: Option<Budget>,
    pub(super) capture_headers: Option<Vec<String>>,
    pub(super) baggage_attributes: Option<Vec<String>>,
    pub(super) record_message_keys: Option<bool>,
    pub(super) record_body_sizes: Option<bool>,
    pub(super) receive_spans: Option<bool>,
    pub(super) settle_spans: Option<bool>,
    pub(super) create_spans: Option<bool>,
    pub(super) plain_batch_links: Option<bool>,
}

impl Policy {
    /// A policy that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What has spans.
    pub fn spans(self, level: SpanLevel) -> Self {
        Self { spans: Some(level), ..self }
    }

    /// Parent or link, as [`MessagingTracerBuilder::correlation`](crate::MessagingTracerBuilder::correlation).
    pub fn correlation(self, correlation: Correlation) -> Self {
        Self { correlation: Some(correlation), ..self }
    }

    /// Older messages are only linked, as [`MessagingTracerBuilder::max_age`](crate::MessagingTracerBuilder::max_age). In a file
    /// it is `max_age_seconds`.
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: Some(age), ..self }
    }

    /// What becomes of a context that is already on a message to be sent.
    pub fn existing(self, existing: Existing) -> Self {
        Self { existing: Some(existing), ..self }
    }

    /// How far the context on received messages is trusted. A client that trusts less
    /// ([`with_trust`](crate::MessagingTracer::with_trust)) goes on to trust less. [`Trust::Ignore`] takes nothing in.
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust: Some(trust), ..self }
    }

    /// Whether the messages that are sent carry no context: what is on them is removed, and nothing is written. If the client
    /// [strips](crate::MessagingTracer::with_strip), `false` does not change that.
    pub fn strip(self, strips: bool) -> Self {
        Self { strip: Some(strips), ..self }
    }

    /// The formats that are read, in their order of precedence, in place of the tracer's.
    pub fn read(self, formats: impl IntoIterator<Item = Format>) -> Self {
        Self { read: Some(formats.into_iter().collect()), ..self }
    }

    /// The formats that are written, in place of the tracer's.
    pub fn write(self, formats: impl IntoIterator<Item = Format>) -> Self {
        Self { write: Some(formats.into_iter().collect()), ..self }
    }

    /// The keys of baggage that are taken in. A filter of the tracer's propagator counts too.
    pub fn baggage_in<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        Self { baggage_in: Some(strings(keys)), ..self }
    }

    /// The keys of baggage that are written. A filter of the tracer's propagator counts too.
    pub fn baggage_out<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        Self { baggage_out: Some(strings(keys)), ..self }
    }

    /// How much context a message may hold, in place of the tracer's.
    pub fn budget(self, budget: Budget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// The headers that are recorded, as [`MessagingTracerBuilder::capture_headers`](crate::MessagingTracerBuilder::capture_headers).
    pub fn capture_headers<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { capture_headers: Some(strings(names)), ..self }
    }

    /// The members of the baggage that are recorded, as
    /// [`MessagingTracerBuilder::baggage_attributes`](crate::MessagingTracerBuilder::baggage_attributes).
    pub fn baggage_attributes<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        Self { baggage_attributes: Some(strings(keys)), ..self }
    }

    /// Whether keys of messages are recorded.
    pub fn record_message_keys(self, enabled: bool) -> Self {
        Self { record_message_keys: Some(enabled), ..self }
    }

    /// Whether sizes of payloads are recorded.
    pub fn record_body_sizes(self, enabled: bool) -> Self {
        Self { record_body_sizes: Some(enabled), ..self }
    }

    /// Whether getting a single message has a span.
    pub fn receive_spans(self, enabled: bool) -> Self {
        Self { receive_spans: Some(enabled), ..self }
    }

    /// Whether settlements have spans.
    pub fn settle_spans(self, enabled: bool) -> Self {
        Self { settle_spans: Some(enabled), ..self }
    }

    /// Whether each message of a batch that is sent has a span of its own, as
    /// [`MessagingTracerBuilder::create_spans`](crate::MessagingTracerBuilder::create_spans).
    pub fn create_spans(self, enabled: bool) -> Self {
        Self { create_spans: Some(enabled), ..self }
    }

    /// Whether links of batches have no attributes.
    pub fn plain_batch_links(self, plain: bool) -> Self {
        Self { plain_batch_links: Some(plain), ..self }
    }

    /// This policy, and what `defaults` says where this one says nothing.
    pub(super) fn or(&self, defaults: &Self) -> Self {
        macro_rules! either {
            ($($field:ident),* $(,)?) => {
                Self { $($field: self.$field.clone().or_else(|| defaults.$field.clone())),* }
            };
        }
        either!(
            spans,
            correlation,
            max_age,
            existing,
            trust,
            strip,
            read,
            write,
            baggage_in,
            baggage_out,
            budget,
            capture_headers,
            baggage_attributes,
            record_message_keys,
            record_body_sizes,
            receive_spans,
            settle_spans,
            create_spans,
            plain_batch_links,
        )
    }
}

fn strings<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

/// Seconds, with a fraction or without.
#[cfg(feature = "serde")]
fn seconds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let seconds = <f64 as serde::Deserialize>::deserialize(deserializer)?;
    let duration = Duration::try_from_secs_f64(seconds);
    duration.map(Some).map_err(|_| serde::de::Error::custom("max_age_seconds is not a number of seconds"))
}

/// A map, and no list of numbers.
#[cfg(feature = "serde")]
fn budget<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Budget>, D::Error> {
    use serde::Deserialize;

    OfMap::deserialize(deserializer).map(|OfMap(budget)| Some(budget))
}
