//! A source as it is named in the command line.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::base_url::{BadUrl, BaseUrl};

/// A source as it is named in the command line: `view=URL`, `jaeger=URL`, `tempo=URL` or `file=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A running `tracehop view`.
    View(BaseUrl),
    /// Jaeger's query address.
    Jaeger(BaseUrl),
    /// Tempo's HTTP address.
    Tempo(BaseUrl),
    /// A file of OTLP JSON, or of an answer of Jaeger or Tempo, or an export in HTML.
    File(PathBuf),
}

/// Why a text is no [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadSource {
    /// It names no kind of source that there is.
    Kind(String),
    /// Its address is none.
    Url(BadUrl),
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let of_kind = text.split_once('=');
        let url = |url: &str| url.parse::<BaseUrl>().map_err(BadSource::Url);
        match of_kind {
            Some(("view", address)) => url(address).map(Self::View),
            Some(("jaeger", address)) => url(address).map(Self::Jaeger),
            Some(("tempo", address)) => url(address).map(Self::Tempo),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(BadSource::Kind(text.to_owned())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(url) => write!(f, "view={url}"),
            Self::Jaeger(url) => write!(f, "jaeger={url}"),
            Self::Tempo(url) => write!(f, "tempo={url}"),
            Self::File(path) => write!(f, "file={}", path.display()),
        }
    }
}

impl fmt::Display for BadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(text) => write!(
                f,
                "{text:?} names no source: write view=URL, jaeger=URL, tempo=URL or file=PATH, such as jaeger=http://localhost:16686"
            ),
            Self::Url(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for BadSource {}
