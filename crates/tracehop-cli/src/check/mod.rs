//! `tracehop check FILE.toml`: service levels on hops, journeys and messages, over what has been seen.
//!
//! The format of the file is described in `docs/check.md`.

mod amount;
mod check_args;
mod evaluate;
mod hop_level;
mod journey_level;
mod judge;
mod junit;
mod levels;
mod levels_error;
mod limits;
mod message_level;
mod messages;
mod observed;
mod report;
mod table;
mod ways;

pub use amount::Amount;
pub use check_args::CheckArgs;
pub use levels::Levels;
pub use levels_error::LevelsError;
pub use report::{Finding, LevelKind, Report, Verdict};
