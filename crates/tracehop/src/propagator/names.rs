//! Names in another letter case.

use crate::Carrier;
use crate::patch::{BAGGAGE, TRACEPARENT, TRACESTATE};

/// How a message spells the names, where it is not as the specification does.
#[derive(Default)]
pub(super) struct Names {
    pub(super) traceparent: Option<String>,
    pub(super) tracestate: Option<String>,
    pub(super) baggage: Option<String>,
}

impl Names {
    pub(super) fn in_another_case(carrier: &(impl Carrier + ?Sized)) -> Self {
        let mut names = Self::default();
        let mut exact_tracestate = false;
        let mut exact_baggage = false;
        carrier.names(&mut |name| {
            let spelling = |slot: &mut Option<String>, exact: &mut bool, standard: &str| {
                if name == standard {
                    *exact = true;
                } else if slot.is_none() && name.eq_ignore_ascii_case(standard) {
                    *slot = Some(name.to_owned());
                }
            };
            // Comparing lengths first keeps the walk over ordinary headers cheap.
            match name.len() {
                11 => spelling(&mut names.traceparent, &mut false, TRACEPARENT),
                10 => spelling(&mut names.tracestate, &mut exact_tracestate, TRACESTATE),
                7 => spelling(&mut names.baggage, &mut exact_baggage, BAGGAGE),
                _ => {}
            }
        });
        names.tracestate = names.tracestate.filter(|_| !exact_tracestate);
        names.baggage = names.baggage.filter(|_| !exact_baggage);
        names
    }
}
