//! The page and the API from the outside: spans go in, HTML and JSON come out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod api;
mod empty;
mod hop;
mod hostile;
mod journey;
mod journeys;
mod live;
mod map;
mod map_changes;
mod names;
mod of;
mod safety;
mod samples;
mod site;
mod trouble;
