//! The names of context headers, by format. They are written down once more here: what core says of itself is what is tried.

use tracehop::Format;

/// What stands before the names of an event's attributes.
const CLOUD_EVENTS: [&str; 4] = ["ce_", "ce-", "cloudEvents_", "cloudEvents:"];

/// What stands before the key of a member of Jaeger's baggage.
const BAGGAGE_OF_JAEGER: &str = "uberctx-";

/// The headers of one format.
pub(crate) struct ContextNames {
    pub(crate) whole: &'static [&'static str],
    /// Beginnings of names.
    prefixes: &'static [&'static str],
}

impl ContextNames {
    pub(crate) fn of(format: Format) -> Self {
        const fn whole(whole: &'static [&'static str]) -> ContextNames {
            ContextNames { whole, prefixes: &[] }
        }
        match format {
            Format::TraceContext | Format::Binary => whole(&["traceparent", "tracestate"]),
            Format::Baggage => whole(&["baggage"]),
            Format::B3 | Format::B3Multi => whole(&[
                "b3",
                "x-b3-traceid",
                "x-b3-spanid",
                "x-b3-sampled",
                "x-b3-flags",
                "x-b3-parentspanid",
            ]),
            Format::Jaeger => Self { whole: &["uber-trace-id"], prefixes: &[BAGGAGE_OF_JAEGER] },
            Format::XRay => whole(&["x-amzn-trace-id"]),
            Format::Datadog => whole(&[
                "x-datadog-trace-id",
                "x-datadog-parent-id",
                "x-datadog-sampling-priority",
                "x-datadog-tags",
            ]),
            Format::Elastic => whole(&["elasticapmtraceparent"]),
            // The context of an origin: see `is_of_origin`.
            Format::CloudEvents => whole(&[]),
            other => unreachable!("{other} has no line here"),
        }
    }

    /// Whether a header is one of the format, in any letter case.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.whole.iter().any(|own| own.as_bytes().eq_ignore_ascii_case(name))
            || self.prefixes.iter().any(|prefix| begins(name, prefix))
    }
}

/// Whether a header tells of the origin of an event, in any letter case.
pub(crate) fn is_of_origin(name: &[u8]) -> bool {
    let is = |attribute: &[u8]| ["traceparent", "tracestate"].iter().any(|own| is_name(attribute, own));
    CLOUD_EVENTS.iter().any(|prefix| begins(name, prefix) && name.get(prefix.len()..).is_some_and(is))
}

/// Whether a header is one of a format that is built in.
pub(crate) fn is_of_any(name: &[u8]) -> bool {
    is_of_origin(name) || Format::ALL.into_iter().any(|format| ContextNames::of(format).has(name))
}

pub(crate) fn is_baggage_of_jaeger(name: &[u8]) -> bool {
    begins(name, BAGGAGE_OF_JAEGER)
}

/// Whether it is this name in any letter case.
pub(crate) fn is_name(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

fn begins(name: &[u8], prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}
