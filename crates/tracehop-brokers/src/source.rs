//! Where a broker comes from.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// Where a broker comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// It runs already: a variable holds its address.
    Given,
    /// A container.
    Docker,
    /// A child process.
    Native,
}

impl Source {
    /// What to try for a broker, first to last. `asked` narrows it to one source.
    ///
    /// An address that was given is not replaced by another broker when nobody answers there: whoever gave it wants
    /// to know.
    pub(crate) const fn order(asked: Option<Self>, is_given: bool) -> &'static [Self] {
        match (asked, is_given) {
            (Some(Self::Given), _) | (None, true) => &[Self::Given],
            (Some(Self::Docker), _) => &[Self::Docker],
            (Some(Self::Native), _) => &[Self::Native],
            (None, false) => &[Self::Docker, Self::Native],
        }
    }

    /// The name in options and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Docker => "docker",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(name: &str) -> Result<Self, UnknownSource> {
        match name {
            "given" => Ok(Self::Given),
            "docker" => Ok(Self::Docker),
            "native" => Ok(Self::Native),
            _ => Err(UnknownSource { name: name.to_owned() }),
        }
    }
}

/// There is no source of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSource {
    name: String,
}

impl fmt::Display for UnknownSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no source {:?}: given, docker or native", self.name)
    }
}

impl Error for UnknownSource {}

#[cfg(test)]
mod tests {
    use super::Source::{Docker, Given, Native};
    use super::*;

    #[test]
    fn a_given_broker_comes_first_then_docker_then_a_process() {
        for (asked, is_given, expected) in [
            (None, true, &[Given][..]),
            (None, false, &[Docker, Native]),
            (Some(Given), false, &[Given]),
            (Some(Docker), true, &[Docker]),
            (Some(Docker), false, &[Docker]),
            (Some(Native), true, &[Native]),
        ] {
            assert_eq!(Source::order(asked, is_given), expected, "{asked:?}, given: {is_given}");
        }
    }

    #[test]
    fn a_name_leads_back_to_its_source() {
        for source in [Given, Docker, Native] {
            assert_eq!(source.name().parse::<Source>().unwrap(), source);
        }
        assert!("podman".parse::<Source>().is_err());
    }
}
