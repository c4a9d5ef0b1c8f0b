//! The address of a server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;

/// The address of a server, such as `http://jaeger:16686` or `https://tools.example.com/tempo`: without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is no [`BaseUrl`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadUrl {
    text: String,
    why: &'static str,
}

impl BaseUrl {
    /// The address of something on the server.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether the server is on this machine. No proxy is asked for it.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.0.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        host.is_some_and(|host| {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        })
    }
}

impl FromStr for BaseUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let bad = |why| BadUrl { text: text.to_owned(), why };
        let uri: Uri = text.parse().map_err(|_| bad("it is no address"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad("it starts with neither http:// nor https://"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(bad("it may have no ? and no #"));
        }
        if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return Err(bad("it may hold no password: give --header \"Authorization: Basic …\" instead"));
        }
        match uri.host() {
            None | Some("") => Err(bad("it names no host")),
            Some(_) => Ok(Self(text.trim_end_matches('/').to_owned())),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be asked: {}", self.text, self.why)
    }
}

impl std::error::Error for BadUrl {}
