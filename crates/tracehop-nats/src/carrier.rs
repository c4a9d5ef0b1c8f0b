//! NATS headers as carriers.

use std::fmt;
use std::str::FromStr;

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderNames, HeaderPatch, Room, Transport,
};

/// The headers of a message that was received.
///
/// Names are compared as text. They are never converted to the client's header names, because that panics on a name that
/// is not valid. The values of one name keep their order; the names have no order.
///
/// ```
/// use async_nats::HeaderMap;
/// use tracehop::MessagePropagator;
/// use tracehop_nats::NatsHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let mut headers = HeaderMap::new();
/// headers.insert("traceparent", value);
/// let extracted = MessagePropagator::default().extract(&NatsHeaders::new(&headers));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct NatsHeaders<'a>(pub(crate) &'a HeaderMap);

impl<'a> NatsHeaders<'a> {
    /// These headers.
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }
}

/// nats-server 2.11 and most versions of 2.12 rename the header when their own message tracing is on:
/// <https://github.com/nats-io/nats-server/issues/7755>.
const ALIASES: &[&str] = &["Xraceparent"];

/// What NATS does to headers.
pub(crate) const TRANSPORT: Transport = Transport::MAP.with_aliases(ALIASES);

impl Carrier for NatsHeaders<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for (name, values) in self.0.iter() {
            for value in values {
                f(text(name).as_bytes(), Some(value.as_str().as_bytes()));
            }
        }
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

impl fmt::Debug for NatsHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HeaderNames(self).fmt(f)
    }
}

/// The headers of a message to be sent.
///
/// Names and values that NATS cannot hold are refused: the client itself panics on a line break in a value. The wrappers,
/// which know the size of the message, also refuse headers that would make it larger than the server takes.
///
/// ```
/// use async_nats::HeaderMap;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_nats::NatsHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut headers: Option<HeaderMap> = None;
/// MessagingTracer::global().inject_creation(&stored, &mut NatsHeadersMut::new(&mut headers))?;
/// assert!(headers.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NatsHeadersMut<'a>(pub(crate) &'a mut Option<HeaderMap>);

impl<'a> NatsHeadersMut<'a> {
    /// The headers of a message, which may have none.
    pub fn new(headers: &'a mut Option<HeaderMap>) -> Self {
        Self(headers)
    }

    fn read(&self) -> Option<NatsHeaders<'_>> {
        self.0.as_ref().map(NatsHeaders)
    }
}

impl Carrier for NatsHeadersMut<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.read().for_each(f);
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

impl CarrierMut for NatsHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        apply(self.0, patch, Room::Unlimited)
    }
}

impl fmt::Debug for NatsHeadersMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

/// Applies `patch` to headers for which there is so much room, their frame included.
pub(crate) fn apply(
    headers: &mut Option<HeaderMap>,
    patch: &HeaderPatch,
    room: Room,
) -> Result<(), CarrierError> {
    check(headers.as_ref(), patch, room)?;
    if let Some(headers) = headers.as_mut().filter(|headers| has_strays(headers, patch)) {
        *headers = without_owned(headers, patch);
    }
    for (name, value) in patch.headers() {
        // All were checked, so none is left out here.
        if let (Some(name), Some(value)) = (header_name(name), header_value(value)) {
            headers.get_or_insert_default().insert(name, value);
        }
    }
    Ok(())
}

/// Whether the patch can be written: nothing may be changed before that is known.
fn check(headers: Option<&HeaderMap>, patch: &HeaderPatch, room: Room) -> Result<(), CarrierError> {
    let refuse =
        |name: &str, kind, reason: &'static str| Err(CarrierError::new(kind, name.to_owned(), reason));
    for (name, value) in patch.headers() {
        if !is_name(name) {
            return refuse(name, CarrierErrorKind::Name, "name is not printable ASCII without a colon");
        }
        if let Err(reason) = check_value(value) {
            return refuse(name, CarrierErrorKind::Value, reason);
        }
    }
    match room.lacks(patch, line_len, || block_len(headers, patch)) {
        None => Ok(()),
        Some(name) if room == Room::None => {
            refuse(name, CarrierErrorKind::NoHeaders, "the server takes no headers")
        }
        Some(name) => {
            refuse(name, CarrierErrorKind::Room, "the message would be larger than the server takes")
        }
    }
}

/// The line that begins a block of headers, and the empty line that ends it.
const FRAME: usize = "NATS/1.0\r\n\r\n".len();

/// The bytes of a block of those headers that the patch leaves as they are.
fn block_len(headers: Option<&HeaderMap>, patch: &HeaderPatch) -> usize {
    let mut len = FRAME;
    for (name, values) in headers.into_iter().flat_map(HeaderMap::iter) {
        let name = text(name);
        if !patch.owns(name.as_bytes()) {
            len += values.iter().map(|value| line_len(name, value.as_str().as_bytes())).sum::<usize>();
        }
    }
    len
}

fn line_len(name: &str, value: &[u8]) -> usize {
    name.len() + ": ".len() + value.len() + "\r\n".len()
}

/// Whether there are headers to be removed: those of a name that is written are replaced anyway.
fn has_strays(headers: &HeaderMap, patch: &HeaderPatch) -> bool {
    headers
        .iter()
        .map(|(name, _)| text(name))
        .any(|name| patch.owns(name.as_bytes()) && !patch.headers().any(|(written, _)| written == name))
}

/// The client's map has no way to remove a name, and one that is made from an iterator drops repeated values.
fn without_owned(headers: &HeaderMap, patch: &HeaderPatch) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !patch.owns(text(name).as_bytes())) {
        for value in values {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

fn header_name(name: &str) -> Option<HeaderName> {
    // A known name needs no copy.
    Some(match name {
        "traceparent" => const { HeaderName::from_static("traceparent") },
        "tracestate" => const { HeaderName::from_static("tracestate") },
        "baggage" => const { HeaderName::from_static("baggage") },
        other => HeaderName::from_str(other).ok()?,
    })
}

fn header_value(value: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_str(str::from_utf8(value).ok()?).ok()
}

/// Same rule as async-nats, except that empty names are also rejected.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

/// Same rule as async-nats, which panics on a line break.
fn check_value(value: &[u8]) -> Result<(), &'static str> {
    if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err("value has a line break");
    }
    str::from_utf8(value).map(drop).map_err(|_| "value is not UTF-8")
}

fn text(name: &HeaderName) -> &str {
    name.as_ref()
}

/// The first value of a header.
pub(crate) fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let (_, values) = headers.iter().find(|(known, _)| text(known) == name)?;
    values.first().map(HeaderValue::as_str)
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::propagation::text_map_propagator::FieldIter;
    use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
    use opentelemetry::trace::SpanContext;
    use proptest::prelude::*;
    use tracehop::MessagePropagator;

    use super::*;

    fn patch(headers: &[(&str, &str)]) -> HeaderPatch {
        let mut patch = HeaderPatch::default();
        for (name, value) in headers {
            patch.set(name, (*value).to_owned());
        }
        patch
    }

    /// What the client would write.
    fn wire(headers: &[(&str, &str)]) -> usize {
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("NATS/1.0\r\n{}\r\n", lines.concat()).len()
    }

    fn map(headers: &[(&str, &str)]) -> Option<HeaderMap> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, *value);
        }
        (!map.is_empty()).then_some(map)
    }

    #[test]
    fn a_patch_fits_to_the_byte() {
        let (tenant, b3) = (("tenant", "a"), ("b3", "0"));
        for (before, expected) in [(vec![], vec![b3]), (vec![tenant, ("B3", "stale")], vec![tenant, b3])] {
            let mut headers = map(&before);
            let room = wire(&expected);
            let apply = |headers: &mut _, room| apply(headers, &patch(&[b3]), Room::Bytes(room));
            assert!(apply(&mut headers, room - 1).is_err());
            assert_eq!(headers, map(&before));
            apply(&mut headers, room).unwrap();
            assert_eq!(headers, map(&expected));
        }
    }

    #[test]
    fn a_refusal_says_of_what_kind_it_is() {
        let long = "x".repeat(100);
        for (header, room, kind) in [
            (("b 3", "0"), Room::Unlimited, CarrierErrorKind::Name),
            (("b3", "0\r\n"), Room::Unlimited, CarrierErrorKind::Value),
            (("b3", &*long), Room::Bytes(50), CarrierErrorKind::Room),
            (("b3", "0"), Room::None, CarrierErrorKind::NoHeaders),
        ] {
            let refused = apply(&mut None, &patch(&[header]), room).unwrap_err();
            assert_eq!((refused.kind(), refused.header()), (kind, header.0), "{refused}");
        }
    }

    /// A propagator that owns a header and writes none.
    #[derive(Debug)]
    struct Silent([String; 1]);

    impl TextMapPropagator for Silent {
        fn inject_context(&self, _: &Context, _: &mut dyn Injector) {}

        fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
            cx.clone()
        }

        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&self.0)
        }
    }

    #[test]
    fn what_only_removes_is_never_refused() {
        let propagator = MessagePropagator::builder().other(Silent(["b3".to_owned()])).build();
        let (patch, _) = propagator.patch(&SpanContext::NONE, &Context::new());
        let mut headers = map(&[("b3", "stale"), ("tag", "1"), ("tag", "2")]);
        apply(&mut headers, &patch, Room::None).unwrap();
        assert_eq!(headers, map(&[("tag", "1"), ("tag", "2")]));
    }

    #[test]
    fn debug_prints_names_and_no_values() {
        let mut headers = HeaderMap::new();
        headers.insert("tenant", "secret");
        assert_eq!(format!("{:?}", NatsHeaders(&headers)), "[\"tenant\"]");
        assert_eq!(format!("{:?}", NatsHeadersMut(&mut Some(headers))), "Some([\"tenant\"])");
    }

    proptest! {
        #[test]
        fn names_and_values_are_checked_by_the_clients_rules(text in "\\PC*|[a-z: \r\n\0é]*") {
            prop_assert_eq!(is_name(&text), !text.is_empty() && HeaderName::from_str(&text).is_ok());
            prop_assert_eq!(check_value(text.as_bytes()).is_ok(), HeaderValue::from_str(&text).is_ok());
        }

        #[test]
        fn lookups_never_panic(name in "\\PC*|[a-z: \r\n\0é]*") {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", "x");
            let mut count = 0;
            NatsHeaders(&headers).values(&name, &mut |_| count += 1);
            prop_assert_eq!(count, usize::from(name == "traceparent"));
        }
    }
}
