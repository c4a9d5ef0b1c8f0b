//! A journey as plain text.

mod bar;
mod layout;
mod rows;
mod waterfall;

pub use waterfall::Waterfall;
