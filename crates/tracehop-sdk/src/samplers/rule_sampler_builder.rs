use super::ratio::Ratio;
use super::rule_sampler::{Rule, RuleSampler};
use super::sample_rule::SampleRule;
use super::sampler_error::SamplerError;

/// Configures a [`RuleSampler`]. Without any setting it samples all traces that start here.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct RuleSamplerBuilder {
    rules: Vec<SampleRule>,
    default_ratio: Option<f64>,
    writes_threshold: bool,
}

impl RuleSampler {
    /// Settings of such a sampler.
    pub fn builder() -> RuleSamplerBuilder {
        RuleSamplerBuilder::default()
    }
}

impl RuleSamplerBuilder {
    /// Adds a rule, behind those that were added before. The first one that holds for a span decides.
    pub fn rule(mut self, rule: SampleRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules, in their order.
    pub fn rules(mut self, rules: impl IntoIterator<Item = SampleRule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// The share of the traces that no rule is about, from 0 to 1. Default: 1.
    pub fn default_ratio(mut self, ratio: f64) -> Self {
        self.default_ratio = Some(ratio);
        self
    }

    /// Whether a trace that is sampled here says so in its `tracestate`: `ot=th:` and the threshold of the ratio, as the
    /// specification has it. Backends count with it how many traces one stands for. Default: no, because each message carries
    /// it then, 8 to 22 bytes more.
    pub fn write_threshold(mut self, enabled: bool) -> Self {
        self.writes_threshold = enabled;
        self
    }

    /// The sampler.
    ///
    /// # Errors
    ///
    /// A ratio is no number from 0 to 1. The error names the rule by its number, beginning with 1, and its conditions.
    ///
    /// ```
    /// use tracehop_sdk::{RuleSampler, SampleRule};
    ///
    /// let percent = SampleRule::ratio(50.0).destination("orders.*");
    /// let error = RuleSampler::builder().rule(percent).build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "rule 1 (destination \"orders.*\"): the ratio 50 is no number from 0 to 1"
    /// );
    /// ```
    pub fn build(self) -> Result<RuleSampler, SamplerError> {
        let default = match self.default_ratio {
            Some(ratio) => checked(ratio, || "default_ratio".to_owned())?,
            None => Ratio::ALL,
        };
        let mut rules = Vec::with_capacity(self.rules.len());
        for (index, rule) in self.rules.into_iter().enumerate() {
            let ratio = checked(rule.given_ratio(), || format!("rule {} ({rule})", index + 1))?;
            rules.push(Rule { rule, ratio });
        }
        Ok(RuleSampler::new(rules, default, self.writes_threshold))
    }
}

fn checked(ratio: f64, setting: impl FnOnce() -> String) -> Result<Ratio, SamplerError> {
    Ratio::new(ratio).ok_or_else(|| {
        SamplerError::new(setting(), format_args!("the ratio {ratio} is no number from 0 to 1"))
    })
}
