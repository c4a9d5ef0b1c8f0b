//! How long one send takes, and how long the slowest hundredth of them: without an exporter, and with tracehop's processor and
//! exporter before an endpoint that answers, and before endpoints that fail.
//!
//! - which there are: `endpoint`
//! - the child: `load` sends at a steady pace, and says how long the sends of a `slice` took, and at the end with a `tally` what
//!   became of the spans
//! - the parent: `measure` lets the children take turns and makes `found`; `table` says it, and whether the goal is met

mod endpoint;
mod found;
mod load;
mod measure;
mod slice;
mod table;
mod tally;

pub(crate) use found::Found;
pub(crate) use load::{Load, TAIL};
pub(crate) use measure::{Budget, NAME, measure};
pub(crate) use table::{judge, render};
