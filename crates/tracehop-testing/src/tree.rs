//! Finished spans as text: a tree of parents, with links.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry_sdk::trace::SpanData;
use tracehop::semconv;

use crate::expectation;

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
///   for example because it has not ended, they stand under `(missing)`. Spans that are each other's parents stand under
///   `(cycle)`.
/// - A span with status Error shows its `error.type`.
///
/// `Display` aligns the columns.
#[derive(Clone, Debug)]
pub struct TraceTree {
    spans: Vec<SpanData>,
    attributes: Vec<String>,
    events: bool,
}

type Id = (TraceId, SpanId);

/// A line of the tree, before the columns are aligned.
struct Line {
    name: String,
    kind: &'static str,
    rest: Vec<String>,
}

/// What stands at a place of the tree.
#[derive(Clone, Copy)]
enum Node {
    Span(usize),
    /// Spans whose parent is not in the tree.
    Group(usize),
}

#[derive(Default)]
struct Forest {
    tops: Vec<Node>,
    /// The children of each span.
    children: Vec<Vec<usize>>,
    groups: Vec<(&'static str, Vec<usize>)>,
}

impl TraceTree {
    /// The tree of `spans`, in any order.
    pub fn new(spans: impl IntoIterator<Item = SpanData>) -> Self {
        let mut spans: Vec<SpanData> = spans.into_iter().collect();
        spans.sort_by_key(|span| span.start_time);
        Self { spans, attributes: Vec::new(), events: false }
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
    /// Panics if the tree is not `expected`. The message shows both, line by line.
    #[track_caller]
    pub fn assert(&self, expected: &str) {
        self.check(expected, "");
    }

    #[track_caller]
    pub(crate) fn check(&self, expected: &str, note: &str) {
        let got = self.to_string();
        if let Some(difference) = expectation::difference(expected, &got) {
            panic!("the trace tree is not as expected\n{note}{difference}");
        }
    }

    fn index(&self) -> HashMap<Id, usize> {
        let mut index = HashMap::with_capacity(self.spans.len());
        for (i, span) in self.spans.iter().enumerate() {
            index.entry(id(span)).or_insert(i);
        }
        index
    }

    fn forest(&self, index: &HashMap<Id, usize>) -> Forest {
        let mut forest = Forest { children: vec![Vec::new(); self.spans.len()], ..Forest::default() };
        let mut orphans: HashMap<(Id, bool), usize> = HashMap::new();
        for (i, span) in self.spans.iter().enumerate() {
            if span.parent_span_id == SpanId::INVALID {
                forest.tops.push(Node::Span(i));
                continue;
            }
            let parent = (span.span_context.trace_id(), span.parent_span_id);
            if let Some(&parent) = index.get(&parent) {
                forest.children[parent].push(i);
                continue;
            }
            let remote = span.parent_span_is_remote;
            let group = *orphans
                .entry((parent, remote))
                .or_insert_with(|| forest.group(if remote { "(remote)" } else { "(missing)" }));
            forest.groups[group].1.push(i);
        }
        forest
    }

    /// The nodes in the order in which they are printed, each with the text that stands before it.
    fn layout(&self, index: &HashMap<Id, usize>) -> Vec<(String, Result<usize, &'static str>)> {
        let mut forest = self.forest(index);
        let mut layout = Vec::with_capacity(self.spans.len());
        let mut seen = vec![false; self.spans.len()];
        let mut tops = std::mem::take(&mut forest.tops);
        loop {
            for top in tops.drain(..) {
                forest.walk(top, &mut seen, &mut layout);
            }
            // Spans that no root leads to are in a cycle.
            let Some(left) = seen.iter().position(|seen| !seen) else { return layout };
            let group = forest.group("(cycle)");
            forest.groups[group].1.push(left);
            tops.extend(forest.tops.pop());
        }
    }

    fn lines(&self) -> Vec<Line> {
        let index = self.index();
        let layout = self.layout(&index);
        let mut linked = vec![false; self.spans.len()];
        for link in self.spans.iter().flat_map(|span| span.links.iter()) {
            if let Some(&i) = index.get(&(link.span_context.trace_id(), link.span_context.span_id())) {
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
                name: before + &printable(&self.spans[i].name),
                kind: kind(&self.spans[i].span_kind),
                rest: self.details(i, &aliases, &index),
            },
        };
        layout.into_iter().map(line).collect()
    }

    fn details(&self, i: usize, aliases: &[String], index: &HashMap<Id, usize>) -> Vec<String> {
        let span = &self.spans[i];
        let mut details = Vec::new();
        if !aliases[i].is_empty() {
            details.push(aliases[i].clone());
        }
        let link = |id: Id| index.get(&id).map_or("(remote)", |&i| aliases[i].as_str());
        let links: Vec<&str> = span
            .links
            .iter()
            .map(|to| link((to.span_context.trace_id(), to.span_context.span_id())))
            .collect();
        if !links.is_empty() {
            details.push(format!("links: {}", links.join(", ")));
        }
        if let Status::Error { .. } = span.status {
            let error_type = attribute(span, semconv::ERROR_TYPE);
            details.push(error_type.map_or_else(|| "error".to_owned(), |text| format!("error={text}")));
        }
        for key in &self.attributes {
            if let Some(value) = attribute(span, key) {
                details.push(format!("{key}={value}"));
            }
        }
        if self.events && !span.events.is_empty() {
            let names: Vec<String> = span.events.iter().map(|event| printable(&event.name)).collect();
            details.push(format!("events: {}", names.join(", ")));
        }
        details
    }
}

impl Forest {
    fn group(&mut self, label: &'static str) -> usize {
        self.groups.push((label, Vec::new()));
        self.tops.push(Node::Group(self.groups.len() - 1));
        self.groups.len() - 1
    }

    /// It does not recurse, because a chain of spans may be longer than the stack is deep.
    fn walk(&self, top: Node, seen: &mut [bool], layout: &mut Vec<(String, Result<usize, &'static str>)>) {
        let mut waiting = vec![(top, String::new(), String::new())];
        while let Some((node, before, margin)) = waiting.pop() {
            let (label, children) = match node {
                Node::Span(i) if std::mem::replace(&mut seen[i], true) => continue,
                Node::Span(i) => (Ok(i), &self.children[i]),
                Node::Group(i) => (Err(self.groups[i].0), &self.groups[i].1),
            };
            layout.push((before, label));
            let unseen: Vec<usize> = children.iter().copied().filter(|&child| !seen[child]).collect();
            let last = unseen.last().copied();
            waiting.extend(unseen.into_iter().rev().map(|child| {
                let (branch, below) = if Some(child) == last { ("└ ", "  ") } else { ("├ ", "│ ") };
                (Node::Span(child), format!("{margin}{branch}"), format!("{margin}{below}"))
            }));
        }
    }
}

fn id(span: &SpanData) -> Id {
    (span.span_context.trace_id(), span.span_context.span_id())
}

/// The value of an attribute. If it was set twice the last value counts, as it does for backends.
fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().rev().find(|attribute| attribute.key.as_str() == key)?;
    Some(printable(&attribute.value.as_str()))
}

/// `text` without control characters, because a line break in a name must not look like a line of the tree.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

fn kind(kind: &SpanKind) -> &'static str {
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
        let name_width = spans().map(|line| line.name.chars().count()).max().unwrap_or(0);
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
