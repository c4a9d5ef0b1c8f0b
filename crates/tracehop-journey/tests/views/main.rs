//! What screens show, computed from summaries and from spans.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod clock_skew;
mod destination_map;
mod durations;
mod hop_detail;
mod hostile;
mod map_layout;
mod rows;
mod samples;
mod troubles;
