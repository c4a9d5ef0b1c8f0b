//! One message as bytes.

mod message;
mod raw_header;
mod reader;

pub(crate) use message::Message;
pub(crate) use raw_header::RawHeader;
