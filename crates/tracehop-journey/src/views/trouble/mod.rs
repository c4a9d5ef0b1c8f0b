//! What is wrong, worst first.

mod about;
mod clocks;
mod context;
mod dead_letters;
mod dropped;
mod not_handled;
mod poison;
mod repeated;
mod seen;
mod storm;
mod trouble;
mod trouble_limits;
mod troubles;

pub use trouble::{Trouble, TroubleKind};
pub use trouble_limits::TroubleLimits;
pub use troubles::troubles;
