//! What screens show, computed from summaries and from spans.

mod clock_skew;
mod destination_map;
mod durations;
mod hop_detail;
mod hostile;
mod map_layout;
mod rows;
mod samples;
mod troubles;
