//! The parameters of an address.

use std::convert::Infallible;
use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// How many parameters of one address are read.
const MOST: usize = 32;

/// The parameters of an address. Of a name that is there twice, the first one counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

/// A parameter that says something else than it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadParam(pub(crate) String);

impl Params {
    pub(crate) fn of(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().take(MOST).collect())
    }

    /// The value of a choice, without spaces around it, or `None` if there is none or it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value as it is: names may be empty, or have spaces and line ends around them.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, BadParam> {
        let number = |text: &str| {
            text.parse().map_err(|_| BadParam(format!("{name}={text} is not a number that it may be")))
        };
        self.get(name).map(number).transpose()
    }

    /// The value as a number within `range`.
    pub(crate) fn number_within(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, BadParam> {
        let number = self.number::<usize>(name)?;
        match number.filter(|number| !range.contains(number)) {
            Some(number) if *range.end() == usize::MAX => {
                Err(BadParam(format!("{name}={number} is less than {}", range.start())))
            }
            Some(number) => {
                Err(BadParam(format!("{name}={number} is not within {} and {}", range.start(), range.end())))
            }
            None => Ok(number),
        }
    }

    /// The name that must be there, as it is.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, BadParam> {
        self.raw(name).ok_or_else(|| BadParam(format!("the parameter {name} is missing")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default()))
    }
}
