//! Kafka's headers as carriers.

use std::ffi::CString;

use rdkafka::message::{BorrowedHeaders, Header, OwnedHeaders};
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch};

use crate::ffi;

/// The headers of a message that was got, or of one to be sent.
///
/// Names are looked up by librdkafka, so a header whose *name* is not UTF-8 does no harm; rdkafka's own iteration
/// panics on it. Null values are passed over, repeated names keep their order.
///
/// ```
/// use rdkafka::message::{Header, OwnedHeaders};
/// use tracehop::MessagePropagator;
/// use tracehop_kafka::KafkaHeaders;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(value) });
/// let extracted = MessagePropagator::default().extract(&KafkaHeaders(headers.as_borrowed()));
/// assert_eq!(extracted.creation.to_string(), value);
/// ```
#[derive(Clone, Copy)]
pub struct KafkaHeaders<'a>(pub &'a BorrowedHeaders);

impl std::fmt::Debug for KafkaHeaders<'_> {
    /// Prints the names only: values may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_list();
        ffi::for_each(self.0, |name, _| {
            list.entry(&String::from_utf8_lossy(name));
        });
        list.finish()
    }
}

impl Carrier for KafkaHeaders<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        ffi::for_each_value(self.0, name, f);
    }

    fn names(&self, f: &mut dyn FnMut(&str)) {
        ffi::for_each(self.0, |name, _| {
            if let Ok(name) = std::str::from_utf8(name) {
                f(name);
            }
        });
    }

    fn aliases(&self) -> &'static [&'static str] {
        // The binary header of Elastic's older agents.
        &["elasticapmtraceparent"]
    }
}

/// The headers of a record to be sent: the `headers` field of rdkafka's records.
///
/// ```
/// use opentelemetry::Context;
/// use rdkafka::producer::FutureRecord;
/// use tracehop::{CreationContext, MessagingTracer};
/// use tracehop_kafka::KafkaHeadersMut;
///
/// let stored: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// let mut record = FutureRecord::<str, str>::to("orders");
/// MessagingTracer::global().inject_context(&stored.to_context(), &mut KafkaHeadersMut(&mut record.headers))?;
/// assert!(record.headers.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KafkaHeadersMut<'a>(pub &'a mut Option<OwnedHeaders>);

impl KafkaHeadersMut<'_> {
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

impl CarrierMut for KafkaHeadersMut<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        check(patch)?;
        let stale = self.0.as_ref().map(|headers| owned_names(headers, patch)).unwrap_or_default();
        apply(self.0, &stale, patch);
        Ok(())
    }
}

/// librdkafka's names are C strings: it would cut one with a zero byte short, to another name.
fn check(patch: &HeaderPatch) -> Result<(), CarrierError> {
    match patch.names().find(|name| name.contains('\0')) {
        Some(name) => Err(CarrierError::refused(name.to_owned(), "a name cannot hold a zero byte")),
        None => Ok(()),
    }
}

/// Room for `traceparent`, `tracestate` and `baggage`.
const CONTEXT_HEADERS: usize = 3;

/// Removes the headers named `stale` and appends those of `patch`.
fn apply(headers: &mut Option<OwnedHeaders>, stale: &[CString], patch: &HeaderPatch) {
    let mut edited = headers.take().unwrap_or_else(|| OwnedHeaders::new_with_capacity(CONTEXT_HEADERS));
    for name in stale {
        ffi::remove(&mut edited, name);
    }
    *headers = Some(
        patch
            .headers()
            .fold(edited, |list, (name, value)| list.insert(Header { key: name, value: Some(value) })),
    );
}

/// The names in `headers` that `patch` replaces. It allocates only if there are any.
fn owned_names(headers: &OwnedHeaders, patch: &HeaderPatch) -> Vec<CString> {
    let mut names = Vec::new();
    ffi::for_each(headers.as_borrowed(), |name, _| {
        if patch.owns(name) && !names.iter().any(|known: &CString| known.as_bytes() == name) {
            names.extend(CString::new(name));
        }
    });
    names
}

/// How to take an injection back, so that a record that was not sent is returned as it was given.
#[derive(Debug, Default)]
pub(crate) enum Undo {
    /// Nothing was written.
    #[default]
    Nothing,
    /// There were so many headers; all after them are ours.
    Truncate(usize),
    /// Headers were replaced: these are the user's.
    Restore(OwnedHeaders),
}

impl Undo {
    pub(crate) fn undo(self, headers: &mut Option<OwnedHeaders>) {
        match self {
            Self::Nothing => {}
            Self::Truncate(0) => *headers = None,
            Self::Truncate(kept) => headers.iter_mut().for_each(|headers| truncate(headers, kept)),
            Self::Restore(original) => *headers = Some(original),
        }
    }
}

fn truncate(headers: &mut OwnedHeaders, kept: usize) {
    let mut index = 0;
    let mut ours = Vec::new();
    ffi::for_each(headers.as_borrowed(), |name, _| {
        if index >= kept {
            ours.extend(CString::new(name));
        }
        index += 1;
    });
    // None of these names stood among the kept ones, else the original would have been saved.
    for name in ours {
        ffi::remove(headers, &name);
    }
}

/// [`KafkaHeadersMut`] that remembers how to take the injection back.
pub(crate) struct Undoable<'a> {
    pub(crate) headers: &'a mut Option<OwnedHeaders>,
    pub(crate) undo: Undo,
}

impl Carrier for Undoable<'_> {
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        if let Some(headers) = self.headers.as_ref() {
            ffi::for_each_value(headers.as_borrowed(), name, f);
        }
    }
}

impl CarrierMut for Undoable<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        check(patch)?;
        let mut stale = Vec::new();
        self.undo = match self.headers.as_ref() {
            None => Undo::Truncate(0),
            Some(headers) => {
                stale = owned_names(headers, patch);
                match ffi::count(headers.as_borrowed()) {
                    // A record with an empty list is given back with an empty list.
                    0 => Undo::Restore(OwnedHeaders::new()),
                    kept if stale.is_empty() => Undo::Truncate(kept),
                    _ => Undo::Restore(headers.clone()),
                }
            }
        };
        apply(self.headers, &stale, patch);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceContextExt;
    use tracehop::{CreationContext, MessagePropagator};

    use super::*;

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

    fn names(headers: Option<&OwnedHeaders>) -> Option<Vec<String>> {
        headers.map(|headers| {
            let mut names = Vec::new();
            ffi::for_each(headers.as_borrowed(), |name, value| {
                names.push(format!("{}={value:?}", String::from_utf8_lossy(name)));
            });
            names
        })
    }

    fn user(headers: &[&str]) -> OwnedHeaders {
        headers
            .iter()
            .fold(OwnedHeaders::new(), |list, name| list.insert(Header { key: name, value: Some("user's") }))
    }

    #[test]
    fn an_injection_that_is_taken_back_leaves_no_trace() {
        use opentelemetry::propagation::Injector;

        let mut patch = HeaderPatch::default();
        patch.set("b3", "0".to_owned());
        for original in [None, Some(user(&[])), Some(user(&["a", "c"])), Some(user(&["a", "B3", "c", "b3"]))]
        {
            let mut headers = original.clone();
            let mut carrier = Undoable { headers: &mut headers, undo: Undo::Nothing };
            carrier.apply(&patch).unwrap();
            let undo = carrier.undo;
            assert_ne!(names(headers.as_ref()), names(original.as_ref()));
            undo.undo(&mut headers);
            assert_eq!(names(headers.as_ref()), names(original.as_ref()));
        }
    }
}
