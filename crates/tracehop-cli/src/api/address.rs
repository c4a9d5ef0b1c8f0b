//! Addresses within the page and the API.

use std::fmt;

/// A path with parameters, each encoded.
#[derive(Clone, Debug)]
pub(crate) struct Address(String);

impl Address {
    /// A path of the program's own, without parameters.
    pub(crate) fn of(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        let start = self.0.len();
        let mut query = form_urlencoded::Serializer::for_suffix(self.0, start);
        query.append_pair(name, &value.to_string());
        Self(query.finish())
    }

    /// The same, unless there is nothing to say.
    pub(crate) fn maybe(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
