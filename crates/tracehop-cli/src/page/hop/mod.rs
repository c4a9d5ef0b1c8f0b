//! One hop.

mod cell;
mod heat;
mod screen;
mod tables;
mod waiting;

pub(crate) use screen::{get, live};
