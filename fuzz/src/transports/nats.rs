//! NATS's map of headers.

use std::str::FromStr;

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use tracehop::{Carrier, CarrierError};
use tracehop_nats::{NatsHeaders, NatsHeadersMut};

use super::{Edit, Held, Transport};
use crate::input::RawHeader;

pub(crate) struct Nats(Option<HeaderMap>);

impl Transport for Nats {
    const ORDERED: bool = false;

    fn build(headers: &[RawHeader]) -> Self {
        let mut map = None::<HeaderMap>;
        for header in headers {
            let name = header.name_text().and_then(|name| HeaderName::from_str(name).ok());
            let value = header.value().and_then(|value| std::str::from_utf8(value).ok());
            let value = value.and_then(|value| HeaderValue::from_str(value).ok());
            if let (Some(name), Some(value)) = (name, value) {
                map.get_or_insert_default().append(name, value);
            }
        }
        Self(map)
    }

    fn carrier(&self) -> impl Carrier + '_ {
        self.0.as_ref().map(NatsHeaders::new)
    }

    fn edit(&mut self, edit: Edit<'_>) -> Result<(), CarrierError> {
        edit(&mut NatsHeadersMut::new(&mut self.0))
    }

    fn dump(&self) -> Vec<Held> {
        let name = |name: &HeaderName| -> Vec<u8> { AsRef::<str>::as_ref(name).into() };
        let all = self.0.iter().flat_map(HeaderMap::iter);
        all.flat_map(|(key, values)| values.iter().map(move |value| (name(key), Some(value.as_str().into()))))
            .collect()
    }
}
