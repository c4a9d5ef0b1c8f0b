//! Samplers for messages: `linked_sampler` keeps a consumer's trace if a producer's was kept, `rule_sampler` goes by an ordered
//! list of `sample_rule`s, and `rate_cap` limits how many traces start for one destination.
//!
//! `ratio` and `randomness` are the specification's consistent sampling: a number of the trace against a threshold of the
//! ratio. `span_view` reads what a span says of its message. `insight` is what the set-up of traces wants to know of a sampler, and
//! `known` finds it.

mod buckets;
mod insight;
mod known;
mod linked_sampler;
mod randomness;
mod rate_cap;
mod ratio;
mod rule_sampler;
mod rule_sampler_builder;
mod sample_rule;
mod sampler_error;
mod span_view;

pub(crate) use insight::Insight;
pub(crate) use known::insight_of;
pub use linked_sampler::LinkedSampler;
pub use rate_cap::RateCap;
pub use rule_sampler::RuleSampler;
pub use rule_sampler_builder::RuleSamplerBuilder;
pub use sample_rule::SampleRule;
pub use sampler_error::SamplerError;
