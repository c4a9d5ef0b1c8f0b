//! What each target asserts.

mod any_order;
mod apply;
mod context;
mod extract;
mod forward;
#[cfg(test)]
mod found;
mod in_order;
mod inject;
mod mail;
mod of_hop;
mod serde_form;
mod stored;
mod strip;
mod text_form;
mod undo;
mod written_bytes;
mod zero_names;

pub(crate) use apply::apply;
pub(crate) use extract::extract;
pub(crate) use forward::forward;
pub(crate) use inject::inject;
pub(crate) use serde_form::serde_form;
pub(crate) use strip::strip;
pub(crate) use text_form::text_form;
pub(crate) use undo::undo;
