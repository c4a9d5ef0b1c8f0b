//! Which policy holds for which destination.

use super::Policy;
use super::pattern::Pattern;

/// Policies by destination: the first pattern that matches counts, and what its policy does not say is as the defaults say, or
/// else as the tracer has it.
///
/// A pattern is compared with what stands in the names of spans: the destination's template or label, or else its name. In it `*`
/// stands for any text. A destination of which nothing stands there, for example a reply queue, has the defaults.
///
/// ```
/// use tracehop::{MessagingTracer, Policies, Policy, SpanLevel, Trust};
///
/// let policies = Policies::new()
///     .defaults(Policy::new().settle_spans(false))
///     .on("partners.*", Policy::new().trust(Trust::LinkOnly))
///     .on("heartbeats", Policy::new().spans(SpanLevel::ContextOnly));
/// let tracer = MessagingTracer::builder().policies(policies).build();
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "policies hold once a tracer has them"]
pub struct Policies {
    pub(super) defaults: Policy,
    pub(super) list: Vec<(Pattern, Policy)>,
}

impl Policies {
    /// No policies: all is as the tracer has it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What holds where no pattern says otherwise.
    pub fn defaults(self, policy: Policy) -> Self {
        Self { defaults: policy, ..self }
    }

    /// What holds for the destinations of a pattern, unless an earlier one matches too.
    pub fn on(mut self, pattern: impl Into<String>, policy: Policy) -> Self {
        self.list.push((Pattern::new(pattern), policy));
        self
    }

    /// Where in the list the policy for this destination stands.
    pub(super) fn place(&self, destination: Option<&str>) -> Option<usize> {
        let name = destination?;
        self.list.iter().position(|(pattern, _)| pattern.matches(name))
    }
}
