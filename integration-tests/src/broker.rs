//! The brokers, and the variables that speak of each.

use std::fmt;
use std::str::FromStr;

use anyhow::bail;

/// A message broker that tracehop is tested against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broker {
    /// Apache Kafka.
    Kafka,
    /// RabbitMQ.
    RabbitMq,
    /// NATS, with JetStream.
    Nats,
}

impl Broker {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Kafka, Self::RabbitMq, Self::Nats];

    /// The name in options and tables: lower case, one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::RabbitMq => "rabbitmq",
            Self::Nats => "nats",
        }
    }

    /// The variable that holds the address of one that runs.
    pub const fn address_variable(self) -> &'static str {
        match self {
            Self::Kafka => "TRACEHOP_KAFKA_BROKERS",
            Self::RabbitMq => "TRACEHOP_AMQP_URL",
            Self::Nats => "TRACEHOP_NATS_URL",
        }
    }

    /// The variable that holds the name of the image to run instead of [`official_image`](Self::official_image).
    pub const fn image_variable(self) -> &'static str {
        match self {
            Self::Kafka => "TRACEHOP_KAFKA_IMAGE",
            Self::RabbitMq => "TRACEHOP_RABBITMQ_IMAGE",
            Self::Nats => "TRACEHOP_NATS_IMAGE",
        }
    }

    /// In which a command run by `with-brokers` reads where the broker came from.
    pub const fn source_variable(self) -> &'static str {
        match self {
            Self::Kafka => "TRACEHOP_KAFKA_SOURCE",
            Self::RabbitMq => "TRACEHOP_RABBITMQ_SOURCE",
            Self::Nats => "TRACEHOP_NATS_SOURCE",
        }
    }

    /// In which a command run by `with-brokers` reads the broker's version.
    pub const fn version_variable(self) -> &'static str {
        match self {
            Self::Kafka => "TRACEHOP_KAFKA_VERSION",
            Self::RabbitMq => "TRACEHOP_RABBITMQ_VERSION",
            Self::Nats => "TRACEHOP_NATS_VERSION",
        }
    }

    /// In which a command run by `with-brokers` reads why there is no such broker.
    pub const fn not_run_variable(self) -> &'static str {
        match self {
            Self::Kafka => "TRACEHOP_KAFKA_NOT_RUN",
            Self::RabbitMq => "TRACEHOP_RABBITMQ_NOT_RUN",
            Self::Nats => "TRACEHOP_NATS_NOT_RUN",
        }
    }

    /// The pinned image of those who make the broker; the same as in `docker-compose.yml`.
    pub const fn official_image(self) -> &'static str {
        match self {
            Self::Kafka => "apache/kafka:4.1.0",
            Self::RabbitMq => "rabbitmq:4.1-management",
            Self::Nats => "nats:2.12-alpine",
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Broker {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let Some(broker) = Self::ALL.into_iter().find(|broker| broker.name() == name) else {
            bail!("there is no broker {name:?}: kafka, rabbitmq or nats");
        };
        Ok(broker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_are_those_of_the_compose_file() {
        let compose = include_str!("../../docker-compose.yml");
        for broker in Broker::ALL {
            let image = format!("${{{}:-{}}}", broker.image_variable(), broker.official_image());
            assert!(compose.contains(&image), "docker-compose.yml does not say {image}");
        }
    }

    #[test]
    fn a_name_leads_back_to_its_broker() {
        for broker in Broker::ALL {
            assert_eq!(broker.name().parse::<Broker>().unwrap(), broker);
        }
        let error = "pulsar".parse::<Broker>().unwrap_err();
        assert_eq!(error.to_string(), "there is no broker \"pulsar\": kafka, rabbitmq or nats");
    }
}
