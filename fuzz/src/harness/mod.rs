//! Runs the targets without libFuzzer.

mod arguments;
mod artifact;
mod attempt;
mod dictionary;
mod mutator;
mod random;
mod run;
mod seeds;
mod watch;

pub use arguments::Arguments;
pub use run::run;
