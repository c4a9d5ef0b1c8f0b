//! NATS headers among all carriers.

use std::str::FromStr;

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch, Transport};
use tracehop_nats::{NatsHeaders, NatsHeadersMut};
use tracehop_testing::{CarrierUnderTest, Header, carrier_conformance};

/// The headers of a message.
struct Headers(Option<HeaderMap>);

impl Carrier for Headers {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.0.as_ref().map(NatsHeaders::new).for_each(f);
    }

    fn transport(&self) -> Transport {
        NatsHeaders::new(&HeaderMap::new()).transport()
    }
}

impl CarrierMut for Headers {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        NatsHeadersMut::new(&mut self.0).apply(patch)
    }
}

impl CarrierUnderTest for Headers {
    const ORDERED: bool = false;
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
            let value = str::from_utf8(value.as_deref()?).ok()?;
            map.append(HeaderName::from_str(name).ok()?, HeaderValue::from_str(value).ok()?);
        }
        Some(Self((!map.is_empty()).then_some(map)))
    }

    fn dump(&self) -> Vec<Header> {
        let mut headers = Vec::new();
        for (name, values) in self.0.iter().flat_map(HeaderMap::iter) {
            for value in values {
                headers.push((name.to_string().into_bytes(), Some(value.as_str().as_bytes().to_vec())));
            }
        }
        headers
    }
}

// Nulls, bytes that are not UTF-8, line breaks in values, and names that are not printable ASCII.
carrier_conformance!(nats, Headers, not_representable: 37);
