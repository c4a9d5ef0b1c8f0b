//! The map.

mod arrow;
mod changes;
mod drawing;
mod labels;
mod node;
mod place;
mod said;
mod screen;
mod shortened;
mod table;
mod way;

pub(crate) use screen::{get, live};
