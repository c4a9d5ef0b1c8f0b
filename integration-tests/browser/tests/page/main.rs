//! The page of `tracehop view`, as a person sees and uses it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod contrast;
mod keyboard;
mod known;
mod links;
mod live;
mod map;
mod print;
mod screen_readers;
mod screens;
mod search;
mod support;
mod theme;
