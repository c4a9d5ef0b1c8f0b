//! The grammar of the search box: what `service:billing dest:orders attempt>1 wait>2s error:*` means, and what could come next.

mod complete;
mod field;
mod known;
mod matches;
mod misunderstood;
mod parse;
mod pattern;
mod query;
mod signs;
mod trace_prefix;

pub use complete::{Completion, complete};
pub use known::Known;
pub use misunderstood::Misunderstood;
pub use parse::Parsed;
pub(crate) use pattern::Pattern;
pub use query::Query;
