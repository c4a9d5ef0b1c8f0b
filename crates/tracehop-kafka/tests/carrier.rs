//! Kafka's headers do what every carrier must.

use rdkafka::message::{Header as KafkaHeader, Headers, OwnedHeaders};
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch, Transport};
use tracehop_kafka::KafkaHeadersMut;
use tracehop_testing::{CarrierUnderTest, Header, carrier_conformance};

struct Kafka(Option<OwnedHeaders>);

impl Carrier for Kafka {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        KafkaHeadersMut::new(&mut self.0.clone()).for_each(f);
    }
    fn transport(&self) -> Transport {
        KafkaHeadersMut::new(&mut None).transport()
    }
}

impl CarrierMut for Kafka {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        KafkaHeadersMut::new(&mut self.0).apply(patch)
    }
}

impl CarrierUnderTest for Kafka {
    const ORDERED: bool = true;
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut list = (!headers.is_empty()).then(OwnedHeaders::new);
        for (name, value) in headers {
            let header = KafkaHeader { key: std::str::from_utf8(name).ok()?, value: value.as_ref() };
            list = list.map(|list| list.insert(header));
        }
        Some(Self(list))
    }

    fn dump(&self) -> Vec<Header> {
        let header = |header: KafkaHeader<'_, &[u8]>| (header.key.into(), header.value.map(<[u8]>::to_vec));
        self.0.iter().flat_map(|headers| headers.iter().map(header)).collect()
    }
}

// rdkafka writes no name that is not UTF-8.
carrier_conformance!(kafka, Kafka, not_representable: 2);
