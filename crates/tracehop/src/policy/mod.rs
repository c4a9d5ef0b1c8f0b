//! What is done where there is a choice.

mod correlation;
mod effective_policy;
mod existing;
mod live_policies;
mod live_source;
#[cfg(feature = "serde")]
mod of_map;
mod pattern;
mod policies;
mod policy;
#[cfg(feature = "policy-file")]
mod policy_file;
mod policy_source;
mod span_level;

pub use correlation::Correlation;
pub(crate) use effective_policy::{EffectivePolicy, HeaderPolicy};
pub use existing::Existing;
pub use live_policies::LivePolicies;
pub(crate) use live_source::{LiveSource, captured};
pub use policies::Policies;
pub use policy::Policy;
#[cfg(feature = "policy-file")]
pub use policy_file::PolicyError;
pub(crate) use policy_source::{PolicySource, TracerPolicies};
pub use span_level::SpanLevel;
