//! One hop.

mod cell;
mod heat;
mod screen;
mod tables;

pub(crate) use screen::{get, live};
