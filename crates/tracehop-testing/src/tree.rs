//! Finished spans as text: a tree of parents, with links.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use tracehop::semconv;
use tracehop_journey::{Before, Forest};

use crate::expectation;
use crate::printable::{printable, shortened};
use crate::recorded_span::{Id, RecordedSpan};

/// Columns are no wider, because one long name would widen a hundred thousand lines.
const WIDEST: usize = 100;

/// Spans that stand deeper are not moved further to the right. A chain of a hundred thousand spans would be gigabytes of
/// margins.
const DEEPEST: usize = 128;

/// Spans as text that is the same in every run: it shows no times, no ids and no threads.
///
/// ```text
/// send orders            PRODUCER  #1
/// ├ process orders       CONSUMER  links: #1
/// │ └ send shipments     PRODUCER  #2
/// └ process orders       CONSUMER  links: #1  error=timeout
/// (remote)
/// └ process shipments    CONSUMER  links: #2, (remote)
/// ```
///
/// - Children stand under their parents, in the order in which they started. Each root is a line at the margin.
/// - A span that another span links to has a number. A link to a span that is not in the tree prints as `(remote)`.
/// - Spans whose parent is in another process stand under `(remote)`. If the parent is in this process but not in the tree,
///   for example because it has not ended, they stand under `(not recorded)`. Spans that are each other's parents stand under
///   `(cycle)`.
/// - A span with status Error shows its `error.type`.
/// - A span of a known service has its name in front: `checkout: send orders`.
/// - Spans that stand more than 128 levels deep have the level in front, and are not moved further to the right. Names and
///   values longer than 1000 characters are cut.
///
/// `Display` aligns the columns.
#[derive(Clone, Debug)]
pub struct TraceTree {
    pub(crate) spans: Vec<RecordedSpan>,
    attributes: Vec<String>,
    events: bool,
    /// What messages of failures say besides.
    pub(crate) note: String,
}

/// A line of the tree, before the columns are aligned.
struct Line {
    name: String,
    kind: &'static str,
    rest: Vec<String>,
}

impl TraceTree {
    /// The tree of `spans`, in any order.
    pub fn new(spans: impl IntoIterator<Item = SpanData>) -> Self {
        Self::of(spans.into_iter().map(RecordedSpan::from))
    }

    /// The tree of `spans` of one service or of several, in any order.
    pub fn of(spans: impl IntoIterator<Item = RecordedSpan>) -> Self {
        let mut spans: Vec<RecordedSpan> = spans.into_iter().collect();
        spans.sort_by_key(|recorded| recorded.span.start_time);
        Self { spans, attributes: Vec::new(), events: false, note: String::new() }
    }

    /// Adds lines to the messages of failures.
    pub(crate) fn with_note(self, note: String) -> Self {
        Self { note, ..self }
    }

    /// Leaves a text out of the names of all spans: what makes the topics and queues of a test its own, and is another one each
    /// time.
    ///
    /// ```
    /// use opentelemetry::trace::Tracer;
    /// use tracehop_testing::SpanRecorder;
    ///
    /// let spans = SpanRecorder::new();
    /// spans.tracer().in_span("send orders-4711", |_| {});
    /// spans.tree().without("-4711").assert("send orders  INTERNAL");
    /// ```
    pub fn without(mut self, text: &str) -> Self {
        for recorded in &mut self.spans {
            if !text.is_empty() && recorded.span.name.contains(text) {
                recorded.span.name = recorded.span.name.replace(text, "").into();
            }
        }
        self
    }

    /// Shows these attributes too, as `key=value` in the order given. Default: none.
    pub fn attributes<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        Self { attributes: keys.into_iter().map(Into::into).collect(), ..self }
    }

    /// Whether the names of events are shown. Default: no.
    pub fn events(self, shown: bool) -> Self {
        Self { events: shown, ..self }
    }

    /// Asserts that the tree is `expected`.
    ///
    /// Common indentation, blank lines, and how many spaces stand between two columns do not matter.
    ///
    /// # Panics
    ///
    /// Panics if the tree is not `expected`. The message shows both as one text, with marks at the lines that differ, and
    /// which spans were recorded but not asked for.
    #[track_caller]
    pub fn assert(&self, expected: &str) {
        if let Some(difference) = expectation::difference(expected, &self.to_string()) {
            panic!("the trace tree is not as expected\n{}{difference}", self.note);
        }
    }

    /// The tree and the note, for the end of a message.
    pub(crate) fn recorded(&self) -> String {
        if self.spans.is_empty() {
            return format!("nothing was recorded\n{}", self.note);
        }
        format!("what was recorded:\n{}{}", shortened(&self.to_string()), self.note)
    }

    /// Where each span is. Of two with the same identifiers it is the first one.
    pub(crate) fn index(&self) -> HashMap<Id, usize> {
        let mut index = HashMap::with_capacity(self.spans.len());
        for (i, span) in self.spans.iter().enumerate() {
            index.entry(span.id()).or_insert(i);
        }
        index
    }

    fn forest(&self, index: &HashMap<Id, usize>) -> Forest {
        Forest::new(self.spans.iter().map(|recorded| match recorded.parent() {
            None => Before::Nothing,
            Some(parent) => match index.get(&parent) {
                Some(&parent) => Before::Place(parent),
                None => Before::Missing { key: parent, is_remote: recorded.span.parent_span_is_remote },
            },
        }))
    }

    /// The nodes in the order in which they are printed, each with the text that stands before it.
    fn layout(&self, index: &HashMap<Id, usize>) -> Vec<(String, Result<usize, &'static str>)> {
        let mut layout = Vec::with_capacity(self.spans.len());
        let mut margins = Margins::default();
        for step in self.forest(index).steps() {
            let label = step.origin.label();
            if let Some(label) = label.filter(|_| step.is_first) {
                layout.push((String::new(), Err(label)));
            }
            let depth = step.depth + usize::from(label.is_some());
            layout.push((margins.enter(depth, step.is_last), Ok(step.place)));
        }
        layout
    }

    fn lines(&self) -> Vec<Line> {
        let index = self.index();
        let layout = self.layout(&index);
        let mut linked = vec![false; self.spans.len()];
        for link in self.spans.iter().flat_map(RecordedSpan::links) {
            if let Some(&i) = index.get(&link) {
                linked[i] = true;
            }
        }
        let mut aliases = vec![String::new(); self.spans.len()];
        let in_order = layout.iter().filter_map(|(_, node)| node.ok()).filter(|&i| linked[i]);
        for (number, i) in in_order.enumerate() {
            aliases[i] = format!("#{}", number + 1);
        }
        let line = |(before, node): (String, Result<usize, &'static str>)| match node {
            Err(label) => Line { name: before + label, kind: "", rest: Vec::new() },
            Ok(i) => Line {
                name: before + &name(&self.spans[i]),
                kind: kind(&self.spans[i].span.span_kind),
                rest: self.details(i, &aliases, &index),
            },
        };
        layout.into_iter().map(line).collect()
    }

    fn details(&self, i: usize, aliases: &[String], index: &HashMap<Id, usize>) -> Vec<String> {
        let recorded = &self.spans[i];
        let mut details = Vec::new();
        if !aliases[i].is_empty() {
            details.push(aliases[i].clone());
        }
        let link = |id: Id| index.get(&id).map_or("(remote)", |&i| aliases[i].as_str());
        let links: Vec<&str> = recorded.links().map(link).collect();
        if !links.is_empty() {
            details.push(format!("links: {}", links.join(", ")));
        }
        if let Status::Error { .. } = recorded.span.status {
            let error_type = recorded.attribute(semconv::ERROR_TYPE).map(|text| printable(&text));
            details.push(error_type.map_or_else(|| "error".to_owned(), |text| format!("error={text}")));
        }
        for key in &self.attributes {
            if let Some(value) = recorded.attribute(key) {
                details.push(format!("{key}={}", printable(&value)));
            }
        }
        let events = &recorded.span.events;
        if self.events && !events.is_empty() {
            let names: Vec<String> = events.iter().map(|event| printable(&event.name)).collect();
            details.push(format!("events: {}", names.join(", ")));
        }
        details
    }
}

/// What stands to the left of names: a margin for each level above.
#[derive(Default)]
struct Margins(Vec<&'static str>);

impl Margins {
    /// What stands before a name of this depth.
    fn enter(&mut self, depth: usize, is_last: bool) -> String {
        self.0.truncate(depth.saturating_sub(1).min(DEEPEST));
        let outer: String = self.0.concat();
        let (branch, below) = match (depth, is_last) {
            (0, _) => return outer,
            (_, true) => ("└ ", "  "),
            (_, false) => ("├ ", "│ "),
        };
        if depth > DEEPEST {
            return format!("{outer}{branch}({depth}) ");
        }
        self.0.push(below);
        outer + branch
    }
}

/// What a span is called in a tree and in messages.
pub(crate) fn name(recorded: &RecordedSpan) -> String {
    let name = printable(&recorded.span.name);
    match &recorded.service {
        Some(service) => format!("{}: {name}", printable(service)),
        None => name,
    }
}

pub(crate) fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "CLIENT",
        SpanKind::Server => "SERVER",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        SpanKind::Internal => "INTERNAL",
    }
}

impl fmt::Display for TraceTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines();
        let spans = || lines.iter().filter(|line| !line.kind.is_empty());
        let name_width = spans().map(|line| line.name.chars().count()).max().unwrap_or(0).min(WIDEST);
        let kind_width = spans().map(|line| line.kind.len()).max().unwrap_or(0);
        for Line { name, kind, rest } in &lines {
            let mut text = format!("{name:name_width$}  {kind:kind_width$}");
            for detail in rest {
                write!(text, "  {detail}")?;
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        Ok(())
    }
}
