//! Whether what was recorded hangs together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use opentelemetry::trace::{SpanKind, TraceId};
use tracehop::{OperationKind, semconv};

use crate::hop::Hop;
use crate::printable::{count, indented, printable, shortened};
use crate::recorded_span::{Id, RecordedSpan};
use crate::tree::{self, TraceTree};

/// So many traces are shown if there should be one.
const MOST_TRACES: usize = 10;

/// What the spans tell of the way of messages.
impl TraceTree {
    /// Asserts that every parent was recorded, except those that are marked as parents in another process.
    ///
    /// # Panics
    ///
    /// Panics if a parent is missing, for example because its span never ended or was not exported, and if there are no spans
    /// at all. The message names each such span, and shows the tree. Exporters of the OpenTelemetry SDKs before 2024 do not
    /// mark parents: for theirs, a parent in another process must have been recorded too.
    #[track_caller]
    pub fn assert_no_orphans(&self) {
        self.assert_some("no span is an orphan");
        let index = self.index();
        let orphan = |recorded: &RecordedSpan| {
            let parent = recorded.parent()?;
            let is_known = recorded.span.parent_span_is_remote || index.contains_key(&parent);
            (!is_known).then(|| format!("{}: its parent is {}", title(recorded), id_text(parent)))
        };
        let orphans: Vec<String> = self.spans.iter().filter_map(orphan).collect();
        if !orphans.is_empty() {
            let total = count(self.spans.len(), "span");
            self.fail(&format!("{} of {total} have a parent that was not recorded", orphans.len()), &orphans);
        }
    }

    /// Asserts that every CONSUMER span leads to the span that sent its message, which was recorded too.
    ///
    /// A span that sent is one of kind PRODUCER, or of kind CLIENT whose `messaging.operation.type` is `send` or `create`. A
    /// CONSUMER span leads to it by a link or, as instrumentations of other languages have it, as its child. It may also lead to
    /// the work that stored the message's context, in an outbox for example, if a CLIENT span that sent to the same destination
    /// links to that too. Each of its links must lead to a span that was recorded.
    ///
    /// # Panics
    ///
    /// Panics if one does not, and if there is no CONSUMER span at all. The message names each such span, says where it does
    /// lead to, and shows the tree.
    #[track_caller]
    pub fn assert_every_message_linked(&self) {
        self.assert_some("every message is linked");
        let index = self.index();
        let consumers: Vec<&RecordedSpan> = self.spans.iter().filter(|span| is_consumer(span)).collect();
        if consumers.is_empty() {
            self.fail("there is no CONSUMER span, so nothing is known of any message", &[]);
        }
        let relays = self.relays();
        let problem = |recorded: &&RecordedSpan| {
            let leads = self.leads(recorded, &index, &relays)?;
            Some(format!("{}: {leads}", title(recorded)))
        };
        let problems: Vec<String> = consumers.iter().filter_map(problem).collect();
        if !problems.is_empty() {
            let total = count(consumers.len(), "CONSUMER span");
            self.fail(
                &format!("{} of {total} do not lead to a send that was recorded", problems.len()),
                &problems,
            );
        }
    }

    /// Asserts that all spans are of one trace.
    ///
    /// # Panics
    ///
    /// Panics if they are of several traces, and if there are no spans at all. The message shows a tree of each trace.
    #[track_caller]
    pub fn assert_one_trace(&self) {
        self.assert_some("all spans are of one trace");
        let mut traces: Vec<TraceId> = Vec::new();
        let mut spans: HashMap<TraceId, Vec<RecordedSpan>> = HashMap::new();
        for recorded in &self.spans {
            let trace = recorded.id().0;
            let of_trace = spans.entry(trace).or_insert_with(|| {
                traces.push(trace);
                Vec::new()
            });
            of_trace.push(recorded.clone());
        }
        if traces.len() == 1 {
            return;
        }
        let mut text = format!("the spans are of {} traces, not of one\n", traces.len());
        for trace in traces.iter().take(MOST_TRACES) {
            let spans = spans.remove(trace).unwrap_or_default();
            let _ = writeln!(text, "trace {trace}, {}:", count(spans.len(), "span"));
            text += &shortened(&TraceTree::of(spans).to_string());
        }
        if traces.len() > MOST_TRACES {
            let _ = writeln!(text, "… and {} traces more", traces.len() - MOST_TRACES);
        }
        panic!("{text}{}", self.note);
    }

    /// Asserts that a message went this way: a span sent it, and a CONSUMER span leads to that one, as
    /// [`assert_every_message_linked`](Self::assert_every_message_linked) has it.
    ///
    /// ```should_panic
    /// use tracehop_testing::{Hop, TraceTree};
    ///
    /// let nothing = TraceTree::new([]);
    /// nothing.assert_hop(&Hop::over("orders").from("checkout").to("payments"));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if none did. The message lists the hops that there are, the sends that nobody received, and shows the tree.
    #[track_caller]
    pub fn assert_hop(&self, hop: &Hop) {
        self.assert_some(&format!("a message went {hop}"));
        let index = self.index();
        let relays = self.relays();
        let mut received: HashSet<usize> = HashSet::new();
        let mut hops: BTreeMap<String, usize> = BTreeMap::new();
        for consumer in self.spans.iter().filter(|span| is_consumer(span)) {
            let ids: HashSet<Id> = consumer.links().chain(consumer.parent()).collect();
            let itself = |id: &Id| index.get(id).copied().filter(|&i| is_send(&self.spans[i]));
            let relayed = |id: &Id| self.relayed(*id, consumer, &relays);
            for sent in ids.iter().flat_map(|id| itself(id).into_iter().chain(relayed(id))) {
                let sender = &self.spans[sent];
                if is(hop, sender, consumer) {
                    return;
                }
                received.insert(sent);
                *hops.entry(hop_text(sender, consumer)).or_default() += 1;
            }
        }
        let line = |(hop, times)| if times == 1 { hop } else { format!("{hop} ({times} times)") };
        let mut lines: Vec<String> = hops.into_iter().map(line).collect();
        if lines.is_empty() {
            lines.push("(there are no hops)".to_owned());
        }
        let sends = self.spans.iter().enumerate();
        let unreceived = sends.filter(|(i, span)| is_send(span) && !received.contains(i));
        lines.extend(unreceived.map(|(_, span)| {
            let destination = destination(span).unwrap_or_else(|| "(unknown)".to_owned());
            format!("{} → {destination} → (nobody): no CONSUMER span leads to it", service(span))
        }));
        self.fail(&format!("no message went {hop}; those that were recorded went"), &lines);
    }

    /// The sends of messages that have another span's context, by that span: what an outbox or a replay sends.
    fn relays(&self) -> HashMap<Id, Vec<usize>> {
        let mut relays: HashMap<Id, Vec<usize>> = HashMap::new();
        for (i, span) in self.spans.iter().enumerate() {
            if span.span.span_kind == SpanKind::Client && is_send(span) {
                span.links().for_each(|link| relays.entry(link).or_default().push(i));
            }
        }
        relays
    }

    /// Those of them that sent a message with the context of this span to where `consumer` got its own from.
    fn relayed<'a>(
        &'a self,
        id: Id,
        consumer: &'a RecordedSpan,
        relays: &'a HashMap<Id, Vec<usize>>,
    ) -> impl Iterator<Item = usize> + 'a {
        let sends = relays.get(&id).into_iter().flatten().copied();
        sends.filter(move |&i| leads_to(&self.spans[i], consumer))
    }

    /// Why a CONSUMER span does not lead to a send. `None` if it does.
    fn leads(
        &self,
        consumer: &RecordedSpan,
        index: &HashMap<Id, usize>,
        relays: &HashMap<Id, Vec<usize>>,
    ) -> Option<String> {
        let is_sent = |i: usize| {
            let span = &self.spans[i];
            is_send(span) || self.relayed(span.id(), consumer, relays).next().is_some()
        };
        let mut found = false;
        let mut elsewhere = Vec::new();
        for link in consumer.links() {
            match index.get(&link) {
                None => return Some(format!("it links to {}, which was not recorded", id_text(link))),
                Some(&i) if is_sent(i) => found = true,
                Some(&i) => elsewhere.push(format!("links to {}", title(&self.spans[i]))),
            }
        }
        match consumer.parent().map(|id| (id, index.get(&id))) {
            Some((_, Some(&i))) if is_sent(i) => found = true,
            Some((_, Some(&i))) => elsewhere.push(format!("is below {}", title(&self.spans[i]))),
            Some((id, None)) => elsewhere.push(format!("is below {}, which was not recorded", id_text(id))),
            None => {}
        }
        if found {
            return None;
        }
        if elsewhere.is_empty() {
            return Some("it has no link and no parent".to_owned());
        }
        Some(format!("it {}", elsewhere.join(", and ")))
    }

    /// An assertion about spans that are not there would always hold.
    #[track_caller]
    fn assert_some(&self, what: &str) {
        assert!(
            !self.spans.is_empty(),
            "nothing was recorded, so it is not known whether {what}\n{}",
            self.note
        );
    }

    #[track_caller]
    fn fail(&self, what: &str, lines: &[String]) -> ! {
        let colon = if lines.is_empty() { "" } else { ":" };
        panic!("{what}{colon}\n{}{}", indented(lines), self.recorded());
    }
}

fn is(hop: &Hop, sender: &RecordedSpan, consumer: &RecordedSpan) -> bool {
    let of = |service: &Option<String>, span: &RecordedSpan| match service {
        Some(service) => span.service.as_deref() == Some(service),
        None => true,
    };
    let over = [sender, consumer].into_iter().filter_map(destination).any(|name| name == hop.destination);
    over && of(&hop.from, sender) && of(&hop.to, consumer)
}

/// Whether a message that was sent to one destination may have come out at the other. RabbitMQ's consumers append the queue:
/// `orders:eu` is delivered as `orders:eu:billing`.
fn leads_to(sender: &RecordedSpan, consumer: &RecordedSpan) -> bool {
    let (Some(to), Some(from)) = (destination(sender), destination(consumer)) else { return true };
    from.strip_prefix(&*to).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn hop_text(sender: &RecordedSpan, consumer: &RecordedSpan) -> String {
    let mut names: Vec<String> = [sender, consumer].into_iter().filter_map(destination).collect();
    names.dedup();
    let over = if names.is_empty() { "(unknown)".to_owned() } else { names.join(" = ") };
    format!("{} → {over} → {}", service(sender), service(consumer))
}

fn destination(recorded: &RecordedSpan) -> Option<String> {
    recorded.attribute(semconv::MESSAGING_DESTINATION_NAME).map(|name| printable(&name))
}

fn service(recorded: &RecordedSpan) -> String {
    recorded.service.as_deref().map_or_else(|| "(no service)".to_owned(), printable)
}

fn is_consumer(recorded: &RecordedSpan) -> bool {
    recorded.span.span_kind == SpanKind::Consumer
}

fn is_send(recorded: &RecordedSpan) -> bool {
    let sends = || {
        let kind = recorded.attribute(semconv::MESSAGING_OPERATION_TYPE);
        [OperationKind::Send, OperationKind::Create].iter().any(|send| kind.as_deref() == Some(send.as_str()))
    };
    match recorded.span.span_kind {
        SpanKind::Producer => true,
        SpanKind::Client => sends(),
        _ => false,
    }
}

fn title(recorded: &RecordedSpan) -> String {
    format!("\"{}\" {}", tree::name(recorded), tree::kind(&recorded.span.span_kind))
}

fn id_text((trace, span): Id) -> String {
    format!("span {span} of trace {trace}")
}
