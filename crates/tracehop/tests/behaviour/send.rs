//! Sending: the span, the context that goes with the message, and a context that is there already.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, Destination, Existing, HeaderPatch, MemoryHeaders,
    MessageInfo, Problem,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{
    MailError, Post, TRACE_ID, TRACEPARENT, application_span, headers_of, letter, recorded, span, value,
};

#[test]
fn the_message_carries_the_context_of_the_span_that_sent_it() {
    let (spans, post) = recorded();
    let sent = post.send("orders");
    let span = span(&spans, "send orders").span_context;
    let expected = format!("00-{}-{}-01", span.trace_id(), span.span_id());
    assert_eq!(sent.headers, headers_of([("traceparent", &expected)]));
}

#[test]
fn a_send_is_a_child_of_what_is_current() {
    let (spans, post) = recorded();
    let active = application_span(&spans, "place order").attach();
    post.send("orders");
    drop(active);
    spans.assert_tree(
        "
        place order      INTERNAL
        └ send orders    PRODUCER
        ",
    );
}

#[test]
fn foreign_headers_keep_place_order_and_bytes() {
    let (_spans, post) = recorded();
    let headers = MemoryHeaders::from_iter([
        ("tenant", Some(&b"\xff\x00"[..])),
        ("tag", Some(b"1")),
        ("tag", None),
        ("tag", Some(b"")),
    ]);
    let sent = post.send_with("orders", headers.clone());
    assert!(sent.headers.iter().take(4).eq(headers.iter()));
    assert_eq!(sent.headers.len(), 5);
}

#[test]
fn an_unsampled_send_still_carries_its_context() {
    let post = Post::new(&SpanRecorder::unsampled().messaging_tracer());
    let sent = post.send("orders");
    assert!(value(&sent.headers, "traceparent").unwrap().ends_with("-00"));
}

#[test]
fn current_baggage_goes_with_the_message() {
    let (_spans, post) = recorded();
    let _active =
        Context::new().with_baggage([KeyValue::new("user", "b"), KeyValue::new("tenant", "a,b")]).attach();
    let sent = post.send("orders");
    assert_eq!(value(&sent.headers, "baggage").as_deref(), Some("tenant=a%2Cb,user=b"));
}

#[tokio::test]
async fn a_relay_that_copies_headers_gets_a_context_of_its_own() {
    let (spans, post) = recorded();
    let order = post.receive(post.send_with("orders", headers_of([("tenant", "a")])));
    let relayed =
        order.process(async { Ok::<_, MailError>(post.send_with("archive", order.headers.clone())) }).await;
    let relayed = relayed.unwrap();
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send archive     PRODUCER
        ",
    );
    let archived = span(&spans, "send archive").span_context;
    let expected = format!("00-{}-{}-01", archived.trace_id(), archived.span_id());
    assert_eq!(relayed.headers, headers_of([("tenant", "a"), ("traceparent", &expected)]));
}

#[test]
fn a_relay_replaces_tracestate_and_baggage_too() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([
        ("Traceparent", TRACEPARENT),
        ("TraceState", "vendor=1"),
        ("Baggage", "tenant=a"),
    ]));
    let relayed = order.process_blocking(|| {
        let relayed = post.send_with("archive", order.headers.clone());
        assert_eq!(relayed.headers.len(), 3, "{:?}", relayed.headers);
        Ok::<_, MailError>(relayed)
    });
    let headers = relayed.unwrap().headers;
    assert_eq!(value(&headers, "tracestate").as_deref(), Some("vendor=1"));
    assert_eq!(value(&headers, "baggage").as_deref(), Some("tenant=a"));
    assert!(value(&headers, "traceparent").unwrap().starts_with(&format!("00-{TRACE_ID}-")));
}

#[test]
fn a_relay_that_clears_the_baggage_leaves_none_of_it_on_the_message() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "user=alice")]));
    order.process_blocking(|| {
        let _cleared = Context::current().with_cleared_baggage().attach();
        let relayed = post.send_with("archive", order.headers.clone());
        assert_eq!(value(&relayed.headers, "baggage"), None);
    });
}

#[test]
fn a_relay_deep_in_other_spans_is_still_a_relay() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        let _active =
            Context::current_with_span(opentelemetry::trace::Tracer::start(&spans.tracer(), "store"))
                .attach();
        post.send_with("archive", order.headers.clone());
    });
    spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          └ store              INTERNAL
            └ send archive     PRODUCER
        ",
    );
}

#[test]
fn a_context_from_an_outbox_is_kept_and_linked() {
    let (spans, post) = recorded();
    let outbox =
        headers_of([("traceparent", TRACEPARENT), ("tracestate", "vendor=1"), ("baggage", "tenant=a")]);
    let sent = post.send_with("orders", outbox.clone());
    assert_eq!(sent.headers, outbox);
    spans.assert_tree("send orders  CLIENT  links: (remote)");
    post.receive(sent).process_blocking(|| ());
    spans.assert_tree(
        "
        send orders         CLIENT    links: (remote)
        (remote)
        └ process orders    CONSUMER  links: (remote)
        ",
    );
}

#[test]
fn a_context_from_an_outbox_is_kept_while_another_message_is_processed() {
    let (spans, post) = recorded();
    let outbox = headers_of([("traceparent", TRACEPARENT)]);
    post.receive(post.send("orders")).process_blocking(|| {
        assert_eq!(post.send_with("archive", outbox.clone()).headers, outbox);
    });
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send archive     CLIENT    links: (remote)
        ",
    );
}

#[test]
fn inside_another_handler_the_outer_message_is_sent_on_below_its_own_handling() {
    let (spans, post) = recorded();
    let (outer, inner) = (post.receive(post.send("outer")), post.receive(post.send("inner")));
    outer.process_blocking(|| {
        inner.process_blocking(|| drop(post.send_with("early", outer.headers.clone())));
        post.send_with("late", outer.headers.clone());
    });
    spans.assert_tree(
        "
        send outer              PRODUCER  #1
        └ process outer         CONSUMER  #2  links: #1
          ├ send early          PRODUCER  links: #4
          └ send late           PRODUCER
        send inner              PRODUCER  #3
        └ process inner         CONSUMER  #4  links: #3, #2
        ",
    );
}

#[test]
fn a_malformed_context_is_no_context_to_keep() {
    let (spans, post) = recorded();
    let sent = post.send_with("orders", headers_of([("traceparent", "garbage")]));
    assert_ne!(value(&sent.headers, "traceparent").as_deref(), Some("garbage"));
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn of_several_contexts_that_are_there_the_last_is_the_one() {
    let (spans, post) = recorded();
    let order = post.receive(letter([
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01"),
        ("traceparent", TRACEPARENT),
    ]));
    order.process_blocking(|| {
        let relayed = post.send_with("archive", order.headers.clone());
        assert_eq!(relayed.headers.len(), 1);
    });
    spans.assert_tree(
        "
        (remote)
        └ process orders     CONSUMER  links: (remote)
          └ send archive     PRODUCER
        ",
    );
}

#[test]
fn keep_keeps_what_a_relay_copied() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().existing(Existing::Keep).build());
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        assert_eq!(post.send_with("archive", order.headers.clone()).headers, order.headers);
    });
    spans.assert_tree(
        "
        send orders          PRODUCER  #1
        └ process orders     CONSUMER  links: #1
          └ send archive     CLIENT    links: #1
        ",
    );
}

#[test]
fn replace_replaces_what_came_from_an_outbox() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().existing(Existing::Replace).build());
    let outbox =
        headers_of([("traceparent", TRACEPARENT), ("tracestate", "vendor=1"), ("baggage", "tenant=a")]);
    let sent = post.send_with("orders", outbox);
    let span = span(&spans, "send orders").span_context;
    let expected = format!("00-{}-{}-01", span.trace_id(), span.span_id());
    assert_eq!(sent.headers, headers_of([("traceparent", &expected)]));
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn a_send_ends_as_its_result_says() {
    let (spans, post) = recorded();
    let info = MessageInfo::to(Destination::named("orders"));
    let send = || post.client.send(&info, &mut MemoryHeaders::new());
    send().finish(&Ok::<(), MailError>(()));
    send().finish(&Err::<(), _>(MailError("BOX_FULL")));
    drop(send());
    spans.assert_tree(
        "
        send orders  PRODUCER
        send orders  PRODUCER  error=BOX_FULL
        send orders  PRODUCER  error=abandoned
        ",
    );
}

/// A transport with room for so many bytes of names and values.
#[derive(Debug, Default)]
struct Narrow {
    room: usize,
    headers: MemoryHeaders,
}

impl Narrow {
    fn with_room(room: usize) -> Self {
        Self { room, headers: headers_of([("tenant", "a")]) }
    }
}

impl Carrier for Narrow {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        self.headers.for_each(f);
    }
}

impl CarrierMut for Narrow {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        let needed: usize = patch.headers().map(|(name, value)| name.len() + value.len()).sum();
        if needed > self.room {
            return Err(CarrierError::new(
                CarrierErrorKind::Room,
                "traceparent",
                format!("{needed} bytes are too many"),
            ));
        }
        self.headers.apply(patch)
    }
}

#[test]
fn a_refused_header_does_not_stop_the_message_and_is_seen() {
    let (spans, post) = recorded();
    let mut carrier = Narrow::with_room(0);
    let send = post.client.send(&MessageInfo::to(Destination::named("orders")), &mut carrier);
    assert!(send.is_recording());
    send.end();
    assert_eq!(carrier.headers, headers_of([("tenant", "a")]));
    spans.tree().events(true).assert("send orders  PRODUCER  events: tracehop.header_refused");
    let event = &span(&spans, "send orders").events[0];
    let reason = "header \"traceparent\" was refused: 66 bytes are too many";
    assert_eq!(event.attributes, [KeyValue::new("tracehop.reason", reason)]);
    assert_eq!(post.client.tracer().problem_count(Problem::HeaderRefused), 1);
}

#[test]
fn a_transport_with_little_room_gets_what_matters_most() {
    let (_spans, post) = recorded();
    let full = [("traceparent", TRACEPARENT), ("tracestate", "vendor=1"), ("baggage", "user=alice")];
    let cx = post.client.tracer().extract(&headers_of(full)).creation.to_context();
    let written = |room| {
        let mut carrier = Narrow::with_room(room);
        let result = post.client.tracer().inject_context(&cx, &mut carrier);
        (
            result.is_ok(),
            carrier.headers.into_vec().into_iter().skip(1).map(|(name, _)| name).collect::<Vec<_>>(),
        )
    };
    assert_eq!(written(1000), (true, vec!["traceparent".into(), "tracestate".into(), "baggage".into()]));
    assert_eq!(written(90), (false, vec!["traceparent".into(), "tracestate".into()]));
    assert_eq!(written(70), (false, vec!["traceparent".into()]));
    assert_eq!(written(60), (false, vec![]));
    // Each message counts once, however often its transport refused.
    assert_eq!(post.client.tracer().problem_count(Problem::HeaderRefused), 3);
}

#[test]
fn baggage_that_does_not_fit_does_not_stay_behind_from_an_earlier_hop() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "user=alice")]));
    order.process_blocking(|| {
        let mut carrier = Narrow { room: 70, headers: order.headers.clone() };
        post.client.send(&MessageInfo::to(Destination::named("archive")), &mut carrier).end();
        assert_eq!(value(&carrier.headers, "baggage"), None);
    });
}

#[test]
fn without_a_span_a_refused_header_is_an_error_to_the_caller() {
    let (spans, post) = recorded();
    let cx = application_span(&spans, "place order");
    let error = post.client.tracer().inject_context(&cx, &mut Narrow::with_room(0)).unwrap_err();
    assert_eq!(error.header(), "traceparent");
}

#[test]
fn inject_writes_what_is_current_and_nothing_if_nothing_is() {
    let (spans, post) = recorded();
    let tracer = post.client.tracer();
    let mut headers = headers_of([("tenant", "a")]);
    tracer.inject(&mut headers).unwrap();
    assert_eq!(headers, headers_of([("tenant", "a")]));

    let cx = application_span(&spans, "place order");
    let _active = cx.clone().attach();
    tracer.inject(&mut headers).unwrap();
    assert_eq!(tracer.extract(&headers).creation.span_id(), cx.span().span_context().span_id());
    assert_eq!(spans.finished().len(), 0);
}
