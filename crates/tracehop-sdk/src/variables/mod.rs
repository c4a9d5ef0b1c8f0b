//! The variables that all signals share: where they are read from, and what they say of the service.

mod lookup;
mod resource;

#[cfg(any(feature = "metrics", feature = "logs"))]
pub(crate) use lookup::positive;
pub(crate) use lookup::{Lookup, ignored};
pub(crate) use resource::of_variables as resource_of_variables;
