//! The search box from the outside: text goes in, journeys come out.

mod completion;
mod finding;
mod grammar;
mod properties;
#[path = "../samples/mod.rs"]
mod samples;
