//! What several screens are made of.

mod bar;
mod frame;
mod look;
mod named;
mod outcome_mark;
mod palette;
mod plain;
mod spark;
mod stretch_text;
mod time_text;
mod windows;

pub(crate) use bar::{Bar, percent};
pub(crate) use frame::{Frame, Screen};
pub(crate) use look::Look;
pub(crate) use named::{clipped, named};
pub(crate) use outcome_mark::{error_mark, outcome_mark};
pub(crate) use palette::{service, service_class};
pub(crate) use plain::plain;
pub(crate) use spark::spark;
pub(crate) use stretch_text::{lengths, times};
pub(crate) use time_text::{clock, clock_text, count, human, moment, rate, share};
pub(crate) use windows::{window_links, window_select};
