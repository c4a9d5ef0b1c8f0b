//! The list of the propagators that are tried.

use std::sync::LazyLock;

use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tracehop::Format::{
    self as Named, B3, B3Multi, Baggage, Binary, CloudEvents, Datadog, Elastic, Jaeger, TraceContext, XRay,
};

use crate::format::{Format, Setup};

const W3C: [Named; 2] = [TraceContext, Baggage];

/// The name under which `traceparent` is read too where a line says so.
pub(crate) const ALIAS: &str = "Xraceparent";

fn is_even(key: &str) -> bool {
    key.len().is_multiple_of(2)
}

fn is_odd(key: &str) -> bool {
    !is_even(key)
}

/// A new format is a line of `Format::ALL` in core; another way to combine them is a line here.
static ALL: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let (all, w3c) = (Setup::of(&Named::ALL), Setup::w3c);
    let reversed: Vec<Named> = Named::ALL.into_iter().rev().collect();
    let natives = || Named::ALL.into_iter().filter(|format| !W3C.contains(format));
    let mut setups = vec![
        w3c(),
        w3c().reject(),
        Setup::of(&[TraceContext]),
        Setup::of(&[Baggage]),
        w3c().baggage_in(is_even),
        w3c().baggage_out(is_odd),
        w3c().alias(ALIAS),
        w3c().small(0),
        w3c().small(100),
    ];
    for native in natives() {
        setups.push(Setup::of(&[native]));
        setups.push(Setup::of(&[native, TraceContext, Baggage]));
        setups.push(Setup::of(&[Baggage, native, TraceContext]));
        setups.push(Setup::of(&[TraceContext, Baggage, native]));
        // The end of a migration to the W3C's format, and the beginning of one from it.
        setups.push(Setup::of(&[native, TraceContext, Baggage]).write(&W3C));
        setups.push(Setup::of(&W3C).write(&[native, TraceContext, Baggage]));
    }
    setups.extend([
        all,
        Setup::of(&reversed),
        Setup::of(&Named::ALL).write(&W3C),
        w3c().write(&Named::ALL),
        Setup::of(&Named::ALL).small(0),
        Setup::of(&reversed).small(200).alias(ALIAS),
        Setup::of(&[B3, TraceContext, Jaeger, Baggage]).alias(ALIAS).reject(),
        Setup::of(&[Jaeger, Elastic, TraceContext]).baggage_in(is_even).baggage_out(is_odd),
        Setup::of(&[Jaeger]).baggage_in(is_odd).baggage_out(is_even).reject(),
        Setup::of(&[Jaeger]).small(100),
        Setup::of(&[B3, XRay, Datadog]).small(0),
        Setup::of(&[CloudEvents, B3Multi]).write(&[Binary, B3]).alias(ALIAS),
        Setup::of(&[]).other(TraceContextPropagator::new, true),
        Setup::of(&[]).other(BaggagePropagator::new, false),
        w3c().other(TraceContextPropagator::new, true).other(BaggagePropagator::new, false),
        Setup::of(&[B3, Jaeger]).other(TraceContextPropagator::new, true),
    ]);
    setups.into_iter().map(Setup::build).collect()
});

/// The format of this number.
pub(crate) fn choose(number: u8) -> &'static Format {
    ALL.get(usize::from(number) % ALL.len()).unwrap_or_else(|| unreachable!("the list is not empty"))
}

/// How many there are.
pub(crate) fn count() -> usize {
    ALL.len()
}
