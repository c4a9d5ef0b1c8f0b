//! Kafka's own list of headers.

use rdkafka::message::OwnedHeaders;
use tracehop::{Carrier, CarrierError};
use tracehop_kafka::{KafkaHeaders, KafkaHeadersMut};

use super::raw_names::push;
use super::{Edit, Held, Transport};
use crate::input::RawHeader;

/// Names are whatever bytes another client wrote.
pub(crate) struct Kafka(pub(crate) Option<OwnedHeaders>);

impl Transport for Kafka {
    const ORDERED: bool = true;
    const RAW_NAMES: bool = true;

    fn build(headers: &[RawHeader]) -> Self {
        if headers.is_empty() {
            return Self(None);
        }
        let mut list = OwnedHeaders::new();
        for header in headers {
            push(&mut list, &header.name, header.value());
        }
        Self(Some(list))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.0.as_ref().map(|headers| KafkaHeaders::new(headers.as_borrowed()))
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError> {
        edit(&mut KafkaHeadersMut::new(&mut self.0))
    }

    /// rdkafka's own iteration panics on a name that is not UTF-8, so the carrier itself is asked.
    fn dump(&self) -> Vec<Held> {
        let mut held = Vec::new();
        self.carrier().for_each(&mut |name, value| held.push((name.to_vec(), value.map(<[u8]>::to_vec))));
        held
    }
}
