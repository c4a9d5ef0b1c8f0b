//! The list of journeys.

mod empty;
mod grammar;
mod messages;
mod pages;
mod screen;
mod strip;
mod table;

pub(crate) use screen::{get, list};
