//! What goes through a transport.

/// Names and values as they were written: in order, repeats, letter case and white space included.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

pub(crate) struct Message {
    pub(crate) headers: Headers,
    pub(crate) payload: Vec<u8>,
}
