//! Summaries of journeys on their way from a running `tracehop view` to `tracehop check`: `GET /api/v1/summaries`.
//!
//! JSON: `{"version": 1, "made": …, "journeys": […]}`. Ids are hex, times are nanoseconds since 1970, durations are nanoseconds.

mod body;
mod form;
mod names;

pub use body::{Parts, SUMMARIES_PATH, Summaries, WireError, parts, read, window};
