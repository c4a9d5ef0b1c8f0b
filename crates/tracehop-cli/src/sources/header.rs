//! A header for each request.

use std::fmt;
use std::str::FromStr;

use ureq::http::{HeaderName, HeaderValue};

/// A header for each request, such as `Authorization: Bearer …`. Its value is not printed.
#[derive(Clone)]
pub struct Header {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

/// Why a text is no [`Header`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadHeader;

impl Header {
    /// The header that carries a token.
    pub(crate) fn bearer(token: &str) -> Result<Self, BadHeader> {
        format!("Authorization: Bearer {token}").parse()
    }
}

impl FromStr for Header {
    type Err = BadHeader;

    fn from_str(text: &str) -> Result<Self, BadHeader> {
        let (name, value) = text.split_once(':').ok_or(BadHeader)?;
        let name = name.trim().parse().map_err(|_| BadHeader)?;
        let mut value: HeaderValue = value.trim().parse().map_err(|_| BadHeader)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: …", self.name)
    }
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header is a name, a colon and a value: --header \"Authorization: Bearer TOKEN\"")
    }
}

impl std::error::Error for BadHeader {}
