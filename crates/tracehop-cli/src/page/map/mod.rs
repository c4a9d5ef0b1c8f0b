//! The map.

mod arrow;
mod changes;
mod drawing;
mod node;
mod place;
mod screen;
mod table;

pub(crate) use screen::{get, live};
