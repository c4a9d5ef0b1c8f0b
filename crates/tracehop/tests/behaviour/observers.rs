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
    ClientFacts, ClientTracer, CreationContext, Destination, EndedOperation, Failure, MemoryHeaders,
    MessageInfo, MessageSpan, MessagingTracer, MessagingTracerBuilder, Observer, StartedOperation,
    UnansweredSpan, process_batch,
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
struct Witness {
    /// Stands before each line, if there are several.
    name: &'static str,
    lines: Arc<Mutex<Vec<String>>>,
    ended: Arc<Mutex<Vec<Told>>>,
}

impl Witness {
    fn named(&self, name: &'static str) -> Self {
        Self { name, ..self.clone() }
    }

    fn write(&self, line: impl fmt::Display) {
        let line = format!("{} {line}", self.name).trim_start().to_owned();
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// What was written, and an empty book.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    fn ended(&self) -> Vec<Told> {
        self.ended.lock().unwrap().clone()
    }
}

/// What a witness keeps of an operation, to know it again.
struct Kept {
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

fn orders() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}

fn send(post: &Post) -> MessageSpan {
    post.client.send(&orders(), &mut MemoryHeaders::new())
}

fn order(post: &Post) -> tracehop::Received<Letter, crate::mail::Mail> {
    post.receive_from_elsewhere()
}

fn creation() -> CreationContext {
    TRACEPARENT.parse().unwrap()
}

const FULL: Result<(), MailError> = Err(MailError("BOX_FULL"));

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
    check(spans.messaging_tracer_builder().trust_unsampled(true));
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

/// An observer that fails.
struct Clumsy {
    book: Witness,
    at_start: bool,
}

impl Observer for Clumsy {
    type State = Kept;

    fn start(&self, operation: &StartedOperation<'_>) -> Kept {
        assert!(!self.at_start, "the observer's own message");
        self.book.start(operation)
    }

    fn end(&self, operation: &EndedOperation<'_>, state: Kept) {
        self.book.end(operation, state);
        panic!("the observer's own message");
    }
}

#[test]
fn an_observer_that_panics_is_counted_and_nobody_else_notices() {
    for (at_start, of_the_clumsy) in [
        // It saw no start, so there is no end for it.
        (true, &[][..]),
        (
            false,
            &["clumsy + mail process process orders", "clumsy - mail process process orders error=BOX_FULL"],
        ),
    ] {
        let book = Witness::default();
        let spans = SpanRecorder::new();
        let tracer = spans
            .messaging_tracer_builder()
            .observer(book.named("first"))
            .observer(Clumsy { book: book.named("clumsy"), at_start })
            .observer(book.named("last"))
            .build();
        let post = Post::new(&tracer);
        let order = post.receive(letter([]));
        for times in 1..=2 {
            let result = order.process_blocking(|| FULL);
            assert_eq!(result, FULL);
            assert_eq!(tracer.observer_panics(), times);
            let (clumsy, others): (Vec<String>, Vec<String>) =
                book.take().into_iter().partition(|line| line.starts_with("clumsy"));
            assert_eq!(clumsy, of_the_clumsy, "at the start: {at_start}");
            assert_eq!(
                others,
                [
                    "first + mail process process orders",
                    "last + mail process process orders",
                    "first - mail process process orders error=BOX_FULL",
                    "last - mail process process orders error=BOX_FULL",
                ]
            );
        }
        spans.assert_tree(
            "
            process orders  CONSUMER  error=BOX_FULL
            process orders  CONSUMER  error=BOX_FULL
            ",
        );
    }
}

#[test]
fn an_observer_that_panics_while_a_handlers_panic_unwinds_goes_no_further() {
    let spans = SpanRecorder::new();
    let clumsy = Clumsy { book: Witness::default(), at_start: false };
    let post = Post::new(&spans.messaging_tracer_builder().observer(clumsy).build());
    let order = post.receive(letter([]));
    let handler = || order.process_blocking(|| -> () { panic!("the handler's own message") });
    let panicked = panic::catch_unwind(AssertUnwindSafe(handler)).unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"the handler's own message"));
    assert_eq!(post.client.tracer().observer_panics(), 1);
    spans.assert_tree("process orders  CONSUMER  error=panic");
}

#[test]
fn clones_of_a_tracer_share_their_observers_and_tracers_do_not() {
    let (witness, other) = (Witness::default(), Witness::default());
    let tracer = MessagingTracer::builder().observer(witness.clone()).build();
    let _other = MessagingTracer::builder().observer(other.clone()).build();
    send(&Post::new(&tracer.clone())).end();
    assert_eq!((witness.take().len(), other.take().len()), (2, 0));
}

/// An observer that tells what it is shown, as `Debug` prints it.
struct Printer(Witness);

impl Observer for Printer {
    type State = ();

    fn start(&self, operation: &StartedOperation<'_>) {
        self.0.write(format_args!("{operation:?}"));
    }

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        self.0.write(format_args!("{operation:?}"));
    }
}

#[test]
fn what_an_observer_is_shown_can_be_printed() {
    let book = Witness::default();
    let tracer = MessagingTracer::builder().observer(Printer(book.clone())).build();
    send(&Post::new(&tracer)).finish(&FULL);
    let [start, end] = <[String; 2]>::try_from(book.take()).unwrap();
    assert!(start.starts_with("StartedOperation") && start.contains("\"orders\""), "{start}");
    assert!(end.starts_with("EndedOperation") && end.contains("BOX_FULL"), "{end}");
}

/// Writes down what is known of clients.
struct ClientWitness(Witness);

impl ClientWitness {
    fn write(&self, id: Option<&str>, group: Option<&str>, server: Option<&str>, rest: impl std::fmt::Debug) {
        let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
        self.0.write(format_args!("{} {} {} {rest:?}", text(id), text(group), text(server)));
    }
}

impl Observer for ClientWitness {
    type State = ();

    fn start(&self, operation: &StartedOperation<'_>) {
        let (id, group) = (operation.client_id(), operation.consumer_group());
        self.write(id, group, operation.server_address(), operation.server_port());
    }

    fn end(&self, operation: &EndedOperation<'_>, (): ()) {
        let (id, group) = (operation.client_id(), operation.consumer_group());
        let rest = (operation.server_port(), operation.message_count());
        self.write(id, group, operation.server_address(), rest);
    }
}

#[test]
fn an_observer_is_told_of_the_client_and_how_many_messages_there_were() {
    let witness = Witness::default();
    let tracer = MessagingTracer::builder().observer(ClientWitness(witness.clone())).build();
    let facts = ClientFacts::default().client_id("till-1").consumer_group("billing").server("mail-1", 25);
    let client = ClientTracer::<crate::mail::Mail>::new(&tracer, facts);

    client.send(&orders(), &mut MemoryHeaders::new()).end();
    // A sender is in no group.
    assert_eq!(witness.take(), ["till-1 - mail-1 Some(25)", "till-1 - mail-1 (Some(25), 1)"]);

    let batch = [(); 3].map(|()| client.received(letter([])));
    let in_group = ["till-1 billing mail-1 Some(25)", "till-1 billing mail-1 (Some(25), 3)"];
    client.process_batch(&batch).finish(&());
    assert_eq!(witness.take(), in_group);
    let mut fetch = client.receive_batch(SystemTime::now());
    for order in &batch {
        fetch.add(order);
    }
    drop(fetch);
    assert_eq!(witness.take(), in_group);
    let mut fetch = client.receive_batch(SystemTime::now());
    fetch.add(&batch[0]);
    fetch.add(&batch[1]);
    fetch.fail(Failure::of(&MailError("CLOSED")));
    fetch.add(&batch[2]);
    drop(fetch);
    let ends: Vec<_> = witness.take().into_iter().skip(1).step_by(2).collect();
    assert_eq!(ends, ["till-1 billing mail-1 (Some(25), 2)", "till-1 billing mail-1 (Some(25), 1)"]);

    let unknown = ClientTracer::<crate::mail::Mail>::new(&tracer, ClientFacts::default());
    unknown.settle("ack", &orders(), || CreationContext::NONE).end();
    assert_eq!(witness.take(), ["- - - None", "- - - (None, 1)"]);
}
