//! NATS headers as carriers.

use std::str::FromStr;

use async_nats::{HeaderMap, HeaderName, HeaderValue};
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch};

/// The headers of a message that was got.
///
/// Names are compared, never made into the client's header names, which panics if they are not valid ones. The values of
/// a name keep their order; the names have none.
///
/// ```
/// use async_nats::HeaderMap;
/// use tracehop::MessagePropagator;
/// use tracehop_nats::NatsHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let mut headers = HeaderMap::new();
/// headers.insert("traceparent", value);
/// let extracted = MessagePropagator::default().extract(&NatsHeaders(&headers));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct NatsHeaders<'a>(pub &'a HeaderMap);

impl std::fmt::Debug for NatsHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| text(name))).finish()
    }
}

impl Carrier for NatsHeaders<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        // The client would copy and hash the name to look it up; messages have few headers.
        if let Some((_, values)) = self.0.iter().find(|(known, _)| text(known) == name) {
            for value in values {
                f(value.as_str().as_bytes());
            }
        }
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(name, _)| f(text(name)));
    }

    fn aliases(&self) -> &'static [&'static str] {
        // nats-server 2.11 and most of 2.12 rename the header when their own message tracing is on:
        // https://github.com/nats-io/nats-server/issues/7755
        &["Xraceparent"]
    }
}

/// The headers of a message to be sent.
///
/// Names and values that NATS cannot hold are refused, and so is what would make the message larger than the server takes,
/// if a wrapper writes. The client itself panics on a line break in a value.
///
/// ```
/// use async_nats::HeaderMap;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_nats::NatsHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut headers: Option<HeaderMap> = None;
/// MessagingTracer::global().inject_context(&stored.to_context(), &mut NatsHeadersMut(&mut headers))?;
/// assert!(headers.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NatsHeadersMut<'a>(pub &'a mut Option<HeaderMap>);

impl NatsHeadersMut<'_> {
    fn read(&self) -> Option<NatsHeaders<'_>> {
        self.0.as_ref().map(NatsHeaders)
    }
}

impl std::fmt::Debug for NatsHeadersMut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.read().fmt(f)
    }
}

impl Carrier for NatsHeadersMut<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.read().values(name, f);
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.read().names(f);
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.read().aliases()
    }
}

impl CarrierMut for NatsHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        apply(self.0, patch, Room::Any)
    }
}

/// [`NatsHeadersMut`] of a message of which the size is known, and how much the server takes.
pub(crate) struct Bounded<'a> {
    pub(crate) headers: NatsHeadersMut<'a>,
    pub(crate) room: Room,
}

/// How large a block of headers may be.
#[derive(Clone, Copy)]
pub(crate) enum Room {
    Any,
    /// So many bytes at most.
    Bytes(usize),
    /// The server would close the connection.
    None,
}

impl Carrier for Bounded<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.headers.values(name, f);
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        self.headers.names(f);
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.headers.aliases()
    }
}

impl CarrierMut for Bounded<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        apply(self.headers.0, patch, self.room)
    }
}

/// The line that begins a block of headers, and the empty one that ends it.
const FRAME: usize = "NATS/1.0\r\n\r\n".len();

fn apply(headers: &mut Option<HeaderMap>, patch: &HeaderPatch, room: Room) -> Result<(), CarrierError> {
    check(headers.as_ref(), patch, room)?;
    if let Some(headers) = headers.as_mut().filter(|headers| has_strays(headers, patch)) {
        *headers = without_owned(headers, patch);
    }
    for (name, value) in patch.headers() {
        // Both were checked, so none is left out here.
        if let (Ok(name), Ok(value)) = (header_name(name), HeaderValue::from_str(value)) {
            headers.get_or_insert_default().insert(name, value);
        }
    }
    Ok(())
}

/// Whether the patch can be written: nothing may be changed before that is known.
fn check(headers: Option<&HeaderMap>, patch: &HeaderPatch, room: Room) -> Result<(), CarrierError> {
    let mut added = 0;
    for (name, value) in patch.headers() {
        if !is_name(name) {
            let reason = "name is not printable ASCII without a colon";
            return Err(CarrierError::refused(name.to_owned(), reason));
        }
        if !is_value(value) {
            return Err(CarrierError::refused(name.to_owned(), "value has a line break"));
        }
        added += line_len(name, value);
    }
    let kept = || -> usize {
        let headers = headers.into_iter().flat_map(HeaderMap::iter);
        let foreign = headers.filter(|(name, _)| !patch.owns(text(name).as_bytes()));
        foreign
            .flat_map(|(name, values)| values.iter().map(|value| line_len(text(name), value.as_str())))
            .sum()
    };
    let reason = match room {
        Room::Bytes(room) if added > 0 && FRAME + kept() + added > room => {
            "the message would be larger than the server takes"
        }
        Room::None if added > 0 => "the server takes no headers",
        _ => return Ok(()),
    };
    let name = patch.headers().next().map_or_else(String::new, |(name, _)| name.to_owned());
    Err(CarrierError::refused(name, reason))
}

fn line_len(name: &str, value: &str) -> usize {
    name.len() + ": ".len() + value.len() + "\r\n".len()
}

/// Whether there are headers to be removed: those of a name that is written are replaced anyway.
fn has_strays(headers: &HeaderMap, patch: &HeaderPatch) -> bool {
    headers
        .iter()
        .map(|(name, _)| text(name))
        .any(|name| patch.owns(name.as_bytes()) && !patch.headers().any(|(written, _)| written == name))
}

/// The client's map has no way to remove, and making one from an iterator drops repeated values.
fn without_owned(headers: &HeaderMap, patch: &HeaderPatch) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !patch.owns(text(name).as_bytes())) {
        for value in values {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

fn header_name(name: &str) -> Result<HeaderName, async_nats::header::ParseHeaderNameError> {
    // A known name needs no copy.
    Ok(match name {
        "traceparent" => const { HeaderName::from_static("traceparent") },
        "tracestate" => const { HeaderName::from_static("tracestate") },
        "baggage" => const { HeaderName::from_static("baggage") },
        other => HeaderName::from_str(other)?,
    })
}

/// The client's rule, but that it takes the empty name, with which no reader could do anything.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

fn is_value(value: &str) -> bool {
    !value.contains(['\r', '\n'])
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
            let apply = |headers: &mut _, room| {
                Bounded { headers: NatsHeadersMut(headers), room: Room::Bytes(room) }.apply(&patch(&[b3]))
            };
            assert!(apply(&mut headers, room - 1).is_err());
            assert_eq!(headers, map(&before));
            apply(&mut headers, room).unwrap();
            assert_eq!(headers, map(&expected));
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
        Bounded { headers: NatsHeadersMut(&mut headers), room: Room::None }.apply(&patch).unwrap();
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
            prop_assert_eq!(is_value(&text), HeaderValue::from_str(&text).is_ok());
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
