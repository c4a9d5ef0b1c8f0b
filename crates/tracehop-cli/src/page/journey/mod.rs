//! One journey.

mod asked_id;
mod folds;
mod lane;
mod minimap;
mod notes;
mod overview;
mod panel;
mod parts;
mod ruler;
mod screen;
mod tree;

pub(crate) use screen::{get, panel, rows, size};
