//! Kafka's headers as carriers.

use std::ffi::CString;

use rdkafka::message::{BorrowedHeaders, Header, OwnedHeaders};
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderNames, HeaderPatch, Initials, Transport,
};

use crate::ffi;

/// The binary header of Elastic's older agents.
const ALIASES: &[&str] = &["elasticapmtraceparent"];

/// What Kafka does to headers.
pub(crate) const TRANSPORT: Transport = Transport::LIST.with_aliases(ALIASES).with_cloud_events_prefix("ce_");

/// The headers of a message that was got, or of one to be sent.
///
/// Names are bytes, so a header whose *name* is not UTF-8 does no harm; rdkafka's own iteration panics on it. Nulls are
/// shown as such, and repeated names keep their order.
///
/// ```
/// use rdkafka::message::{Header, OwnedHeaders};
/// use tracehop::MessagePropagator;
/// use tracehop_kafka::KafkaHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(value) });
/// let extracted = MessagePropagator::default().extract(&KafkaHeaders::new(headers.as_borrowed()));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct KafkaHeaders<'a>(pub(crate) &'a BorrowedHeaders);

impl<'a> KafkaHeaders<'a> {
    /// These headers.
    pub fn new(headers: &'a BorrowedHeaders) -> Self {
        Self(headers)
    }
}

impl std::fmt::Debug for KafkaHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        HeaderNames(self).fmt(f)
    }
}

impl Carrier for KafkaHeaders<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        ffi::for_each(self.0, f);
    }

    #[inline]
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        ffi::for_each_beginning(self.0, |byte| initials.contains(byte), f);
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

/// The headers of a message, which may have none. It is read for each message that is received; of the carrier that any `Option` of
/// one is, the compiler makes a call for each header.
pub(crate) struct MessageHeaders<'a>(pub(crate) Option<&'a BorrowedHeaders>);

impl Carrier for MessageHeaders<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        if let Some(headers) = self.0 {
            ffi::for_each(headers, f);
        }
    }

    #[inline]
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        if let Some(headers) = self.0 {
            ffi::for_each_beginning(headers, |byte| initials.contains(byte), f);
        }
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

/// The headers of a record to be sent: the `headers` field of rdkafka's records.
///
/// ```
/// use rdkafka::producer::FutureRecord;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_kafka::KafkaHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut record = FutureRecord::<str, str>::to("orders");
/// MessagingTracer::global().inject_creation(&stored, &mut KafkaHeadersMut::new(&mut record.headers))?;
/// assert!(record.headers.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KafkaHeadersMut<'a>(pub(crate) &'a mut Option<OwnedHeaders>);

impl<'a> KafkaHeadersMut<'a> {
    /// The headers of a record, which may have none.
    pub fn new(headers: &'a mut Option<OwnedHeaders>) -> Self {
        Self(headers)
    }

    fn read(&self) -> Option<KafkaHeaders<'_>> {
        self.0.as_ref().map(|headers| KafkaHeaders(headers.as_borrowed()))
    }
}

impl std::fmt::Debug for KafkaHeadersMut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.read().fmt(f)
    }
}

impl Carrier for KafkaHeadersMut<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.read().for_each(f);
    }

    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.read().for_each_beginning(initials, f);
    }

    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }
}

impl CarrierMut for KafkaHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        check(patch)?;
        let stale = self.0.as_ref().map(|headers| Stale::of(headers, patch)).unwrap_or_default();
        apply(self.0, &stale, patch);
        Ok(())
    }
}

/// librdkafka's names are C strings: it would cut one with a zero byte short, to another name.
pub(crate) fn check(patch: &HeaderPatch) -> Result<(), CarrierError> {
    match patch.other_names().find(|name| name.contains('\0')) {
        Some(name) => {
            Err(CarrierError::new(CarrierErrorKind::Name, name.to_owned(), "a name cannot hold a zero byte"))
        }
        None => Ok(()),
    }
}

/// Room for `traceparent`, `tracestate` and `baggage`.
const CONTEXT_HEADERS: usize = 3;

/// Which headers a patch replaces.
#[derive(Default)]
pub(crate) enum Stale {
    #[default]
    None,
    /// None, but a header whose name is an owned one up to a zero byte: librdkafka would remove it with ours.
    Twin,
    /// So few headers that each of their names can be removed: librdkafka walks over all headers for it.
    Few(Vec<CString>),
    /// More, or a twin beside them. No honest client writes either.
    Many,
}

impl Stale {
    const FEW: usize = 8;

    /// It allocates only if there are any.
    pub(crate) fn of(headers: &OwnedHeaders, patch: &HeaderPatch) -> Self {
        let (mut count, mut has_twin) = (0, false);
        let mut names = Vec::new();
        ffi::for_each_with_c_name(headers.as_borrowed(), |name, c_name, _| {
            if patch.owns(name) {
                count += 1;
                if count <= Self::FEW && !names.iter().any(|known: &CString| known.as_bytes() == name) {
                    match CString::new(name) {
                        Ok(name) => names.push(name),
                        // It is owned by how it begins. librdkafka would remove what C takes for it, and not this one.
                        Err(_) => has_twin = true,
                    }
                }
            } else if name.len() != c_name.len() {
                has_twin = has_twin || patch.owns(c_name);
            }
        });
        match count {
            0 if has_twin => Self::Twin,
            0 => Self::None,
            1..=Self::FEW if !has_twin => Self::Few(names),
            _ => Self::Many,
        }
    }
}

/// Removes the `stale` headers and appends those of `patch`. It takes linear time, whatever the headers are.
///
/// Of a header with a null value librdkafka does not tell how long its name is. So `traceparent\0x` with a null value is taken for
/// `traceparent`, and replaced; and where headers are many, or have twins, a null header is copied under its name up to a zero
/// byte.
pub(crate) fn apply(headers: &mut Option<OwnedHeaders>, stale: &Stale, patch: &HeaderPatch) {
    let mut edited = headers.take().unwrap_or_else(|| OwnedHeaders::new_with_capacity(CONTEXT_HEADERS));
    match stale {
        Stale::None | Stale::Twin => {}
        Stale::Few(names) => names.iter().for_each(|name| ffi::remove(&mut edited, name)),
        Stale::Many => edited = ffi::copy_if(edited.as_borrowed(), |name| !patch.owns(name)),
    }
    *headers = Some(
        patch
            .headers()
            .fold(edited, |list, (name, value)| list.insert(Header { key: name, value: Some(value) })),
    );
}

/// A copy of the headers for a message that gets another context: without those that tell of the old one in a form that only is
/// read, never written.
pub(crate) fn copy_without_aliases(headers: &BorrowedHeaders) -> OwnedHeaders {
    let is_alias = |name: &[u8]| ALIASES.iter().any(|alias| alias.as_bytes() == name);
    let mut has_alias = false;
    ffi::for_each(headers, |name, _| has_alias |= is_alias(name));
    if has_alias { ffi::copy_if(headers, |name| !is_alias(name)) } else { headers.detach() }
}

#[cfg(test)]
mod tests {
    use opentelemetry::propagation::Injector;
    use opentelemetry::trace::TraceContextExt;
    use tracehop::{CreationContext, MessagePropagator};

    use super::*;

    #[test]
    fn a_name_with_a_zero_byte_is_refused_for_its_name() {
        let mut patch = HeaderPatch::default();
        patch.set("b3\0", "0".to_owned());
        let refused = KafkaHeadersMut(&mut None).apply(&patch).unwrap_err();
        assert_eq!((refused.kind(), refused.header()), (CarrierErrorKind::Name, "b3\0"));
    }

    #[test]
    fn a_header_name_that_is_not_utf8_does_no_harm() {
        let stored = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = OwnedHeaders::new();
        ffi::push(&mut headers, b"\xff\xfe", Some(b"before"));
        let headers = headers.insert(Header { key: "traceparent", value: Some(stored) });
        let creation = MessagePropagator::default().extract(&KafkaHeaders(headers.as_borrowed())).creation;
        assert_eq!(creation.to_string(), stored);

        // A relay copies such a message: its own context replaces the stale one, and the odd header goes along.
        let other: CreationContext =
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01".parse().unwrap();
        let cx = other.to_context();
        let (patch, _) = MessagePropagator::default().patch(cx.span().span_context(), &cx);
        let mut record = Some(headers);
        KafkaHeadersMut(&mut record).apply(&patch).unwrap();
        assert_eq!(MessagePropagator::default().extract(&KafkaHeadersMut(&mut record)).creation, other);
        let mut names = Vec::new();
        ffi::for_each(record.as_ref().unwrap().as_borrowed(), |name, _| names.push(name.to_vec()));
        assert_eq!(names, [b"\xff\xfe".to_vec(), b"traceparent".to_vec()]);
    }

    const STORED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    type Listed = (Vec<u8>, Option<Vec<u8>>);

    fn list(headers: &[(&[u8], Option<&[u8]>)]) -> OwnedHeaders {
        let mut list = OwnedHeaders::new();
        for (name, value) in headers {
            ffi::push(&mut list, name, *value);
        }
        list
    }

    fn listed(headers: &OwnedHeaders) -> Vec<Listed> {
        let mut listed = Vec::new();
        ffi::for_each(headers.as_borrowed(), |name, value| {
            listed.push((name.to_vec(), value.map(<[u8]>::to_vec)));
        });
        listed
    }

    #[test]
    fn a_name_with_a_zero_byte_is_another_header() {
        let stored = Some(STORED.as_bytes());
        let twin: (&[u8], _) = (b"traceparent\0x", stored);
        let ended: (&[u8], _) = (b"TraceParent\0", stored);
        let tenant: (&[u8], _) = (b"tenant\0eu", Some(&b"a"[..]));
        let mut patch = HeaderPatch::default();
        patch.set("traceparent", "mine".to_owned());
        let own: Listed = (b"traceparent".to_vec(), Some(b"mine".to_vec()));
        for (headers, context, kept) in [
            (vec![twin], false, vec![twin]),
            (vec![ended, tenant], false, vec![ended, tenant]),
            (vec![(b"traceparent", None), twin, tenant], false, vec![twin, tenant]),
            (vec![tenant, (b"traceparent", Some(b"")), twin], false, vec![tenant, twin]),
            (vec![twin, (b"traceparent", stored), ended], true, vec![twin, ended]),
            (vec![(b"traceparent", Some(b"garbage")), twin], false, vec![twin]),
            (
                vec![(b"\0traceparent", stored), (b"", stored)],
                false,
                vec![(b"\0traceparent", stored), (b"", stored)],
            ),
        ] {
            let original = list(&headers);
            let creation =
                MessagePropagator::default().extract(&KafkaHeaders(original.as_borrowed())).creation;
            assert_eq!(creation.is_valid(), context, "{headers:?}");
            let mut edited = Some(original);
            KafkaHeadersMut(&mut edited).apply(&patch).unwrap();
            let mut expected = listed(&list(&kept));
            expected.push(own.clone());
            assert_eq!(listed(&edited.unwrap()), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_null_header_with_a_zero_byte_in_its_name_is_taken_for_what_stands_before_it() {
        let mut patch = HeaderPatch::default();
        patch.set("traceparent", "mine".to_owned());
        let mut edited = Some(list(&[(b"traceparent\0x", None), (b"a", None)]));
        KafkaHeadersMut(&mut edited).apply(&patch).unwrap();
        let expected = list(&[(b"a", None), (b"traceparent", Some(b"mine"))]);
        assert_eq!(listed(&edited.unwrap()), listed(&expected));
    }

    #[test]
    fn a_copy_without_aliases_keeps_names_with_zero_bytes() {
        let alias = (&b"elasticapmtraceparent"[..], Some(&b"1"[..]));
        let others: [(&[u8], Option<&[u8]>); 3] =
            [(b"elasticapmtraceparent\0", Some(b"2")), (b"a\0b", Some(b"")), (b"\0", Some(b"3"))];
        let expected = listed(&list(&others));
        for headers in [others.to_vec(), [&others[..], &[alias]].concat()] {
            assert_eq!(listed(&copy_without_aliases(list(&headers).as_borrowed())), expected);
        }
    }

    #[test]
    fn headers_are_looked_at_no_more_often_because_there_are_many() {
        let mut patch = HeaderPatch::default();
        patch.set("traceparent", "mine".to_owned());
        let many = |mut headers: OwnedHeaders, name: &[u8], value: Option<&[u8]>| {
            for _ in 0..20_000 {
                ffi::push(&mut headers, name, value);
            }
            headers
        };
        let own = (&b"traceparent"[..], Some(&b"1"[..]));
        for (kind, headers) in [
            ("others", many(OwnedHeaders::new(), b"", None)),
            ("one among others", many(list(&[own]), b"", None)),
            ("repeats and others", many(many(OwnedHeaders::new(), own.0, None), b"", None)),
            ("spellings and others", spellings(2_048)),
            ("twins", many(list(&[own]), b"traceparent\0x", own.1)),
            ("twins alone", many(OwnedHeaders::new(), b"TraceParent\0", own.1)),
        ] {
            let count = ffi::count(headers.as_borrowed());
            let mut edited = Some(headers);
            for _ in 0..2 {
                let work = ffi::work::of(|| KafkaHeadersMut(&mut edited).apply(&patch).unwrap());
                assert!(work <= 2 * count + 2, "{kind}: {work} for {count} headers");
            }
        }
    }

    /// So many letter cases of a name, each a different header to librdkafka, and a long tail behind them.
    fn spellings(count: u32) -> OwnedHeaders {
        let mut headers = OwnedHeaders::new();
        for cases in 0..count {
            let spelling: Vec<u8> = (0..)
                .zip(*b"traceparent")
                .map(|(bit, byte)| if cases >> bit & 1 == 1 { byte.to_ascii_uppercase() } else { byte })
                .collect();
            ffi::push(&mut headers, &spelling, None);
        }
        for _ in 0..50_000 {
            ffi::push(&mut headers, b"\xff", Some(b"1"));
        }
        headers
    }

    #[test]
    fn a_context_in_two_thousand_spellings_is_replaced_by_one() {
        let mut patch = HeaderPatch::default();
        patch.set("TraceParent", "mine".to_owned());
        let mut edited = Some(spellings(2_048));
        KafkaHeadersMut(&mut edited).apply(&patch).unwrap();
        let mut names = Vec::new();
        ffi::for_each(edited.unwrap().as_borrowed(), |name, _| names.push(name.to_vec()));
        assert_eq!(names.len(), 50_001);
        assert_eq!(names.last().unwrap(), b"TraceParent");
    }
}
