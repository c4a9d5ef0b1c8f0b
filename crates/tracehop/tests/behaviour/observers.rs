//! Observers: told of every operation once at its start and once at its end, whether or not it has a span.

use std::fmt;
use std::future::pending;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    Correlation, CreationContext, Destination, EndedOperation, Failure, MemoryHeaders, MessageInfo,
    MessageSpan, MessagingTracer, MessagingTracerBuilder, Observer, StartedOperation, UnansweredSpan,
    process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, MailError, Post, TRACEPARENT, letter};

/// What an observer was told of an operation that has ended.
#[derive(Clone, Debug)]
struct Told {
    name: &'static str,
    destination: Option<String>,
    started_at: SystemTime,
    ended_at: SystemTime,
    duration: Duration,
    error_type: Option<String>,
}

/// Writes down what it is told. Clones write into one book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness {
    /// Stands before each line, if there are several.
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
    ended: Arc<Mutex<Vec<Told>>>,
}

impl Witness {
    pub(crate) fn named(&self, name: &'static str) -> Self {
        Self { name, ..self.clone() }
    }

    pub(crate) fn write(&self, line: impl fmt::Display) {
        let line = format!("{} {line}", self.name).trim_start().to_owned();
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// What was written, and an empty book.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    fn ended(&self) -> Vec<Told> {
        self.ended.lock().unwrap().clone()
    }
}

/// What a witness keeps of an operation, to know it again.
pub(crate) struct Kept {
    facts: String,
    started: SystemTime,
}

impl Observer for Witness {
    type State = Kept;

    fn start(&self, operation: &StartedOperation<'_>) -> Kept {
        let facts = format!(
            "{} {} {} {}",
            operation.system(),
            operation.kind().as_str(),
            operation.name(),
            operation.destination().unwrap_or("-")
        );
        self.write(format_args!("+ {facts}"));
        Kept { facts, started: operation.started_at() }
    }

    fn end(&self, operation: &EndedOperation<'_>, state: Kept) {
        let Kept { facts, started } = state;
        assert_eq!(operation.started_at(), started, "{facts}");
        let again = format!(
            "{} {} {} {}",
            operation.system(),
            operation.kind().as_str(),
            operation.name(),
            operation.destination().unwrap_or("-")
        );
        assert_eq!(again, facts);
        let failed = operation.error_type().map(|error| format!(" error={error}"));
        self.write(format_args!("- {facts}{}", failed.unwrap_or_default()));
        self.ended.lock().unwrap().push(Told {
            name: operation.name(),
            destination: operation.destination().map(ToOwned::to_owned),
            started_at: operation.started_at(),
            ended_at: operation.ended_at(),
            duration: operation.duration(),
            error_type: operation.error_type().map(ToOwned::to_owned),
        });
    }
}

pub(crate) fn orders() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}

pub(crate) fn send(post: &Post) -> MessageSpan {
    post.client.send(&orders(), &mut MemoryHeaders::new())
}

fn order(post: &Post) -> tracehop::Received<Letter, crate::mail::Mail> {
    post.receive_from_elsewhere()
}

fn creation() -> CreationContext {
    TRACEPARENT.parse().unwrap()
}

pub(crate) const FULL: Result<(), MailError> = Err(MailError("BOX_FULL"));

/// Each row: why it is there, what is done, and what an observer is told: `+` at the start and `-` at the end; then system,
/// kind, name and destination.
type Row = (&'static str, fn(&Post), &'static [&'static str]);

const OPERATIONS: &[Row] = &[
    (
        "a send that succeeds",
        |post| send(post).end(),
        &["+ mail send send orders", "- mail send send orders"],
    ),
    (
        "a send that fails is told why, by the client's own code",
        |post| send(post).finish(&FULL),
        &["+ mail send send orders", "- mail send send orders error=BOX_FULL"],
    ),
    (
        "a send that succeeds by its result",
        |post| send(post).finish(&Ok::<(), MailError>(())),
        &["+ mail send send orders", "- mail send send orders"],
    ),
    (
        "a send whose failure is known",
        |post| send(post).fail(Failure::new("timeout", &"late")),
        &["+ mail send send orders", "- mail send send orders error=timeout"],
    ),
    (
        "a send that nobody ends",
        |post| drop(send(post)),
        &["+ mail send send orders", "- mail send send orders error=abandoned"],
    ),
    (
        "a send that a panic ends",
        |post| {
            let sends = AssertUnwindSafe(|| {
                let _send = send(post);
                panic!("the client's own message");
            });
            panic::catch_unwind(sends).unwrap_err();
        },
        &["+ mail send send orders", "- mail send send orders error=panic"],
    ),
    (
        "another of the system's words for a send",
        |post| post.client.send_as("request", &orders(), &mut MemoryHeaders::new()).end(),
        &["+ mail send request orders", "- mail send request orders"],
    ),
    (
        "a send whose answer nobody awaits is no failure",
        |post| drop(UnansweredSpan::new(send(post))),
        &["+ mail send send orders", "- mail send send orders"],
    ),
    (
        "a send under a template: the name is of high cardinality",
        |post| {
            let reply = MessageInfo::to(Destination::named("reply.7f3a").template("reply.{id}"));
            post.client.send(&reply, &mut MemoryHeaders::new()).end();
        },
        &["+ mail send send reply.{id}", "- mail send send reply.{id}"],
    ),
    (
        "a send to a place of high cardinality without a template",
        |post| {
            let reply = MessageInfo::to(Destination::named("reply.7f3a").temporary());
            post.client.send(&reply, &mut MemoryHeaders::new()).end();
        },
        &["+ mail send send -", "- mail send send -"],
    ),
    (
        "a send to a place of high cardinality with a label",
        |post| {
            let order = MessageInfo::to(Destination::named("order-42").label("orders"));
            post.client.send(&order, &mut MemoryHeaders::new()).end();
        },
        &["+ mail send send orders", "- mail send send orders"],
    ),
    (
        "getting a message",
        |post| post.client.receive_span(&order(post), SystemTime::now()),
        &["+ mail receive fetch orders", "- mail receive fetch orders"],
    ),
    (
        "getting several messages",
        |post| {
            let mut batch = post.client.receive_batch(SystemTime::now());
            batch.add(&order(post));
            batch.add(&order(post));
        },
        &["+ mail receive fetch orders", "- mail receive fetch orders"],
    ),
    (
        "getting several messages, which breaks off",
        |post| {
            let mut batch = post.client.receive_batch(SystemTime::now());
            batch.add(&order(post));
            batch.fail(Failure::of(&MailError("CLOSED")));
        },
        &["+ mail receive fetch orders", "- mail receive fetch orders error=CLOSED"],
    ),
    (
        "getting none of several messages is no operation",
        |post| drop(post.client.receive_batch(SystemTime::now())),
        &[],
    ),
    (
        "a handler",
        |post| order(post).process(async {}).now_or_never().unwrap(),
        &["+ mail process process orders", "- mail process process orders"],
    ),
    (
        "a handler that fails",
        |post| drop(order(post).process(async { FULL }).now_or_never().unwrap()),
        &["+ mail process process orders", "- mail process process orders error=BOX_FULL"],
    ),
    (
        "a handler that takes the message with it",
        |post| order(post).process_owned(|_| async {}).now_or_never().unwrap(),
        &["+ mail process process orders", "- mail process process orders"],
    ),
    (
        "a handler that is dropped before it is done",
        |post| assert!(order(post).process(pending::<()>()).now_or_never().is_none()),
        &["+ mail process process orders", "- mail process process orders error=cancelled"],
    ),
    (
        "a handler that is never polled: there is no operation yet",
        |post| drop(order(post).process(async {})),
        &[],
    ),
    (
        "a handler that is never polled, of an operation that was started by hand",
        |post| drop(order(post).start_process().run(async {})),
        &["+ mail process process orders", "- mail process process orders error=cancelled"],
    ),
    (
        "a handler that panics",
        |post| {
            let handler = async { panic!("the handler's own message") };
            let handler = order(post).process_owned(|_| handler.map(|()| ()));
            panic::catch_unwind(AssertUnwindSafe(|| handler.now_or_never())).unwrap_err();
        },
        &["+ mail process process orders", "- mail process process orders error=panic"],
    ),
    (
        "a blocking handler",
        |post| drop(order(post).process_blocking(|| FULL)),
        &["+ mail process process orders", "- mail process process orders error=BOX_FULL"],
    ),
    (
        "a blocking handler that panics",
        |post| {
            let order = order(post);
            let handler = || order.process_blocking(|| -> () { panic!("the handler's own message") });
            panic::catch_unwind(AssertUnwindSafe(handler)).unwrap_err();
        },
        &["+ mail process process orders", "- mail process process orders error=panic"],
    ),
    (
        "a processing in hand that nobody ends",
        |post| drop(order(post).start_process()),
        &["+ mail process process orders", "- mail process process orders error=abandoned"],
    ),
    (
        "a processing in hand that is failed",
        |post| order(post).start_process().fail(Failure::new("rejected", &"too late")),
        &["+ mail process process orders", "- mail process process orders error=rejected"],
    ),
    (
        "what a handler sends is told inside of it",
        |post| order(post).process_blocking(|| send(post).end()),
        &[
            "+ mail process process orders",
            "+ mail send send orders",
            "- mail send send orders",
            "- mail process process orders",
        ],
    ),
    (
        "a batch is one operation",
        |post| {
            let output = process_batch(&[order(post), order(post)], async { FULL }).now_or_never();
            assert_eq!(output, Some(FULL));
        },
        &["+ mail process process orders", "- mail process process orders error=BOX_FULL"],
    ),
    (
        "a batch from several places has no destination",
        |post| {
            let invoice = post.receive(Letter { topic: "invoices", ..letter([]) });
            process_batch(&[order(post), invoice], async {}).now_or_never().unwrap();
        },
        &["+ mail process process -", "- mail process process -"],
    ),
    (
        "a settlement",
        |post| post.client.settle("ack", &orders(), creation).end(),
        &["+ mail settle ack orders", "- mail settle ack orders"],
    ),
    (
        "a settlement that fails",
        |post| post.client.settle("nack", &orders(), creation).finish(&Err::<(), _>(MailError("CLOSED"))),
        &["+ mail settle nack orders", "- mail settle nack orders error=CLOSED"],
    ),
    ("what an adapter does not trace is no operation", |_| MessageSpan::noop().finish(&FULL), &[]),
];

/// Does all of them, and compares what an observer is told.
#[track_caller]
fn check(builder: MessagingTracerBuilder) {
    let witness = Witness::default();
    let post = Post::new(&builder.receive_spans(true).observer(witness.clone()).build());
    for (reason, operation, expected) in OPERATIONS {
        operation(&post);
        assert_eq!(witness.take(), *expected, "{reason}");
    }
    assert_eq!(post.client.tracer().observer_panics(), 0);
}

#[test]
fn each_operation_is_told_once_at_its_start_and_once_at_its_end() {
    check(SpanRecorder::new().messaging_tracer_builder());
}

#[test]
fn operations_are_told_without_an_sdk() {
    check(MessagingTracer::builder());
    check(MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()));
}

#[test]
fn operations_are_told_if_no_span_is_sampled() {
    check(SpanRecorder::unsampled().messaging_tracer_builder());
}

#[test]
fn operations_in_a_suppressed_scope_are_not_told() {
    let spans = SpanRecorder::new();
    let witness = Witness::default();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).observer(witness.clone()).build();
    let post = Post::new(&tracer);
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    for (reason, operation, _) in OPERATIONS {
        operation(&post);
        assert_eq!(witness.take(), [""; 0], "{reason}");
    }
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn operations_are_told_after_the_sdk_was_shut_down() {
    let spans = SpanRecorder::new();
    spans.provider().shutdown().unwrap();
    check(spans.messaging_tracer_builder());
}

#[test]
fn operations_are_told_under_an_unsampled_parent_that_is_trusted() {
    let spans = SpanRecorder::new();
    let unsampled = format!("{}00", TRACEPARENT.strip_suffix("01").unwrap());
    let _active = unsampled.parse::<CreationContext>().unwrap().to_context().attach();
    check(spans.messaging_tracer_builder().trust_unsampled(true).correlation(Correlation::Nest));
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn a_settlement_that_makes_no_trace_is_told_too() {
    let witness = Witness::default();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().observer(witness.clone()).build());
    post.client.settle("ack", &orders(), || CreationContext::NONE).end();
    assert_eq!(witness.take(), ["+ mail settle ack orders", "- mail settle ack orders"]);
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn getting_a_message_is_told_if_it_has_no_span() {
    let witness = Witness::default();
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().observer(witness.clone()).build());
    let clock = post.client.start_receive();
    let order = post.client.received_since(letter([]), clock);
    let told = ["+ mail receive fetch orders", "- mail receive fetch orders"];
    assert_eq!(witness.take(), told);
    post.client.receive_span(&order, SystemTime::now());
    assert_eq!(witness.take(), told);
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

/// The attribute of this key, as text.
fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)
        .map(|found| found.value.to_string())
}

#[test]
fn times_and_error_types_are_those_of_the_spans() {
    let witness = Witness::default();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).observer(witness.clone()).build();
    let post = Post::new(&tracer);
    for (_, operation, _) in OPERATIONS {
        operation(&post);
    }
    let mut of_spans: Vec<_> = spans
        .finished()
        .iter()
        .map(|span| (span.start_time, span.end_time, span.name.to_string(), attribute(span, "error.type")))
        .collect();
    let mut told: Vec<_> = witness
        .ended()
        .into_iter()
        .map(|Told { name, destination, started_at, ended_at, error_type, duration }| {
            assert_eq!(ended_at.duration_since(started_at).unwrap(), duration);
            let name = destination.map_or(name.to_owned(), |destination| format!("{name} {destination}"));
            (started_at, ended_at, name, error_type)
        })
        .collect();
    of_spans.sort();
    told.sort();
    assert!(told.len() > 20, "the operations were told");
    assert_eq!(of_spans, told);
}

#[test]
fn an_operation_that_began_earlier_is_told_so() {
    let a_minute = Duration::from_secs(60);
    let witness = Witness::default();
    let post = Post::new(
        &SpanRecorder::new().messaging_tracer_builder().receive_spans(true).observer(witness.clone()).build(),
    );
    let now = SystemTime::now();
    post.client.receive_span(&order(&post), now - a_minute);
    let told = witness.ended().remove(0);
    assert_eq!(told.started_at, now - a_minute);
    assert!(told.duration >= a_minute && told.ended_at >= now, "{told:?}");

    // The clock was set back meanwhile.
    post.client.receive_span(&order(&post), now + 10 * a_minute);
    assert_eq!(witness.ended().remove(1).duration, Duration::ZERO);
}

#[test]
fn several_observers_are_told_in_the_order_in_which_they_were_added() {
    let book = Witness::default();
    let tracer = MessagingTracer::builder()
        .observer(book.named("first"))
        .observer(book.named("second"))
        .observer(book.named("third"))
        .build();
    send(&Post::new(&tracer)).finish(&FULL);
    assert_eq!(
        book.take(),
        [
            "first + mail send send orders",
            "second + mail send send orders",
            "third + mail send send orders",
            "first - mail send send orders error=BOX_FULL",
            "second - mail send send orders error=BOX_FULL",
            "third - mail send send orders error=BOX_FULL",
        ]
    );
}

#[test]
fn clones_of_a_tracer_share_their_observers_and_tracers_do_not() {
    let (witness, other) = (Witness::default(), Witness::default());
    let tracer = MessagingTracer::builder().observer(witness.clone()).build();
    let _other = MessagingTracer::builder().observer(other.clone()).build();
    send(&Post::new(&tracer.clone())).end();
    assert_eq!((witness.take().len(), other.take().len()), (2, 0));
}
