//! One broker of the table.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::each_broker;

macro_rules! brokers {
    ($($broker:ident: $name:ident { address: $address:literal, image: $image:literal, words: [$($word:literal),*] })*) => {
        /// A message broker that tests can have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Broker {
            $(#[doc = concat!("`", stringify!($name), "`")] $broker,)*
        }

        impl Broker {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$broker),*];

            /// The name in options and tables: lower case, one word.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$broker => stringify!($name),)*
                }
            }

            /// Other words for what only this broker has.
            #[doc(hidden)]
            pub const fn words(self) -> &'static [&'static str] {
                match self {
                    $(Self::$broker => &[$($word),*],)*
                }
            }

            /// The pinned image of those who make the broker.
            pub const fn official_image(self) -> &'static str {
                match self {
                    $(Self::$broker => $image,)*
                }
            }

            /// The variable that holds the address of one that runs.
            pub const fn address_variable(self) -> &'static str {
                match self {
                    $(Self::$broker => $address,)*
                }
            }
        }
    };
}

each_broker!(brokers);

impl Broker {
    /// The variable that holds the name of the image to run instead of [`official_image`](Self::official_image).
    pub fn image_variable(self) -> String {
        self.variable("IMAGE")
    }

    /// The variable that says where a broker comes from that is not given: `docker` or `native`. A command run by `with-brokers`
    /// reads there where the broker came from.
    pub fn source_variable(self) -> String {
        self.variable("SOURCE")
    }

    /// In which a command run by `with-brokers` reads the broker's version.
    #[doc(hidden)]
    pub fn version_variable(self) -> String {
        self.variable("VERSION")
    }

    /// In which a command run by `with-brokers` reads why there is no such broker.
    #[doc(hidden)]
    pub fn not_run_variable(self) -> String {
        self.variable("NOT_RUN")
    }

    fn variable(self, what: &str) -> String {
        format!("TRACEHOP_{}_{what}", self.name().to_uppercase())
    }

    /// The image that `cargo xtask images` makes.
    #[doc(hidden)]
    pub fn local_image(self) -> String {
        format!("tracehop/{self}:local")
    }

    /// All names, as one would say them: `a, b or c`.
    #[doc(hidden)]
    pub fn names() -> String {
        choice(&Self::ALL.iter().map(|broker| broker.name()).collect::<Vec<_>>())
    }
}

fn choice(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Broker {
    type Err = UnknownBroker;

    fn from_str(name: &str) -> Result<Self, UnknownBroker> {
        let found = Self::ALL.iter().find(|broker| broker.name() == name);
        found.copied().ok_or_else(|| UnknownBroker { name: name.to_owned() })
    }
}

/// There is no broker of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownBroker {
    name: String,
}

impl fmt::Display for UnknownBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no broker {:?}: {}", self.name, Broker::names())
    }
}

impl Error for UnknownBroker {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broker_is_a_service_of_the_compose_file_with_its_image() {
        let compose = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docker-compose.yml"));
        let compose = compose.unwrap();
        for broker in Broker::ALL {
            let image = format!("${{{}:-{}}}", broker.image_variable(), broker.official_image());
            assert!(compose.contains(&format!("\n  {broker}:\n    image: {image}\n")), "{broker}: {image}");
        }
    }

    #[test]
    fn a_name_leads_back_to_its_broker() {
        for broker in Broker::ALL {
            assert_eq!(broker.name().parse::<Broker>().as_ref(), Ok(broker));
        }
        let error = "nobody".parse::<Broker>().unwrap_err();
        assert_eq!(error.to_string(), format!("there is no broker \"nobody\": {}", Broker::names()));
    }

    #[test]
    fn names_are_said_as_a_choice() {
        for (names, expected) in [(&["a"][..], "a"), (&["a", "b"], "a or b"), (&["a", "b", "c"], "a, b or c")]
        {
            assert_eq!(choice(names), expected);
        }
    }
}
