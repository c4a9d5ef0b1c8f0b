//! The careful way to read the W3C's headers, for messages that hold more than one plain context.
//!
//! Which values belong together cannot be told before all are known, and a carrier lends a value for a moment only. So
//! the headers are walked twice: once to see what is there, and once to take what counts. Both walks take linear time, and
//! what is remembered of the first is bounded by the [budget](super::Budget).

use super::header_outcome::Tell;
use super::names::{Aliases, Header, Rank};
use super::w3c_format::W3cFormat;
use super::{Extracted, HeaderOutcome, Problem, Repeats};
use crate::carrier::Carrier;
use crate::codec::context_value::decode;
use crate::codec::traceparent::Traceparent;
use crate::codec::{baggage, tracestate, wrapped};

/// A value that may count.
struct Seen {
    /// Its number in the order of the walk.
    number: usize,
    header: Header,
    rank: Rank,
    /// How its name is spelt, of an alias its beginning. A map has its names in any order, so that this is what orders them.
    spelling: [u8; SPELLING],
    /// Of a `traceparent`, what it says.
    parts: Option<Traceparent>,
}

/// The longest of the standard names.
const SPELLING: usize = 11;

impl Seen {
    fn is(&self, header: Header) -> bool {
        self.header == header
    }

    /// Whether it is a `traceparent` of which others may hold the `tracestate` and the baggage. An alias stands beside
    /// another context at most.
    fn is_border(&self) -> bool {
        self.is(Header::Traceparent) && matches!(self.rank, Rank::Exact | Rank::OtherCase)
    }

    fn is_of_same_span(&self, other: &Self) -> bool {
        let ids = |seen: &Self| seen.parts.as_ref().map(|parts| (parts.trace_id, parts.span_id));
        ids(self).is_some() && ids(self) == ids(other)
    }
}

/// What a message holds, and what of it counts.
struct Reading<'c> {
    format: &'c W3cFormat,
    seen: Vec<Seen>,
    /// Whether the order of different names means something.
    keeps_order: bool,
    extracted: Extracted,
    /// The `traceparent` that counts, by its number.
    chosen: Option<usize>,
}

impl W3cFormat {
    /// Reads the headers of any message, and tells what became of each that was looked at.
    #[cold]
    pub(super) fn read_carefully(
        &self,
        carrier: &dyn Carrier,
        aliases: Aliases<'_>,
        tell: &mut Tell<'_>,
    ) -> Extracted {
        let mut reading = Reading {
            format: self,
            seen: Vec::new(),
            keeps_order: carrier.transport().keeps_order,
            extracted: Extracted::default(),
            chosen: None,
        };
        reading.look(carrier, aliases);
        reading.choose();
        reading.take(carrier, aliases, tell)
    }

    /// Calls `f` with each value that may count and what it is, and with its number among those that the budget allows.
    fn for_each_value(
        &self,
        carrier: &dyn Carrier,
        aliases: Aliases<'_>,
        mut f: impl FnMut(Option<usize>, Header, Rank, &[u8], &[u8]),
    ) {
        let mut number = 0;
        let mut counts = [0; 3];
        carrier.for_each_beginning(aliases.initials(), &mut |name, value| {
            // An empty value is as good as none: some clients write a null so.
            let Some(value) = value.filter(|value| !value.is_empty()) else { return };
            let Some((header, rank)) = aliases.rank(name).filter(|(header, _)| self.reads(*header)) else {
                return;
            };
            // Each header has a budget of its own, so that too much of one does not hide the others.
            let mut is_allowed = false;
            if let Some(count) = counts.get_mut(header as usize) {
                *count += 1;
                is_allowed = *count <= self.budget.values;
            }
            f(is_allowed.then_some(number), header, rank, name, value);
            number += usize::from(is_allowed);
        });
    }

    fn reads(&self, header: Header) -> bool {
        match header {
            Header::Traceparent | Header::Tracestate => self.reads_trace_context,
            Header::Baggage => self.reads_baggage,
        }
    }
}

impl Reading<'_> {
    /// The first walk.
    fn look(&mut self, carrier: &dyn Carrier, aliases: Aliases<'_>) {
        let Self { format, seen, extracted, .. } = self;
        format.for_each_value(carrier, aliases, |number, header, rank, name, value| {
            let Some(number) = number else {
                extracted.problems.add(Problem::ValuesSkipped);
                return;
            };
            let mut spelling = [0; SPELLING];
            spelling.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
            let parts = match header {
                Header::Traceparent => decode(value).or_else(|| decode(wrapped::unwrap(value)?)),
                Header::Tracestate | Header::Baggage => None,
            };
            seen.push(Seen { number, header, rank, spelling, parts });
        });
        if !self.keeps_order {
            self.seen.sort_by_key(|seen| seen.spelling);
        }
    }

    /// Chooses the `traceparent` that counts.
    fn choose(&mut self) {
        let all = || self.seen.iter().filter(|seen| seen.is(Header::Traceparent));
        let Some(best) = all().map(|seen| seen.rank).min() else { return };
        let candidates = || all().filter(|seen| seen.rank == best);
        // To whoever asks for one, another letter case is another one.
        let is_strict = self.format.repeats == Repeats::Reject;
        let is_repeated =
            candidates().count() > 1 || is_strict && all().filter(|seen| seen.is_border()).count() > 1;
        let problems = &mut self.extracted.problems;
        if candidates().any(|seen| seen.parts.is_none()) {
            problems.add(Problem::MalformedTraceparent);
        }
        if is_repeated {
            problems.add(Problem::RepeatedTraceparent);
        }
        let last_valid = candidates().rfind(|seen| seen.parts.is_some());
        let chosen = last_valid.filter(|_| !(is_repeated && is_strict));
        if let Some((seen, parts)) = chosen.and_then(|seen| Some((seen, seen.parts?))) {
            let creation = &mut self.extracted.creation;
            (creation.trace_id, creation.span_id, creation.flags) =
                (parts.trace_id, parts.span_id, parts.flags);
            self.extracted.is_of_alias = matches!(seen.rank, Rank::Alias(_));
            self.chosen = Some(seen.number);
        }
    }

    /// The numbers of those `tracestate` or `baggage` values that belong to the chosen `traceparent`.
    ///
    /// A client that copies headers and appends its own leaves several contexts on a message. What stands after a
    /// `traceparent` and before the next one is its own. Some clients write the `traceparent` last: then something stands
    /// before the first one, and what belongs to the chosen one stands between it and the one before.
    fn belonging(&self, header: Header) -> Vec<usize> {
        let borders: Vec<&Seen> = self.seen.iter().filter(|seen| seen.is_border()).collect();
        let values: Vec<&Seen> = self.seen.iter().filter(|seen| seen.is(header)).collect();
        let own = match borders.as_slice() {
            [] | [_] => values,
            borders => {
                let owner = borders.iter().position(|seen| Some(seen.number) == self.chosen);
                if self.keeps_order {
                    own_by_place(borders, owner, &values)
                } else {
                    own_by_count(borders, owner, values)
                }
            }
        };
        let best = own.iter().map(|seen| seen.rank).min();
        own.into_iter().filter(|seen| Some(seen.rank) == best).map(|seen| seen.number).collect()
    }

    /// What becomes of each value that was seen, by its number.
    fn marks(&self) -> Vec<HeaderOutcome> {
        let mut marks = vec![HeaderOutcome::Superseded; self.seen.len()];
        let mut mark = |number: usize, outcome| {
            if let Some(mark) = marks.get_mut(number) {
                *mark = outcome;
            }
        };
        for malformed in self.seen.iter().filter(|seen| seen.is(Header::Traceparent) && seen.parts.is_none())
        {
            mark(malformed.number, HeaderOutcome::Malformed);
        }
        let tracestates = self.chosen.map(|_| self.belonging(Header::Tracestate)).unwrap_or_default();
        for taken in self.chosen.into_iter().chain(tracestates).chain(self.belonging(Header::Baggage)) {
            mark(taken, HeaderOutcome::Taken);
        }
        marks
    }

    /// The second walk.
    fn take(mut self, carrier: &dyn Carrier, aliases: Aliases<'_>, tell: &mut Tell<'_>) -> Extracted {
        let marks = self.marks();
        let mut tracestate = tracestate::Collector::default();
        let mut baggage = baggage::Collector::new(self.format.budget.baggage_limits());
        let mut is_wrapped = false;
        self.format.for_each_value(carrier, aliases, |number, header, _, name, value| {
            let mark = number.and_then(|number| marks.get(number));
            let mut outcome = mark.copied().unwrap_or(HeaderOutcome::OverBudget);
            if outcome == HeaderOutcome::Taken {
                // Nothing that is wrapped is well-formed as it stands.
                let inside = match header {
                    Header::Traceparent => wrapped::unwrap(value).filter(|_| decode(value).is_none()),
                    Header::Tracestate | Header::Baggage => wrapped::unwrap(value),
                };
                if inside.is_some() {
                    is_wrapped = true;
                    outcome = HeaderOutcome::Unwrapped;
                }
                let value = inside.unwrap_or(value);
                match header {
                    Header::Traceparent => {}
                    Header::Tracestate => {
                        tracestate.push(value);
                        if tracestate.is_malformed() {
                            outcome = HeaderOutcome::Malformed;
                        }
                    }
                    Header::Baggage => {
                        let (dropped, members) = (baggage.dropped(), baggage.members());
                        baggage.push(value);
                        outcome = match (baggage.dropped() > dropped, baggage.members() > members) {
                            (false, _) => outcome,
                            (true, true) => HeaderOutcome::TakenInPart,
                            (true, false) if members >= self.format.budget.baggage_members => {
                                HeaderOutcome::OverBudget
                            }
                            (true, false) => HeaderOutcome::Malformed,
                        };
                    }
                }
            }
            tell(name, header, outcome);
        });
        let Extracted { creation, problems, .. } = &mut self.extracted;
        if is_wrapped {
            problems.add(Problem::WrappedValue);
        }
        match tracestate.finish() {
            Ok(text) => creation.tracestate = text,
            Err(tracestate::Malformed) => problems.add(Problem::MalformedTracestate),
        }
        let (text, dropped) = baggage.finish();
        creation.baggage = text;
        problems.drop_baggage(dropped);
        self.extracted
    }
}

/// In a list of headers, by where they stand among the `traceparent`s.
fn own_by_place<'s>(borders: &[&Seen], owner: Option<usize>, values: &[&'s Seen]) -> Vec<&'s Seen> {
    let place = |value: &Seen| borders.partition_point(|border| border.number < value.number);
    let places: Vec<usize> = values.iter().map(|value| place(value)).collect();
    // The values are in the order of the headers, so that their places never fall.
    let at = |wanted: usize| places.binary_search(&wanted).is_ok().then_some(wanted);
    let wanted = match owner {
        Some(owner) => {
            // The same `traceparent` may have been appended once more, without what belongs to it.
            let same =
                borders.iter().take(owner + 1).rev().take_while(|border| {
                    borders.get(owner).is_some_and(|owner| owner.is_of_same_span(border))
                });
            let is_written_first = at(0).is_some();
            let after = (0..same.count()).find_map(|back| at(owner + 1 - back));
            after.or_else(|| is_written_first.then_some(owner).and_then(at))
        }
        // No context counts, but baggage may travel alone: that of the last hop that wrote some.
        None => places.last().copied(),
    };
    values.iter().zip(&places).filter(|(_, place)| Some(**place) == wanted).map(|(value, _)| *value).collect()
}

/// In a map, in which only the values of one name have an order, by their numbers: a client that appends its own context
/// appends a value to each name.
fn own_by_count<'s>(borders: &[&Seen], owner: Option<usize>, values: Vec<&'s Seen>) -> Vec<&'s Seen> {
    let Some(best) = values.iter().map(|value| value.rank).min() else { return values };
    let of_best: Vec<&Seen> = values.into_iter().filter(|value| value.rank == best).collect();
    let Some(owner) = owner.and_then(|owner| borders.get(owner)) else {
        return of_best.last().copied().into_iter().collect();
    };
    let beside: Vec<&&Seen> = match borders.iter().filter(|border| border.rank == best).collect::<Vec<_>>() {
        none if none.is_empty() => borders.iter().collect(),
        some => some,
    };
    let at = beside.iter().position(|border| border.number == owner.number);
    let mut valid = borders.iter().filter(|border| border.parts.is_some());
    match at.filter(|_| beside.len() == of_best.len()) {
        Some(at) => of_best.get(at).copied().into_iter().collect(),
        // One that is malformed has nothing.
        None if valid.all(|border| border.is_of_same_span(owner)) => of_best,
        None => Vec::new(),
    }
}
