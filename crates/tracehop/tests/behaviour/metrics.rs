//! Metrics: the conventions' four, and how contexts fare.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_semantic_conventions::metric as conventions;
use tracehop::{
    ClientFacts, ClientTracer, Destination, Failure, MemoryHeaders, MessageInfo, MessagingMetrics,
    MessagingTracer, Trust, process_batch, semconv,
};
use tracehop_testing::{MetricPoint, MetricRecorder, SpanRecorder};

use crate::mail::{Letter, MailError, Post, TRACEPARENT, decline, letter, orders};

/// What is recorded, and a client whose metrics it records. Spans go nowhere.
fn metered(settings: impl FnOnce(MessagingMetrics) -> MessagingMetrics) -> (MetricRecorder, Post) {
    let metrics = MetricRecorder::new();
    let tracer = MessagingTracer::builder()
        .tracer_provider(NoopTracerProvider::new())
        .metrics(settings(metrics.messaging()))
        .build();
    (metrics, post(&tracer))
}

fn post(tracer: &MessagingTracer) -> Post {
    let facts = ClientFacts::default().client_id("a").consumer_group("billing").server("mail.local", 25);
    Post { client: ClientTracer::new(tracer, facts) }
}

/// The points whose names begin so, without what stands on all of them.
fn lines(metrics: &MetricRecorder, prefix: &str) -> Vec<String> {
    let shorten = |line: String| {
        line.replace("messaging.", "")
            .replace(", server.address=mail.local, server.port=25", "")
            .replace(", system=mail", "")
    };
    metrics.lines().into_iter().filter(|line| line.starts_with(prefix)).map(shorten).collect()
}

fn point(metrics: &MetricRecorder, name: &str) -> MetricPoint {
    let mut points: Vec<_> = metrics.points().into_iter().filter(|point| point.name == name).collect();
    assert_eq!(points.len(), 1, "{points:?}");
    points.remove(0)
}

/// In seconds, as the conventions advise.
const DURATIONS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

#[test]
fn names_units_and_buckets_are_those_of_the_conventions() {
    let (metrics, post) = metered(|settings| settings);
    post.receive(post.send("orders")).process_blocking(|| {});
    for (name, unit, kind, bounds) in [
        (conventions::MESSAGING_CLIENT_OPERATION_DURATION, "s", "histogram", &DURATIONS[..]),
        (conventions::MESSAGING_PROCESS_DURATION, "s", "histogram", &DURATIONS),
        (conventions::MESSAGING_CLIENT_SENT_MESSAGES, "{message}", "counter", &[]),
        (conventions::MESSAGING_CLIENT_CONSUMED_MESSAGES, "{message}", "counter", &[]),
    ] {
        let point = point(&metrics, name);
        assert_eq!((point.unit.as_str(), point.kind, &point.bounds[..]), (unit, kind, bounds), "{name}");
    }
}

#[test]
fn each_operation_is_recorded_without_a_span_under_the_attributes_of_the_conventions() {
    let (metrics, post) = metered(|settings| settings);
    let clock = post.client.start_receive();
    let order = post.client.received_since(post.send("orders"), clock);
    order.process_blocking(|| {});
    post.client.settle_received("ack", &orders(), &order).end();
    let all = metrics.lines().into_iter().filter(|line| !line.contains("tracehop.tracer"));
    assert_eq!(
        all.collect::<Vec<_>>(),
        [
            "messaging.client.consumed.messages {message} counter [messaging.consumer.group.name=billing, \
             messaging.destination.name=orders, messaging.operation.name=fetch, messaging.system=mail, \
             server.address=mail.local, server.port=25] 1",
            "messaging.client.operation.duration s histogram [messaging.consumer.group.name=billing, \
             messaging.destination.name=orders, messaging.operation.name=ack, messaging.operation.type=settle, \
             messaging.system=mail, server.address=mail.local, server.port=25] 1",
            "messaging.client.operation.duration s histogram [messaging.consumer.group.name=billing, \
             messaging.destination.name=orders, messaging.operation.name=fetch, \
             messaging.operation.type=receive, messaging.system=mail, server.address=mail.local, \
             server.port=25] 1",
            "messaging.client.operation.duration s histogram [messaging.destination.name=orders, \
             messaging.operation.name=send, messaging.operation.type=send, messaging.system=mail, \
             server.address=mail.local, server.port=25] 1",
            "messaging.client.sent.messages {message} counter [messaging.destination.name=orders, \
             messaging.operation.name=send, messaging.system=mail, server.address=mail.local, \
             server.port=25] 1",
            "messaging.process.duration s histogram [messaging.consumer.group.name=billing, \
             messaging.destination.name=orders, messaging.operation.name=process, messaging.system=mail, \
             server.address=mail.local, server.port=25] 1",
            "tracehop.propagation.contexts {message} counter [messaging.consumer.group.name=billing, \
             messaging.destination.name=orders, messaging.operation.name=fetch, messaging.system=mail, \
             server.address=mail.local, server.port=25, tracehop.propagation.outcome=missing] 1",
            "tracehop.propagation.contexts {message} counter [messaging.destination.name=orders, \
             messaging.operation.name=send, messaging.system=mail, server.address=mail.local, \
             server.port=25, tracehop.propagation.outcome=missing] 1",
        ]
    );
}

#[test]
fn a_span_and_its_metric_have_one_duration_and_one_error_type() {
    let (spans, metrics) = (SpanRecorder::new(), MetricRecorder::new());
    let tracer = spans.messaging_tracer_builder().metrics(metrics.messaging()).build();
    let post = post(&tracer);
    for (error, type_of_error) in [(None, None), (Some("DECLINED"), Some("DECLINED"))] {
        let operation = post.client.send(&orders(), &mut MemoryHeaders::new());
        operation.finish(&error.map_or(Ok(()), |code| Err(MailError(code))));
        let span = spans.finished().pop().expect("the send has a span");
        let took = span.end_time.duration_since(span.start_time).unwrap();
        let of_error = |point: &MetricPoint| {
            let error = point.attributes.iter().find(|(key, _)| key == "error.type");
            error.map(|(_, value)| value.clone())
        };
        let points = metrics.points();
        let recorded = points.iter().find(|point| {
            point.name == semconv::MESSAGING_CLIENT_OPERATION_DURATION
                && of_error(point).as_deref() == type_of_error
        });
        assert!((recorded.unwrap().sum - took.as_secs_f64()).abs() < 1e-9, "{recorded:?} and {took:?}");
        let sent = points.iter().find(|point| {
            point.name == semconv::MESSAGING_CLIENT_SENT_MESSAGES
                && of_error(point).as_deref() == type_of_error
        });
        assert_eq!(sent.unwrap().count, 1);
    }
}

#[test]
fn a_failed_handler_is_recorded_with_its_error_type_and_a_cancelled_one_too() {
    let (metrics, post) = metered(|settings| settings);
    let order = post.receive_from_elsewhere();
    order.process_blocking(|| Err::<(), _>(MailError("DECLINED"))).unwrap_err();
    drop(order.start_process());
    order.start_process().fail(Failure::new("late", &"too late"));
    let durations = lines(&metrics, "messaging.process");
    let expected = ["DECLINED", "abandoned", "late"].map(|error_type| {
        format!(
            "process.duration s histogram [error.type={error_type}, consumer.group.name=billing, \
             destination.name=orders, operation.name=process] 1"
        )
    });
    assert_eq!(durations, expected);
}

#[tokio::test]
async fn messages_of_a_batch_are_counted_each_and_once() {
    let (metrics, post) = metered(|settings| settings);
    let since = SystemTime::now();
    let orders: Vec<_> = (0..3).map(|_| post.receive_from_elsewhere()).collect();
    let mut batch = post.client.receive_batch(since);
    for order in &orders {
        batch.add(order);
    }
    drop(batch);
    process_batch(&orders, async {}).await;
    process_batch(&orders, decline()).await.unwrap_err();
    assert_eq!(point(&metrics, semconv::MESSAGING_CLIENT_CONSUMED_MESSAGES).count, 3);
    assert_eq!(point(&metrics, semconv::MESSAGING_CLIENT_OPERATION_DURATION).count, 1);
    assert_eq!(lines(&metrics, "messaging.process").len(), 2, "one with an error, one without");
}

#[test]
fn what_became_of_each_context_is_counted_once() {
    let cases: [(&str, Trust, Letter); 7] = [
        ("found", Trust::Full, letter([("traceparent", TRACEPARENT)])),
        ("found", Trust::LinkOnly, letter([("traceparent", TRACEPARENT)])),
        ("ignored", Trust::Ignore, letter([("traceparent", TRACEPARENT)])),
        ("missing", Trust::Full, letter([])),
        ("missing", Trust::Full, letter([("tenant", "a")])),
        ("malformed", Trust::Full, letter([("traceparent", "garbage")])),
        (
            "repeated",
            Trust::Full,
            letter([
                ("traceparent", TRACEPARENT),
                ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"),
            ]),
        ),
    ];
    for (expected, trust, letter) in cases {
        let metrics = MetricRecorder::new();
        let tracer = MessagingTracer::builder()
            .tracer_provider(NoopTracerProvider::new())
            .trust(trust)
            .metrics(metrics.messaging())
            .build();
        post(&tracer).receive(letter.clone());
        let contexts = point(&metrics, semconv::TRACEHOP_PROPAGATION_CONTEXTS);
        let outcome = contexts.attributes.iter().find(|(key, _)| key == "tracehop.propagation.outcome");
        assert_eq!((outcome.unwrap().1.as_str(), contexts.count), (expected, 1), "{letter:?}");
    }
}

#[test]
fn what_became_of_each_context_that_was_to_be_sent_is_counted_once() {
    let spans = SpanRecorder::new();
    let metrics = MetricRecorder::new();
    let tracer = spans.messaging_tracer_builder().metrics(metrics.messaging()).build();
    post(&tracer).send("orders");
    post(&tracer).send_with("orders", crate::mail::headers_of([("traceparent", TRACEPARENT)]));
    post(&tracer.with_strip(true)).send("orders");
    let outcomes: Vec<String> = lines(&metrics, "tracehop.propagation.contexts")
        .into_iter()
        .map(|line| line.rsplit_once("outcome=").unwrap().1.to_owned())
        .collect();
    assert_eq!(outcomes, ["kept] 1", "stripped] 1", "written] 1"]);
}

#[test]
fn problems_are_counted_for_their_destination() {
    let (metrics, post) = metered(|settings| settings);
    post.receive(letter([("traceparent", "garbage")]));
    post.receive(letter([("traceparent", TRACEPARENT), ("tracestate", "===")]));
    let problems = lines(&metrics, "tracehop.propagation.problems");
    assert_eq!(
        problems,
        [
            "tracehop.propagation.problems {problem} counter [consumer.group.name=billing, \
             destination.name=orders, operation.name=fetch, tracehop.problem=malformed_traceparent] 1",
            "tracehop.propagation.problems {problem} counter [consumer.group.name=billing, \
             destination.name=orders, operation.name=fetch, tracehop.problem=malformed_tracestate] 1",
        ]
    );
}

#[test]
fn destinations_beyond_the_bound_share_series() {
    let (metrics, post) = metered(|settings| settings.max_destinations(2));
    for name in ["a", "b", "c", "d", "a", "c"] {
        let mut headers = MemoryHeaders::new();
        post.client.send(&MessageInfo::to(Destination::named(name)), &mut headers).end();
    }
    assert_eq!(
        lines(&metrics, "messaging.client.sent"),
        [
            "client.sent.messages {message} counter [destination.name=a, operation.name=send] 2",
            "client.sent.messages {message} counter [destination.name=b, operation.name=send] 1",
            "client.sent.messages {message} counter [operation.name=send, tracehop.destination.overflow=true] 3",
        ]
    );
    assert_eq!(point(&metrics, semconv::TRACEHOP_METRICS_DESTINATIONS).count, 2);
}

#[test]
fn a_hundred_thousand_destinations_stay_within_the_bound() {
    let (metrics, post) = metered(|settings| settings);
    for number in 0..100_000 {
        let name = format!("orders.{number}");
        post.client.send(&MessageInfo::to(Destination::named(&name)), &mut MemoryHeaders::new()).end();
    }
    let sent: Vec<_> = metrics
        .points()
        .into_iter()
        .filter(|point| point.name == semconv::MESSAGING_CLIENT_SENT_MESSAGES)
        .collect();
    assert_eq!(sent.len(), 1001);
    assert_eq!(sent.iter().map(|point| point.count).sum::<u64>(), 100_000);
}

#[test]
fn names_that_are_not_among_few_stand_in_no_attribute() {
    let (metrics, post) = metered(|settings| settings);
    let send = |destination| post.client.send(&MessageInfo::to(destination), &mut MemoryHeaders::new()).end();
    send(Destination::named("reply.1").temporary());
    send(Destination::named("orders.42").template("orders.{id}"));
    send(Destination::named("orders.43").template("orders.{id}"));
    send(Destination::named("x:key:queue").label("queue"));
    assert_eq!(
        lines(&metrics, "messaging.client.sent"),
        [
            "client.sent.messages {message} counter [destination.name=queue, operation.name=send] 1",
            "client.sent.messages {message} counter [destination.template=orders.{id}, operation.name=send] 2",
            "client.sent.messages {message} counter [operation.name=send] 1",
        ]
    );
}

#[test]
fn partitions_are_told_apart_only_if_asked_for() {
    for (asked, expected) in [(false, vec!["3"]), (true, vec!["7=2", "8=1"])] {
        let (metrics, post) = metered(|settings| settings.partitions(asked));
        let mut operation = post.client.send(&orders(), &mut MemoryHeaders::new());
        operation.set_partition(7);
        operation.end();
        for partition in [7, 8] {
            post.client.send(&orders().partition(partition), &mut MemoryHeaders::new()).end();
        }
        let of_partition = |point: MetricPoint| {
            let key = semconv::MESSAGING_DESTINATION_PARTITION_ID;
            let partition = point.attributes.iter().find(|(name, _)| name == key);
            partition.map(|(_, value)| format!("{value}=")).unwrap_or_default() + &point.count.to_string()
        };
        let sent = metrics.points().into_iter();
        let sent = sent.filter(|point| point.name == semconv::MESSAGING_CLIENT_SENT_MESSAGES);
        assert_eq!(sent.map(of_partition).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_time_in_the_queue_is_never_negative() {
    let (metrics, post) = metered(|settings| settings.queue_times(true));
    let now = SystemTime::now();
    for sent_at in [Some(now - Duration::from_secs(7)), Some(now + Duration::from_secs(3600)), None] {
        post.receive(Letter { sent_at, ..letter([]) });
    }
    let queued = point(&metrics, semconv::TRACEHOP_MESSAGE_TIME_IN_QUEUE);
    assert_eq!((queued.unit.as_str(), queued.count), ("s", 1));
    assert!((7.0..60.0).contains(&queued.sum), "{queued:?}");
    assert_eq!(point(&metrics, semconv::TRACEHOP_MESSAGE_SKEWED).count, 1);
}

#[test]
fn how_often_a_message_was_delivered_is_recorded_where_the_system_tells() {
    let (metrics, post) = metered(|settings| settings.queue_times(true));
    for attempt in ["1", "3", "none"] {
        post.receive(letter([("attempt", attempt)]));
    }
    let attempts = point(&metrics, semconv::TRACEHOP_MESSAGE_DELIVERY_ATTEMPT);
    assert_eq!((attempts.unit.as_str(), attempts.count, attempts.sum), ("{attempt}", 2, 4.0));
}

#[test]
fn in_a_suppressed_scope_nothing_is_recorded() {
    let (metrics, post) = metered(|settings| settings);
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        post.receive(post.send("orders")).process_blocking(|| {});
    }
    assert!(metrics.lines().iter().all(|line| !line.contains("mail")), "{:?}", metrics.lines());
}

#[test]
fn of_many_error_types_some_share_a_series() {
    let (metrics, post) = metered(|settings| settings);
    for number in 0..100 {
        let error_type = format!("error {number}");
        post.client.send(&orders(), &mut MemoryHeaders::new()).fail(Failure::new(error_type, &"it failed"));
    }
    let sent: Vec<_> = metrics
        .points()
        .into_iter()
        .filter(|point| point.name == semconv::MESSAGING_CLIENT_SENT_MESSAGES)
        .collect();
    assert_eq!(sent.len(), 33);
    let others = sent.iter().find(|point| point.attributes.contains(&("error.type".into(), "_OTHER".into())));
    assert_eq!(others.unwrap().count, 68);
}

/// Two tracers of one provider tell the same instruments.
#[test]
fn tracers_of_one_provider_add_up() {
    let metrics = MetricRecorder::new();
    let tracer = || {
        MessagingTracer::builder()
            .tracer_provider(NoopTracerProvider::new())
            .metrics(metrics.messaging())
            .build()
    };
    let (one, other) = (tracer(), tracer());
    for _ in 0..3 {
        Post::new(&one).receive(Post::new(&other).send("orders"));
        Post::new(&other).send("orders");
        metrics.points();
    }
    let sent = point(&metrics, semconv::MESSAGING_CLIENT_SENT_MESSAGES);
    let consumed = point(&metrics, semconv::MESSAGING_CLIENT_CONSUMED_MESSAGES);
    assert_eq!((sent.count, consumed.count), (6, 3));
    assert_eq!(point(&metrics, semconv::MESSAGING_CLIENT_OPERATION_DURATION).count, 6);
    let destinations =
        metrics.points().into_iter().filter(|point| point.name == semconv::TRACEHOP_METRICS_DESTINATIONS);
    assert_eq!(destinations.map(|point| point.count).collect::<Vec<_>>(), [1, 1], "of each tracer");
}

#[test]
fn what_a_dropped_tracer_counted_is_not_lost() {
    let (metrics, post) = metered(|settings| settings);
    post.send("orders");
    drop(post);
    assert_eq!(point(&metrics, semconv::MESSAGING_CLIENT_SENT_MESSAGES).count, 1);
}

#[test]
fn a_receive_that_fails_is_recorded_and_has_no_span() {
    let (spans, metrics) = (SpanRecorder::new(), MetricRecorder::new());
    let tracer = spans.messaging_tracer_builder().receive_spans(true).metrics(metrics.messaging()).build();
    let post = post(&tracer);
    let clock = post.client.start_receive();
    post.client.receive_failed(&Destination::named("orders"), Failure::of(&MailError("LOCKED")), clock);
    let mut batch = post.client.receive_batch(SystemTime::now());
    batch.fail(Failure::of(&MailError("LOCKED")));
    drop(batch);
    assert!(spans.finished().is_empty());
    assert_eq!(
        lines(&metrics, "messaging."),
        [
            "client.operation.duration s histogram [error.type=LOCKED, consumer.group.name=billing, \
             destination.name=orders, operation.name=fetch, operation.type=receive] 1",
            "client.operation.duration s histogram [error.type=LOCKED, consumer.group.name=billing, \
             operation.name=fetch, operation.type=receive] 1",
        ]
    );
}

#[test]
fn each_message_of_a_batch_is_counted_under_its_own_destination_and_the_duration_is_the_calls() {
    let (metrics, post) = metered(|settings| settings);
    let to = |topic| MessageInfo::to(Destination::named(topic));
    let topics = ["orders", "orders", "invoices"];
    let mut batch = post.client.send_batch(topics.map(to));
    for (place, topic) in topics.into_iter().enumerate() {
        let span = batch.add(&to(topic), &mut MemoryHeaders::new());
        let result = if place == 1 { Err(MailError("BOX_FULL")) } else { Ok(()) };
        span.finish(&result);
        if let Err(error) = &result {
            batch.message_failed(place, Failure::of(error));
        }
    }
    batch.end();
    assert_eq!(
        [lines(&metrics, "messaging.client.sent"), lines(&metrics, "messaging.client.operation")].concat(),
        [
            "client.sent.messages {message} counter [error.type=BOX_FULL, destination.name=orders, operation.name=send] 1",
            "client.sent.messages {message} counter [destination.name=invoices, operation.name=send] 1",
            "client.sent.messages {message} counter [destination.name=orders, operation.name=send] 1",
            "client.operation.duration s histogram [operation.name=send, operation.type=send] 1",
        ]
    );
}
