//! What is done where there is a choice.

mod correlation;
mod existing;
mod policy;
mod policy_source;

pub use correlation::Correlation;
pub use existing::Existing;
pub(crate) use policy::Policy;
pub(crate) use policy_source::Policies;
#[cfg(test)]
pub(crate) use policy_source::PolicySource;
