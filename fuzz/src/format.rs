//! One of the propagators that are tried, and what can be expected of it.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceId;
use tracehop::{Budget, Format as Named, MessagePropagator, MessagePropagatorBuilder, Repeats};

use crate::context_names::ContextNames;

const W3C: [Named; 2] = [Named::TraceContext, Named::Baggage];

/// How many bytes may be written unless something else is said.
const WRITTEN_BYTES: usize = 32 * 1_024;

/// Which members of the baggage pass a filter, by key.
pub(crate) type Allowed = fn(&str) -> bool;

/// A propagator, and what can be expected of it.
pub(crate) struct Format {
    pub(crate) propagator: MessagePropagator,
    /// The same without `CloudEvents`: it finds what a hop wrote, and nothing of an origin.
    pub(crate) of_hops: MessagePropagator,
    pub(crate) read: Vec<Named>,
    pub(crate) written: Vec<Named>,
    /// Other names of `traceparent`.
    pub(crate) aliases: Vec<&'static str>,
    /// Names of propagators that are not built in.
    pub(crate) others: Vec<String>,
    /// Whether such propagators write a span, and read it.
    others_have_span: bool,
    /// Whether it is the default one: what is written is then read back to the last byte.
    pub(crate) is_default: bool,
    /// How many bytes of context may be written.
    pub(crate) written_bytes: usize,
    pub(crate) baggage_in: Option<Allowed>,
    pub(crate) baggage_out: Option<Allowed>,
}

impl Format {
    /// Whether the whole of it is tracehop's own. What others write, a transport may refuse, for example a line break.
    pub(crate) fn is_own(&self) -> bool {
        self.others.is_empty()
    }

    /// Whether values are written that are no text.
    pub(crate) fn is_binary(&self) -> bool {
        self.written.iter().any(|format| matches!(format, Named::Binary | Named::Elastic))
    }

    /// Whether nothing is left out for its size: none of what is tried is larger than the default.
    pub(crate) fn has_room(&self) -> bool {
        self.written_bytes >= WRITTEN_BYTES
    }

    pub(crate) fn reads_origin(&self) -> bool {
        self.read.contains(&Named::CloudEvents)
    }

    pub(crate) fn writes_origin(&self) -> bool {
        self.written.contains(&Named::CloudEvents)
    }

    /// Whether the ids of a span of this trace are written.
    pub(crate) fn writes_span(&self, trace_id: TraceId) -> bool {
        self.others_have_span || self.written.iter().any(|format| can_hold(*format, trace_id))
    }

    /// Whether they are read back, too.
    pub(crate) fn has_span(&self, trace_id: TraceId) -> bool {
        let is_w3c = |format: Named| matches!(format, Named::TraceContext | Named::Binary);
        // With little room there is nothing but a `traceparent` if that is written.
        let is_alone =
            self.written_bytes < WRITTEN_BYTES && self.written.iter().any(|format| is_w3c(*format));
        let kept = self.written.iter().filter(|format| !is_alone || is_w3c(**format));
        let is_read = |written: Named| {
            let shares = |read: &Named| {
                let names = ContextNames::of(*read);
                *read != Named::CloudEvents
                    && ContextNames::of(written).whole.iter().any(|name| names.has(name.as_bytes()))
            };
            self.read.iter().any(shares)
        };
        self.others_have_span
            || kept.into_iter().any(|format| can_hold(*format, trace_id) && is_read(*format))
    }
}

/// Whether a format says which span made a message. For Datadog a trace whose low half is zero is none.
fn can_hold(format: Named, trace_id: TraceId) -> bool {
    match format {
        Named::Baggage | Named::CloudEvents => false,
        Named::Datadog => trace_id.to_bytes().iter().skip(8).any(|byte| *byte != 0),
        _ => true,
    }
}

/// Makes a [`Format`].
#[derive(Default)]
pub(crate) struct Setup {
    read: Option<Vec<Named>>,
    written: Option<Vec<Named>>,
    alias: Option<&'static str>,
    rejects: bool,
    budget: Option<(Budget, usize)>,
    baggage_in: Option<Allowed>,
    baggage_out: Option<Allowed>,
    others: Vec<Other>,
}

/// A propagator that is not built in.
struct Other {
    add: Box<dyn Fn(MessagePropagatorBuilder) -> MessagePropagatorBuilder>,
    names: Vec<String>,
    has_span: bool,
}

impl Setup {
    /// These are read, in their order, and written.
    pub(crate) fn of(formats: &[Named]) -> Self {
        Self { read: Some(formats.to_vec()), written: Some(formats.to_vec()), ..Self::default() }
    }

    /// The W3C's, without being asked for.
    pub(crate) fn w3c() -> Self {
        Self::default()
    }

    pub(crate) fn write(self, formats: &[Named]) -> Self {
        Self { written: Some(formats.to_vec()), ..self }
    }

    pub(crate) fn alias(self, name: &'static str) -> Self {
        Self { alias: Some(name), ..self }
    }

    pub(crate) fn reject(self) -> Self {
        Self { rejects: true, ..self }
    }

    /// A budget that is soon used up.
    pub(crate) fn small(self, written_bytes: usize) -> Self {
        let budget = Budget::default().written_bytes(written_bytes);
        let budget = budget.baggage_members(2).baggage_bytes(40).values(3);
        Self { budget: Some((budget, written_bytes)), ..self }
    }

    pub(crate) fn baggage_in(self, allowed: Allowed) -> Self {
        Self { baggage_in: Some(allowed), ..self }
    }

    pub(crate) fn baggage_out(self, allowed: Allowed) -> Self {
        Self { baggage_out: Some(allowed), ..self }
    }

    pub(crate) fn other<P>(mut self, make: fn() -> P, has_span: bool) -> Self
    where
        P: TextMapPropagator + Send + Sync + 'static,
    {
        let names = make().fields().map(str::to_owned).collect();
        self.others.push(Other { add: Box::new(move |builder| builder.other(make())), names, has_span });
        self
    }

    pub(crate) fn build(self) -> Format {
        let is_default = self.is_default();
        let propagator = self.propagator(|_| true);
        let of_hops = self.propagator(|format| format != Named::CloudEvents);
        Format {
            propagator,
            of_hops,
            is_default,
            read: self.read.unwrap_or_else(|| W3C.to_vec()),
            written: self.written.unwrap_or_else(|| W3C.to_vec()),
            aliases: self.alias.into_iter().collect(),
            others_have_span: self.others.iter().any(|other| other.has_span),
            others: self.others.into_iter().flat_map(|other| other.names).collect(),
            written_bytes: self.budget.map_or(WRITTEN_BYTES, |(_, bytes)| bytes),
            baggage_in: self.baggage_in,
            baggage_out: self.baggage_out,
        }
    }

    fn is_default(&self) -> bool {
        let Self { read, written, alias, rejects, budget, baggage_in, baggage_out, others } = self;
        read.is_none()
            && written.is_none()
            && alias.is_none()
            && !rejects
            && budget.is_none()
            && baggage_in.is_none()
            && baggage_out.is_none()
            && others.is_empty()
    }

    fn propagator(&self, is_read: impl Fn(Named) -> bool) -> MessagePropagator {
        let mut builder = MessagePropagator::builder();
        if let Some(read) = &self.read {
            builder = builder.read(read.iter().copied().filter(|format| is_read(*format)));
        }
        if let Some(written) = &self.written {
            builder = builder.write(written.iter().copied());
        }
        if let Some(alias) = self.alias {
            builder = builder.alias(alias);
        }
        if self.rejects {
            builder = builder.repeats(Repeats::Reject);
        }
        if let Some((budget, _)) = self.budget {
            builder = builder.budget(budget);
        }
        if let Some(allowed) = self.baggage_in {
            builder = builder.baggage_in(allowed);
        }
        if let Some(allowed) = self.baggage_out {
            builder = builder.baggage_out(allowed);
        }
        self.others.iter().fold(builder, |builder, other| (other.add)(builder)).build()
    }
}
