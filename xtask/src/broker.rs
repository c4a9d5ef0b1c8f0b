//! The brokers, as far as this program must know them.

use anyhow::Context;

use crate::{read, root};

/// A broker: its name, and how the variables that speak of it begin.
///
/// The library of the integration tests knows more; it is not used here, as Docker's client would then be built before
/// any task can run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broker {
    pub(crate) name: &'static str,
    /// The variable that holds the address of one that runs.
    pub(crate) address: &'static str,
    prefix: &'static str,
}

pub(crate) static KAFKA: Broker =
    Broker { name: "kafka", address: "TRACEHOP_KAFKA_BROKERS", prefix: "TRACEHOP_KAFKA" };
pub(crate) static RABBITMQ: Broker =
    Broker { name: "rabbitmq", address: "TRACEHOP_AMQP_URL", prefix: "TRACEHOP_RABBITMQ" };
pub(crate) static NATS: Broker =
    Broker { name: "nats", address: "TRACEHOP_NATS_URL", prefix: "TRACEHOP_NATS" };

pub(crate) static BROKERS: [&Broker; 3] = [&KAFKA, &RABBITMQ, &NATS];

impl Broker {
    pub(crate) fn find(name: &str) -> anyhow::Result<&'static Self> {
        let found = BROKERS.into_iter().find(|broker| broker.name == name);
        found.with_context(|| format!("there is no broker {name:?}: kafka, rabbitmq or nats"))
    }

    /// The variable that names another image than the official one.
    pub(crate) fn image_variable(&self) -> String {
        format!("{}_IMAGE", self.prefix)
    }

    /// The image that `cargo xtask images` makes.
    pub(crate) fn local_image(&self) -> String {
        format!("tracehop/{}:local", self.name)
    }

    /// The image of those who make the broker: the default in `docker-compose.yml`.
    pub(crate) fn official_image(&self) -> anyhow::Result<String> {
        let compose = read(&root().join("docker-compose.yml"))?;
        let default = format!("${{{}:-", self.image_variable());
        let found = compose.split_once(&default).and_then(|(_, rest)| rest.split_once('}'));
        let (image, _) = found.with_context(|| format!("docker-compose.yml has no image {default}"))?;
        Ok(image.to_owned())
    }

    /// A variable that `with-brokers` set: `SOURCE`, `VERSION` or `NOT_RUN`.
    pub(crate) fn told(&self, what: &str) -> Option<String> {
        set(&format!("{}_{what}", self.prefix))
    }
}

/// A variable that is set to something.
pub(crate) fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broker_has_its_official_image_in_the_compose_file() {
        for broker in BROKERS {
            let image = broker.official_image().unwrap();
            assert!(image.contains(broker.name) && image.contains(':'), "{image}");
        }
    }

    #[test]
    fn the_variables_are_those_of_the_library() {
        let library = include_str!("../../integration-tests/src/broker.rs");
        for broker in BROKERS {
            let told = ["SOURCE", "VERSION", "NOT_RUN"].map(|what| format!("{}_{what}", broker.prefix));
            let variables = told.into_iter().chain([broker.address.to_owned(), broker.image_variable()]);
            for variable in variables {
                assert!(library.contains(&format!("\"{variable}\"")), "{variable}");
            }
        }
    }
}
