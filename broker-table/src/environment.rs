//! The variables of this process.

/// A variable that is set to something: an empty one is how a shell or a CI file takes a setting back.
pub fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}
