//! The map.

mod address;
mod arrow;
mod change;
mod changes;
mod compared;
mod drawing;
mod drawn;
mod gap;
mod labels;
mod layer;
mod node;
mod place;
mod said;
mod screen;
mod shortened;
mod slider;
mod spoken;
mod table;
mod tracks;
mod way;

pub(crate) use screen::{get, live};
