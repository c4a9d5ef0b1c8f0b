//! Follows links from one trace to the next.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use opentelemetry::trace::TraceId;
use tracehop_journey::JourneySpan;

use super::engine::Engine;
use super::gathered::Gathered;
use super::source_error::SourceError;
use super::window::around;

/// How many traces are read for one journey.
const MAX_TRACES: usize = 64;

/// How many spans are read for one journey.
const MAX_SPANS: usize = 200_000;

/// How long links are followed.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How a trace was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It is the one that was asked for, or comes before it: spans of one that comes before link to what came before them.
    Before,
    /// It links to one that was read. What else it links to are other messages of a batch, in journeys of their own.
    After,
}

/// All that is read for one journey.
#[derive(Debug, Default)]
struct Gathering {
    gathered: Gathered,
    /// The traces that were asked for.
    asked: HashSet<TraceId>,
    /// Those that are yet to be, and how they were found.
    queue: VecDeque<(TraceId, Found)>,
    /// Those that spans link to and that are not there.
    missing: usize,
    partial: usize,
}

/// The spans of a trace, of those it came of, and of those that came of one of these, breadth first.
pub(super) fn gather(engine: &dyn Engine, first: TraceId) -> Result<Gathered, SourceError> {
    let deadline = Instant::now() + TIME_LIMIT;
    let mut gathering = Gathering::default();
    gathering.asked.insert(first);
    gathering.read(engine, first, Found::Before)?;
    // Whose backlinks are yet to be looked for.
    let mut unsearched = vec![first];
    loop {
        while let Some((trace, found)) = gathering.next(deadline) {
            match gathering.read(engine, trace, found) {
                Ok(()) => unsearched.push(trace),
                Err(error) if error.is_not_found() => gathering.missing += 1,
                Err(error) => {
                    gathering.note(format!("Links were not followed further: {error}"));
                    return Ok(gathering.finish());
                }
            }
        }
        if unsearched.is_empty() || gathering.is_full(deadline) {
            break;
        }
        match engine.linking(&unsearched, &around(&gathering.gathered.spans)) {
            Ok(linking) => {
                unsearched.clear();
                gathering.note_of(linking.note);
                gathering.enqueue(linking.traces, Found::After);
            }
            Err(error) => {
                gathering.note(format!("Traces that link to this one were not searched: {error}"));
                break;
            }
        }
    }
    gathering.note_limits(deadline);
    Ok(gathering.finish())
}

impl Gathering {
    fn read(&mut self, engine: &dyn Engine, trace: TraceId, found: Found) -> Result<(), SourceError> {
        let answer = engine.trace(trace)?;
        self.partial += usize::from(answer.is_partial);
        let room = MAX_SPANS.saturating_sub(self.gathered.spans.len());
        let spans: Vec<JourneySpan> = answer.spans.into_iter().take(room).collect();
        if found == Found::Before {
            self.enqueue(spans.iter().flat_map(|span| span.links().iter().map(|link| link.0)), found);
        }
        self.gathered.spans.extend(spans);
        Ok(())
    }

    fn enqueue(&mut self, traces: impl IntoIterator<Item = TraceId>, found: Found) {
        for trace in traces {
            // A hostile trace may link to a million others.
            if self.queue.len() <= MAX_TRACES && self.asked.insert(trace) {
                self.queue.push_back((trace, found));
            }
        }
    }

    fn next(&mut self, deadline: Instant) -> Option<(TraceId, Found)> {
        if self.is_full(deadline) { None } else { self.queue.pop_front() }
    }

    fn is_full(&self, deadline: Instant) -> bool {
        self.asked.len() - self.queue.len() >= MAX_TRACES
            || self.gathered.spans.len() >= MAX_SPANS
            || Instant::now() >= deadline
    }

    fn note(&mut self, note: String) {
        if !self.gathered.notes.contains(&note) {
            self.gathered.notes.push(note);
        }
    }

    fn note_of(&mut self, note: Option<String>) {
        if let Some(note) = note {
            self.note(note);
        }
    }

    fn note_limits(&mut self, deadline: Instant) {
        if self.gathered.spans.len() >= MAX_SPANS {
            self.note(format!("Only the first {MAX_SPANS} spans were read."));
        } else if !self.queue.is_empty() && Instant::now() >= deadline {
            self.note(format!("Links were followed for {} s, and not further.", TIME_LIMIT.as_secs()));
        } else if !self.queue.is_empty() {
            self.note(format!("Only the first {MAX_TRACES} linked traces were read; there are more."));
        }
    }

    fn finish(mut self) -> Gathered {
        if self.missing > 0 {
            let are = if self.missing == 1 { "is" } else { "are" };
            self.note(format!("Links lead to {} that {are} not there.", traces(self.missing)));
        }
        if self.partial > 0 {
            self.note(format!(
                "{} came in part only, because of limits of the source.",
                traces(self.partial)
            ));
        }
        self.gathered
    }
}

fn traces(count: usize) -> String {
    if count == 1 { "1 trace".to_owned() } else { format!("{count} traces") }
}
