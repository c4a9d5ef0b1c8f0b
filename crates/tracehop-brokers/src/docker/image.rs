//! Which image a broker's container is made of.

use broker_table::set;

use crate::wanted::Wanted;

/// The name of an image in the two parts that testcontainers wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) tag: String,
}

impl Image {
    /// The one that is asked for, or that the broker's variable names, or the official one.
    pub(super) fn of(wanted: &Wanted) -> Self {
        let chosen = wanted.image.clone().or_else(|| set(&wanted.broker.image_variable()));
        let image = Self::parse(chosen.as_deref().unwrap_or(wanted.broker.official_image()));
        match &wanted.version {
            Some(version) => Self { tag: version.clone(), ..image },
            None => image,
        }
    }

    fn parse(reference: &str) -> Self {
        // In `localhost:5000/kafka` the colon is one before a port. A digest falls apart at its own colon, and is
        // put together again there.
        let (name, tag) = match reference.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (reference, "latest"),
        };
        Self { name: name.to_owned(), tag: tag.to_owned() }
    }

    pub(super) fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_name_and_a_tag() {
        for (reference, name, tag) in [
            ("nats:2.12-alpine", "nats", "2.12-alpine"),
            ("apache/kafka", "apache/kafka", "latest"),
            ("localhost:5000/apache/kafka", "localhost:5000/apache/kafka", "latest"),
            ("localhost:5000/kafka:4.1.0", "localhost:5000/kafka", "4.1.0"),
            ("nats@sha256:00ff", "nats@sha256", "00ff"),
        ] {
            let image = Image::parse(reference);
            assert_eq!((image.name.as_str(), image.tag.as_str()), (name, tag), "{reference}");
        }
    }
}
