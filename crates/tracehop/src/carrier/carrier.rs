//! The read side of one message's headers.

use super::{Initials, Transport};

/// The read side of one message's headers.
///
/// A carrier shows its headers and nothing else. Which names are wanted, what a repeated, empty, oversized or malformed
/// value means, and that letter case does not matter, are the propagator's rules: they are the same over every carrier.
/// An implementation is a few lines:
///
/// ```
/// use tracehop::{Carrier, MessagePropagator};
///
/// struct Headers(Vec<(String, Vec<u8>)>);
///
/// impl Carrier for Headers {
///     fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
///         self.0.iter().for_each(|(name, value)| f(name.as_bytes(), Some(value)));
///     }
/// }
///
/// let value = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_vec();
/// let headers = Headers(vec![("Traceparent".into(), value)]);
/// let extracted = MessagePropagator::default().extract(&headers);
/// assert_eq!(extracted.creation.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// ```
pub trait Carrier {
    /// Calls `f` with the name and the value of each header, in the order in which they stand in the message.
    ///
    /// Names are bytes, because some transports do not ask for UTF-8. The value is `None` if it is null, or if it is of a
    /// type that cannot hold text. A header with several values is several headers. A map, which keeps no order among its
    /// names, calls `f` in any order of the names.
    ///
    /// This is the one way to read: the propagator finds all that it wants in one walk.
    #[expect(
        clippy::type_complexity,
        reason = "it is what it is for authors of carriers: a name and a value"
    )]
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>));

    /// [`for_each`](Self::for_each) of those headers whose name begins with one of `initials`; others may be left out. A
    /// carrier keeps the default, which leaves none out, unless reading a name costs something.
    #[expect(clippy::type_complexity, reason = "as for `for_each`")]
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        let _ = initials;
        self.for_each(f);
    }

    /// What the transport is known to do to headers. Default: they are a list, and nothing is known.
    #[inline]
    fn transport(&self) -> Transport {
        Transport::LIST
    }

    /// Calls `f` with each value stored under exactly `name`, oldest first. A null value is not a value.
    ///
    /// ```
    /// use tracehop::{Carrier, MemoryHeaders};
    ///
    /// let headers = MemoryHeaders::from_iter([("tenant", Some("a")), ("tenant", None), ("tenant", Some("b"))]);
    /// let mut seen = Vec::new();
    /// headers.values("tenant", &mut |value| seen.push(value.to_vec()));
    /// assert_eq!(seen, [b"a", b"b"]);
    /// ```
    fn values(&self, name: &str, f: &mut dyn FnMut(&[u8])) {
        self.for_each(&mut |key, value| {
            if let Some(value) = value.filter(|_| key == name.as_bytes()) {
                f(value);
            }
        });
    }
}

impl<C: Carrier + ?Sized> Carrier for &C {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        (**self).for_each(f);
    }
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        (**self).for_each_beginning(initials, f);
    }
    #[inline]
    fn transport(&self) -> Transport {
        (**self).transport()
    }
}

impl<C: Carrier + ?Sized> Carrier for &mut C {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        (**self).for_each(f);
    }
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        (**self).for_each_beginning(initials, f);
    }
    #[inline]
    fn transport(&self) -> Transport {
        (**self).transport()
    }
}

/// `None` is a message without headers.
impl<C: Carrier> Carrier for Option<C> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        if let Some(carrier) = self {
            carrier.for_each(f);
        }
    }
    fn for_each_beginning(&self, initials: Initials, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        if let Some(carrier) = self {
            carrier.for_each_beginning(initials, f);
        }
    }
    #[inline]
    fn transport(&self) -> Transport {
        self.as_ref().map_or(Transport::LIST, Carrier::transport)
    }
}
