//! Taking an injection back.

use std::ffi::CString;

use rdkafka::message::OwnedHeaders;
use tracehop::{Carrier, CarrierError, CarrierMut, HeaderPatch, Transport};

use crate::carrier::{Stale, TRANSPORT, apply, check};
use crate::ffi;

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
    // None of these names stood among the kept ones, nor a twin of one, else the original would have been saved.
    for name in ours {
        ffi::remove(headers, &name);
    }
}

/// [`KafkaHeadersMut`] that remembers how to take the injection back.
pub(crate) struct UndoableHeaders<'a> {
    pub(crate) headers: &'a mut Option<OwnedHeaders>,
    pub(crate) undo: Undo,
}

impl Carrier for UndoableHeaders<'_> {
    #[inline]
    fn transport(&self) -> Transport {
        TRANSPORT
    }

    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        if let Some(headers) = self.headers.as_ref() {
            ffi::for_each(headers.as_borrowed(), f);
        }
    }
}

impl CarrierMut for UndoableHeaders<'_> {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        check(patch)?;
        let mut stale = Stale::None;
        self.undo = match self.headers.as_ref() {
            None => Undo::Truncate(0),
            Some(headers) => {
                stale = Stale::of(headers, patch);
                match ffi::count(headers.as_borrowed()) {
                    // A record with an empty list is given back with an empty list.
                    0 => Undo::Restore(OwnedHeaders::new()),
                    kept if matches!(stale, Stale::None) => Undo::Truncate(kept),
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
    use rdkafka::message::Header;

    use super::*;

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

    fn check(original: Option<&OwnedHeaders>) {
        use opentelemetry::propagation::Injector;

        let mut patch = HeaderPatch::default();
        patch.set("b3", "0".to_owned());
        let mut headers = original.cloned();
        let mut carrier = UndoableHeaders { headers: &mut headers, undo: Undo::Nothing };
        carrier.apply(&patch).unwrap();
        let undo = carrier.undo;
        assert_ne!(names(headers.as_ref()), names(original));
        undo.undo(&mut headers);
        assert_eq!(names(headers.as_ref()), names(original));
    }

    #[test]
    fn an_injection_that_is_taken_back_leaves_no_trace() {
        for original in [None, Some(user(&[])), Some(user(&["a", "c"])), Some(user(&["a", "B3", "c", "b3"]))]
        {
            check(original.as_ref());
        }
    }

    #[test]
    fn a_name_with_a_zero_byte_is_not_taken_back_with_ours() {
        for others in [&["b3\0x"][..], &["b3\0x", "b3"], &["a", "B3\0"], &["b3\0", "a\0", "B3", "b3"]] {
            check(Some(&user(others)));
        }
    }
}
