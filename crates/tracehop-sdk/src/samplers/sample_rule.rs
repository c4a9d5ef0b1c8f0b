use std::fmt;

use opentelemetry::trace::SpanKind;

use super::span_view::SpanView;
use crate::semconv;
use crate::wildcard::Wildcard;

/// Which spans a [`RuleSampler`](crate::RuleSampler) samples at which ratio.
///
/// A rule holds for a span if *all* of its conditions do; one without conditions holds for all. In patterns, `*` stands for any
/// characters, also for none, and letter case counts. Each method adds a condition, so two destinations hold for no span unless
/// both patterns do.
///
/// | Condition | What it looks at |
/// |---|---|
/// | [`destination`](Self::destination) | `messaging.destination.template`, else `messaging.destination.name` |
/// | [`system`](Self::system) | `messaging.system` |
/// | [`operation`](Self::operation) | `messaging.operation.type` |
/// | [`kind`](Self::kind) | The span's kind |
/// | [`header`](Self::header) | `messaging.header.<name>`, an array of strings, if the header is captured when the span starts |
/// | [`baggage`](Self::baggage) | The baggage of the parent's context |
///
/// ```
/// use tracehop_sdk::{RuleSampler, SampleRule};
///
/// let sampler = RuleSampler::builder()
///     .rule(SampleRule::ratio(1.0).destination("payments.*").operation("process"))
///     .rule(SampleRule::ratio(0.0).destination("heartbeats"))
///     .default_ratio(0.01)
///     .build()?;
/// assert!(sampler.follows_parent());
/// # Ok::<(), tracehop_sdk::SamplerError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a rule does nothing until a sampler has it"]
pub struct SampleRule {
    ratio: f64,
    conditions: Vec<Condition>,
    overrides_unsampled: bool,
}

#[derive(Clone, Debug)]
enum Condition {
    Destination(Wildcard),
    System(String),
    Operation(String),
    Kind(SpanKind),
    Header { name: String, key: String, value: Wildcard },
    Baggage { key: String, value: Wildcard },
}

impl SampleRule {
    /// A rule that samples this share of the traces, from 0 to 1. [`RuleSamplerBuilder::build`](crate::RuleSamplerBuilder::build)
    /// looks at it.
    pub fn ratio(ratio: f64) -> Self {
        Self { ratio, conditions: Vec::new(), overrides_unsampled: false }
    }

    /// For destinations such as `orders.*`.
    pub fn destination(self, pattern: impl Into<String>) -> Self {
        self.on(Condition::Destination(Wildcard::new(pattern)))
    }

    /// For one messaging system, for example `kafka`.
    pub fn system(self, name: impl Into<String>) -> Self {
        self.on(Condition::System(name.into()))
    }

    /// For one type of operation: `create`, `send`, `receive`, `process` or `settle`.
    pub fn operation(self, name: impl Into<String>) -> Self {
        self.on(Condition::Operation(name.into()))
    }

    /// For one kind of span.
    pub fn kind(self, kind: SpanKind) -> Self {
        self.on(Condition::Kind(kind))
    }

    /// For messages with such a header. The name is read in any letter case; of several values one is enough.
    ///
    /// It looks at the attribute in which the header is captured, so the header must be captured, and when the span starts.
    pub fn header(self, name: &str, pattern: impl Into<String>) -> Self {
        let name = name.to_ascii_lowercase();
        let key = format!("{}{name}", semconv::MESSAGING_HEADER_PREFIX);
        self.on(Condition::Header { name, key, value: Wildcard::new(pattern) })
    }

    /// For spans whose parent's context has such a member in its baggage: what the message carries, or what is current.
    pub fn baggage(self, key: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.on(Condition::Baggage { key: key.into(), value: Wildcard::new(pattern) })
    }

    /// Lets the rule decide also where the parent is not sampled. Without it such a span is dropped, as its parent was.
    ///
    /// What it samples then is a trace whose first spans are missing: for what must be seen whatever others decided, as a header
    /// that asks for it. A parent that is sampled is followed in any case.
    pub fn over_unsampled_parent(mut self) -> Self {
        self.overrides_unsampled = true;
        self
    }

    fn on(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    pub(super) fn given_ratio(&self) -> f64 {
        self.ratio
    }

    pub(super) fn overrides_unsampled(&self) -> bool {
        self.overrides_unsampled
    }

    pub(super) fn holds_for(&self, span: &SpanView<'_>) -> bool {
        self.conditions.iter().all(|condition| condition.holds_for(span))
    }
}

impl Condition {
    fn holds_for(&self, span: &SpanView<'_>) -> bool {
        match self {
            Self::Destination(pattern) => span.destination().is_some_and(|name| pattern.matches(name)),
            Self::System(name) => span.system() == Some(name),
            Self::Operation(name) => span.operation() == Some(name),
            Self::Kind(kind) => span.kind == kind,
            Self::Header { key, value, .. } => span.has(key, |text| value.matches(text)),
            Self::Baggage { key, value } => span.has_baggage(key, |text| value.matches(text)),
        }
    }
}

/// The conditions, as an error names them.
impl fmt::Display for SampleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return f.write_str("all spans");
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match condition {
                Condition::Destination(pattern) => write!(f, "destination {:?}", pattern.as_str())?,
                Condition::System(name) => write!(f, "system {name:?}")?,
                Condition::Operation(name) => write!(f, "operation {name:?}")?,
                Condition::Kind(kind) => write!(f, "kind {kind:?}")?,
                Condition::Header { name, .. } => write!(f, "header {name:?}")?,
                Condition::Baggage { key, .. } => write!(f, "baggage {key:?}")?,
            }
        }
        Ok(())
    }
}
