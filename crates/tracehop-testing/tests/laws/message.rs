//! The headers of a message, as a failing case prints them.

use std::fmt;
use std::ops::Deref;

use tracehop_testing::Header;

#[derive(Clone)]
pub(crate) struct Message(pub(crate) Vec<Header>);

impl Deref for Message {
    type Target = [Header];

    fn deref(&self) -> &[Header] {
        &self.0
    }
}

/// Values may have thousands of bytes: of those that do, one sees the beginning and the length.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for (name, value) in &self.0 {
            let bytes = value.as_deref().unwrap_or_default();
            let shown = bytes[..bytes.len().min(80)].escape_ascii();
            let value = value.as_ref().map(|_| format!("{shown} ({} bytes)", bytes.len()));
            list.entry(&(name.escape_ascii().to_string(), value));
        }
        list.finish()
    }
}
