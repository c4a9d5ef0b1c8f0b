//! Maps, whose names have no order.

use tracehop::{Carrier, CreationContext, Problem, Transport as Traits};

use super::stored::members;
use crate::format::Format;
use crate::transports::{Held, Transport};

/// The headers of a map from its last name to its first one. The values of one name keep their order.
struct Reversed {
    headers: Vec<Held>,
    traits: Traits,
}

impl Reversed {
    fn of(carrier: &impl Carrier) -> Self {
        let mut names: Vec<Vec<Held>> = Vec::new();
        carrier.for_each(&mut |name, value| {
            let header = (name.to_vec(), value.map(<[u8]>::to_vec));
            match names.iter_mut().find(|values| values.first().is_some_and(|(known, _)| known == name)) {
                Some(values) => values.push(header),
                None => names.push(vec![header]),
            }
        });
        Self { headers: names.into_iter().rev().flatten().collect(), traits: carrier.transport() }
    }
}

impl Carrier for Reversed {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.headers.iter().for_each(|(name, value)| f(name, value.as_deref()));
    }

    fn transport(&self) -> Traits {
        self.traits
    }
}

/// A map that shows its headers in this order.
#[cfg(test)]
pub(super) fn as_map(headers: &tracehop::MemoryHeaders) -> impl Carrier + use<> {
    let headers = headers.iter().map(|(name, value)| (name.into(), value.map(<[u8]>::to_vec)));
    Reversed { headers: headers.collect(), traits: Traits::MAP }
}

/// Two maps that hold the same say the same, in whatever order they show it.
pub(super) fn says_the_same<T: Transport>(format: &Format, headers: &T) {
    let carrier = headers.carrier();
    if carrier.transport().keeps_order || !format.is_own() {
        return;
    }
    let reversed = Reversed::of(&carrier);
    let (one, other) = (format.propagator.extract(&carrier), format.propagator.extract(&reversed));
    if one.problems.contains(Problem::ValuesSkipped) {
        // The first ones count, and which are the first ones of a map nobody knows.
        return;
    }
    let span = |creation: &CreationContext| (creation.trace_id(), creation.span_id(), creation.is_sampled());
    assert_eq!(span(&one.creation), span(&other.creation), "read in another order");
    assert_eq!(one.creation.tracestate(), other.creation.tracestate(), "read in another order");
    // Members that have headers of their own have no order.
    assert_eq!(members(&one.creation), members(&other.creation), "read in another order");
    assert_eq!(one.problems, other.problems, "read in another order");
    assert_eq!(format.propagator.origin(&carrier), format.propagator.origin(&reversed), "the origin");
}
