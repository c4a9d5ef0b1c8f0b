//! Several messages sent with one call.

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    Destination, Failure, MemoryHeaders, MessageInfo, MessagingTracer, MessagingTracerBuilder, Policies,
    Policy, SpanLevel, process_batch,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    Letter, MailError, Post, TRACEPARENT, application_span, headers_of, recorded, span, value,
};

/// What becomes of each message: `None` if it was sent.
type Results<'a> = &'a [(&'static str, Option<&'static str>)];

fn to(topic: &str) -> MessageInfo<'_> {
    MessageInfo::to(Destination::named(topic))
}

/// Sends messages to these topics with one call.
fn send_all(post: &Post, results: Results<'_>) -> Vec<Letter> {
    let letters = results.iter().map(|(topic, _)| Letter { topic, ..Letter::default() }).collect();
    send_letters(post, letters, |place| results[place].1)
}

fn send_letters(
    post: &Post,
    mut letters: Vec<Letter>,
    result: impl Fn(usize) -> Option<&'static str>,
) -> Vec<Letter> {
    let mut batch = post.client.send_batch(letters.iter().map(|letter| to(letter.topic)));
    let spans: Vec<_> =
        letters.iter_mut().map(|letter| batch.add(&to(letter.topic), &mut letter.headers)).collect();
    for (place, span) in spans.into_iter().enumerate() {
        let result = result(place).map_or(Ok(()), |code| Err(MailError(code)));
        span.finish(&result);
        if let Err(error) = &result {
            batch.message_failed(place, Failure::of(error));
        }
    }
    batch.end();
    letters
}

fn posted(set: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder) -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let post = Post::new(&set(spans.messaging_tracer_builder()).build());
    (spans, post)
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let mut all = span.attributes.iter().filter(|attribute| attribute.key.as_str() == key);
    all.next().map(|attribute| attribute.value.to_string())
}

#[test]
fn each_message_of_a_batch_has_a_span_below_that_of_the_call_which_links_to_it() {
    let (spans, post) = recorded();
    let active = application_span(&spans, "check out").attach();
    let letters = send_all(&post, &[("orders", None), ("orders", None), ("orders", None)]);
    drop(active);
    for letter in letters {
        post.receive(letter).process_blocking(|| ());
    }
    spans.tree().attributes(["messaging.batch.message_count", "messaging.operation.type"]).assert(
        "
        check out                 INTERNAL
        └ send orders             CLIENT    links: #1, #2, #3  messaging.batch.message_count=3  messaging.operation.type=send
          ├ create orders         PRODUCER  #1  messaging.operation.type=create
          │ └ process orders      CONSUMER  links: #1  messaging.operation.type=process
          ├ create orders         PRODUCER  #2  messaging.operation.type=create
          │ └ process orders      CONSUMER  links: #2  messaging.operation.type=process
          └ create orders         PRODUCER  #3  messaging.operation.type=create
            └ process orders      CONSUMER  links: #3  messaging.operation.type=process
        ",
    );
}

#[test]
fn without_create_spans_all_messages_carry_the_context_of_the_call() {
    for (set, of) in [
        ((|builder| builder.create_spans(false)) as fn(MessagingTracerBuilder) -> _, "builder"),
        (
            |builder| builder.policies(Policies::new().on("orders", Policy::new().create_spans(false))),
            "policy",
        ),
        (
            |builder| builder.policies(Policies::new().defaults(Policy::new().spans(SpanLevel::BatchOnly))),
            "level",
        ),
    ] {
        let (spans, post) = posted(set);
        let letters = send_all(&post, &[("orders", None), ("orders", None)]);
        let call = span(&spans, "send orders");
        for letter in &letters {
            let carried = value(&letter.headers, "traceparent").unwrap();
            assert!(carried.contains(&call.span_context.span_id().to_string()), "{of}: {carried}");
        }
        spans
            .tree()
            .attributes(["messaging.batch.message_count"])
            .assert("send orders  PRODUCER  messaging.batch.message_count=2");
    }
}

#[test]
fn a_failure_marks_the_message_that_failed_and_the_call_only_if_all_did() {
    let tree = |results: Results<'_>, set: fn(MessagingTracerBuilder) -> MessagingTracerBuilder| {
        let (spans, post) = posted(set);
        send_all(&post, results);
        let call = span(&spans, "send orders");
        assert_eq!(call.status == Status::Unset, attribute(&call, "error.type").is_none());
        (spans.tree().attributes(["tracehop.batch.failed_count"]).to_string(), call)
    };
    let mixed = &[("orders", None), ("orders", Some("BOX_FULL")), ("orders", None)];
    let (some, _) = tree(mixed, |builder| builder);
    assert_eq!(
        some.trim(),
        "
send orders      CLIENT    links: #1, #2, #3  tracehop.batch.failed_count=1
├ create orders  PRODUCER  #1
├ create orders  PRODUCER  #2  error=BOX_FULL
└ create orders  PRODUCER  #3
"
        .trim()
    );
    let all = &[("orders", Some("BOX_FULL")), ("orders", Some("BURNT"))];
    let (all, call) = tree(all, |builder| builder);
    assert!(all.contains("error=BOX_FULL") && all.contains("error=BURNT"), "{all}");
    assert_eq!(attribute(&call, "error.type").as_deref(), Some("BOX_FULL"), "the first of them");

    let (_, call) = tree(mixed, |builder| builder.create_spans(false));
    let events: Vec<_> =
        call.events.iter().map(|event| (&*event.name, format!("{:?}", event.attributes))).collect();
    assert_eq!(events.len(), 1);
    let (name, said) = &events[0];
    assert_eq!(*name, "tracehop.message_failed");
    assert!(said.contains("BOX_FULL") && said.contains("I64(1)"), "{said}");
    assert_eq!(attribute(&call, "tracehop.batch.failed_count").as_deref(), Some("1"));
}

#[test]
fn a_thousand_failures_without_spans_of_their_own_are_sixteen_events_and_a_count() {
    let (spans, post) = posted(|builder| builder.create_spans(false));
    let letters = vec![Letter { topic: "orders", ..Letter::default() }; 1_000];
    send_letters(&post, letters, |place| (place != 0).then_some("BOX_FULL"));
    let call = span(&spans, "send orders");
    assert_eq!((call.events.len(), &call.status), (16, &Status::Unset));
    assert_eq!(attribute(&call, "tracehop.batch.failed_count").as_deref(), Some("999"));
}

#[test]
fn no_messages_make_no_span() {
    let (spans, post) = recorded();
    send_all(&post, &[]);
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn a_context_from_elsewhere_stays_and_is_linked_by_the_call() {
    let (spans, post) = recorded();
    let kept = Letter { topic: "orders", headers: headers_of([("traceparent", TRACEPARENT)]), sent_at: None };
    let letters = send_letters(&post, vec![kept, Letter { topic: "orders", ..Letter::default() }], |_| None);
    assert_eq!(value(&letters[0].headers, "traceparent").as_deref(), Some(TRACEPARENT));
    spans.assert_tree(
        "
        send orders         CLIENT    links: (remote), #1
        └ create orders     PRODUCER  #1
        ",
    );
}

#[tokio::test]
async fn messages_that_are_sent_on_go_below_the_spans_in_which_they_were_processed() {
    let (spans, post) = recorded();
    let orders = [post.receive(post.send("orders")), post.receive(post.send("orders"))];
    for order in &orders {
        order.process_blocking(|| ());
    }
    let copies = orders.iter().map(|order| Letter { topic: "archive", ..order.message().clone() }).collect();
    send_letters(&post, copies, |_| None);
    spans.assert_tree(
        "
        send orders             PRODUCER  #1
        └ process orders        CONSUMER  links: #1
          └ create archive      PRODUCER  #2  links: #5
        send orders             PRODUCER  #3
        └ process orders        CONSUMER  links: #3
          └ create archive      PRODUCER  #4  links: #5
        send archive            CLIENT    #5  links: #2, #4
        ",
    );

    // Inside of the handler they are a part of it.
    let (spans, post) = recorded();
    let orders = [post.receive(post.send("orders"))];
    process_batch(&orders, async {
        let copies =
            orders.iter().map(|order| Letter { topic: "archive", ..order.message().clone() }).collect();
        send_letters(&post, copies, |_| None);
    })
    .await;
    spans.assert_tree(
        "
        send orders             PRODUCER  #1
        process orders          CONSUMER  links: #1
        └ send archive          CLIENT    links: #2
          └ create archive      PRODUCER  #2
        ",
    );
}

#[test]
fn a_batch_to_several_destinations_names_none_and_each_message_its_own() {
    let (spans, post) = recorded();
    send_all(&post, &[("orders", None), ("invoices", None)]);
    spans.tree().attributes(["messaging.destination.name"]).assert(
        "
        send                  CLIENT    links: #1, #2
        ├ create orders       PRODUCER  #1  messaging.destination.name=orders
        └ create invoices     PRODUCER  #2  messaging.destination.name=invoices
        ",
    );
}

#[test]
fn a_batch_of_a_thousand_has_as_many_links_as_the_tracer_allows_and_counts_the_rest() {
    for (most, links, dropped) in
        [(None, 128, Some("872")), (Some(1_000), 1_000, None), (Some(0), 0, Some("1000"))]
    {
        let recorder = match most {
            Some(most) if most > 128 => SpanRecorder::with_max_links(1_000),
            _ => SpanRecorder::new(),
        };
        let mut builder = recorder.messaging_tracer_builder();
        if let Some(most) = most {
            builder = builder.max_batch_links(most);
        }
        let post = Post::new(&builder.build());
        let letters = vec![Letter { topic: "orders", ..Letter::default() }; 1_000];
        let letters = send_letters(&post, letters, |_| None);
        let call = span(&recorder, "send orders");
        assert_eq!((call.links.len(), call.links.dropped_count), (links, 0), "{most:?}");
        assert_eq!(attribute(&call, "tracehop.batch.links_dropped").as_deref(), dropped, "{most:?}");
        let carried: std::collections::HashSet<_> =
            letters.iter().map(|letter| value(&letter.headers, "traceparent")).collect();
        assert_eq!(carried.len(), 1_000, "each message has a context of its own");
    }
}

#[test]
fn of_a_thousand_messages_one_with_a_broken_context_is_reported_and_the_others_are_linked() {
    let spans = SpanRecorder::with_max_links(1_000);
    let post = Post::new(&spans.messaging_tracer_builder().max_batch_links(1_000).build());
    let mut letters =
        send_letters(&post, vec![Letter { topic: "orders", ..Letter::default() }; 1_000], |_| None);
    letters[500].headers = headers_of([("traceparent", "00-poison")]);
    let batch: Vec<_> = letters.into_iter().map(|letter| post.receive(letter)).collect();
    post.client.process_batch(&batch).finish(&());
    let process = span(&spans, "process orders");
    assert_eq!(process.links.len(), 999);
    assert_eq!(attribute(&process, "tracehop.batch.contexts_unreadable").as_deref(), Some("1"));
    assert_eq!(attribute(&process, "tracehop.batch.links_dropped"), None);
}

#[test]
fn a_batch_that_is_dropped_is_abandoned_and_its_messages_end_by_themselves() {
    let (spans, post) = recorded();
    let mut headers = MemoryHeaders::new();
    let mut batch = post.client.send_batch([to("orders"), to("orders")]);
    let sent = batch.add(&to("orders"), &mut headers);
    assert!(format!("{batch:?}").contains("added"));
    drop(batch);
    sent.end();
    spans.assert_tree(
        "
        send orders         CLIENT    links: #1  error=abandoned
        └ create orders     PRODUCER  #1
        ",
    );
}

#[test]
fn what_has_no_spans_passes_its_context_on() {
    // No SDK, and nothing to pass on.
    let post = Post::new(&MessagingTracer::global());
    assert_eq!(send_all(&post, &[("orders", None)])[0].headers, MemoryHeaders::new());

    // Something is current.
    let (spans, post) = posted(|builder| {
        builder.policies(Policies::new().defaults(Policy::new().spans(SpanLevel::ContextOnly)))
    });
    let active = application_span(&spans, "check out").attach();
    let letters = send_all(&post, &[("orders", Some("BOX_FULL")), ("orders", None)]);
    drop(active);
    let check_out = span(&spans, "check out").span_context.span_id().to_string();
    for letter in letters {
        assert!(value(&letter.headers, "traceparent").unwrap().contains(&check_out));
    }
    spans.assert_tree("check out  INTERNAL");

    // Headers are left alone.
    let (spans, post) =
        posted(|builder| builder.policies(Policies::new().on("orders", Policy::new().spans(SpanLevel::Off))));
    assert_eq!(send_all(&post, &[("orders", None)])[0].headers, MemoryHeaders::new());
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn a_message_that_the_filter_does_not_want_has_no_span_and_carries_the_context_of_the_call() {
    let (spans, post) =
        posted(|builder| builder.filter(|message| message.destination() != Some("heartbeats")));
    let letters = send_all(&post, &[("orders", None), ("heartbeats", None)]);
    let call = span(&spans, "send").span_context.span_id().to_string();
    assert!(value(&letters[1].headers, "traceparent").unwrap().contains(&call));
    spans.assert_tree(
        "
        send                CLIENT    links: #1
        └ create orders     PRODUCER  #1
        ",
    );
}

#[test]
fn what_the_messages_have_in_common_stands_on_the_call_without_create_spans() {
    let (spans, post) = posted(|builder| builder.create_spans(false));
    let note = |id| MessageInfo::to(Destination::named("orders")).partition(3).message_id(id);
    let mut batch = post.client.send_batch([note("m-1"), note("m-2")]);
    for id in ["m-1", "m-2"] {
        batch.add(&note(id), &mut MemoryHeaders::new()).end();
    }
    batch.end();
    let call = span(&spans, "send orders");
    assert_eq!(attribute(&call, "messaging.destination.partition.id").as_deref(), Some("3"));
    assert_eq!(attribute(&call, "messaging.message.id"), None);
}

#[test]
fn without_create_spans_a_relay_carries_the_context_of_the_call_which_links_to_where_it_comes_from() {
    for is_processed in [true, false] {
        let (spans, post) = posted(|builder| builder.create_spans(false));
        let order = post.receive(post.send("orders"));
        if is_processed {
            order.process_blocking(|| ());
        }
        let copy = Letter { topic: "archive", ..order.message().clone() };
        let letters = send_letters(&post, vec![copy], |_| None);
        post.receive(letters.into_iter().next().unwrap()).process_blocking(|| ());
        spans.assert_tree(if is_processed {
            "
            send orders               PRODUCER  #1
            └ process orders          CONSUMER  #2  links: #1
            send archive              PRODUCER  #3  links: #2
            └ process archive         CONSUMER  links: #3
            "
        } else {
            "
            send orders               PRODUCER  #1
            send archive              PRODUCER  #2  links: #1
            └ process archive         CONSUMER  links: #2
            "
        });
    }
}

#[test]
fn what_was_only_received_and_is_sent_on_in_a_batch_stays_in_its_trace_with_its_baggage() {
    let (spans, post) = recorded();
    let order = post.receive(crate::mail::letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    let copy = Letter { topic: "archive", ..order.message().clone() };
    let letters = send_letters(&post, vec![copy], |_| None);
    let carried = value(&letters[0].headers, "traceparent").unwrap();
    assert!(carried.contains(crate::mail::TRACE_ID) && carried != TRACEPARENT, "{carried}");
    assert_eq!(value(&letters[0].headers, "baggage").as_deref(), Some("tenant=a"));
    spans.assert_tree(
        "
        send archive         CLIENT    links: #1
        (remote)
        └ create archive     PRODUCER  #1
        ",
    );
}

#[test]
fn a_policy_of_each_of_several_destinations_holds_for_the_call() {
    use SpanLevel::{BatchOnly, ContextOnly, Full, Off};

    let with = |levels: [SpanLevel; 2]| {
        let [one, other] = levels.map(|level| Policy::new().spans(level));
        let policies = Policies::new().on("orders", one).on("invoices", other);
        let (spans, post) = posted(|builder| builder.policies(policies));
        send_all(&post, &[("orders", None), ("invoices", None)]);
        spans.tree().to_string()
    };
    for (levels, expected) in [
        ([Off, Off], ""),
        ([ContextOnly, ContextOnly], ""),
        ([Off, ContextOnly], ""),
        ([BatchOnly, ContextOnly], "send  PRODUCER"),
        ([Full, Off], "send               CLIENT    links: #1\n└ create orders  PRODUCER  #1"),
    ] {
        assert_eq!(
            with(levels).split_whitespace().collect::<Vec<_>>(),
            expected.split_whitespace().collect::<Vec<_>>(),
            "{levels:?}"
        );
    }
}

#[test]
fn in_a_mixed_batch_only_those_without_a_span_that_says_so_are_told_in_events() {
    let (spans, post) = recorded();
    let kept = Letter { topic: "orders", headers: headers_of([("traceparent", TRACEPARENT)]), sent_at: None };
    let letters = vec![Letter { topic: "orders", ..Letter::default() }, kept];
    send_letters(&post, letters, |_| Some("BOX_FULL"));
    let call = span(&spans, "send orders");
    assert_eq!(call.events.len(), 1);
    let said = format!("{:?}", call.events[0].attributes);
    assert!(said.contains("I64(1)") && said.contains("BOX_FULL"), "{said}");
}
