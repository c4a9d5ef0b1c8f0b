//! What the application has to say about spans.

use std::panic;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceState;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample, SpanData};
use tracehop::{MessagingTracerBuilder, OperationKind, process_batch};
use tracehop_testing::SpanRecorder;

use crate::mail::{Post, TRACEPARENT, headers_of, letter, orders, value};
use crate::observers::Witness;

fn hooked(configure: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder) -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let post = Post::new(&configure(spans.messaging_tracer_builder()).build());
    (spans, post)
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    found.map(|attribute| attribute.value.to_string())
}

#[tokio::test]
async fn a_hook_sees_each_operation_and_its_message() {
    let (spans, post) = hooked(|builder| {
        builder.on_span(|span, message| {
            let seen = format!(
                "{} {} {} to {} tenant={} role={} size={} key={}",
                message.system(),
                message.kind().as_str(),
                message.operation(),
                message.destination().unwrap_or("-"),
                message.header("Tenant").unwrap_or_default(),
                message.baggage("role").unwrap_or_default(),
                message.body_size().unwrap_or_default(),
                message.key().map(String::from_utf8_lossy).unwrap_or_default(),
            );
            span.set_attribute("seen", seen);
        })
    });
    let headers = [("tenant", "a"), ("tenant", "b")];
    let info = orders().body_size(7).key("mail.key", b"k");
    {
        let _active = Context::new().with_baggage([KeyValue::new("role", "admin")]).attach();
        post.client.send(&info, &mut headers_of(headers)).end();
    }
    let order =
        post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "role=clerk"), ("tenant", "c")]));
    order.process_blocking(|| {});
    post.client.settle_received("ack", &orders(), &order).end();
    process_batch(&[order], async {}).await;
    let seen: Vec<String> = spans.finished().iter().filter_map(|span| attribute(span, "seen")).collect();
    assert_eq!(
        seen,
        [
            "mail send send to orders tenant=a role=admin size=7 key=k",
            "mail process process to orders tenant=c role=clerk size=0 key=",
            "mail settle ack to orders tenant= role=clerk size=0 key=",
            "mail process process to orders tenant= role= size=0 key=",
        ]
    );
}

#[test]
fn hooks_change_attributes_in_their_order() {
    let (spans, post) = hooked(|builder| {
        builder
            .on_span(|span, _| {
                span.set_attribute("messaging.system", "post");
                span.set_attribute("secret", "x");
            })
            .on_span(|span, _| {
                assert!(span.attribute("secret").is_some() && span.attribute("absent").is_none());
                span.remove_attribute("secret");
            })
    });
    post.send("orders");
    let span = spans.finished().remove(0);
    assert_eq!(attribute(&span, "messaging.system").as_deref(), Some("post"));
    let systems = span.attributes.iter().filter(|known| known.key.as_str() == "messaging.system");
    assert_eq!(systems.count(), 1);
    assert_eq!(attribute(&span, "secret"), None);
}

/// Samples only what a hook has marked.
#[derive(Clone, Debug)]
struct OnlyMarked;

impl ShouldSample for OnlyMarked {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: opentelemetry::TraceId,
        _: &str,
        _: &opentelemetry::trace::SpanKind,
        attributes: &[KeyValue],
        _: &[opentelemetry::trace::Link],
    ) -> SamplingResult {
        let is_marked = attributes.iter().any(|attribute| attribute.key.as_str() == "marked");
        let decision = if is_marked { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

#[test]
fn a_sampler_sees_what_a_hook_sets() {
    let spans = SpanRecorder::with_sampler(OnlyMarked);
    let tracer = spans
        .messaging_tracer_builder()
        .on_span(|span, message| {
            if message.destination() == Some("orders") {
                span.set_attribute("marked", true);
            }
        })
        .build();
    let post = Post::new(&tracer);
    post.send("orders");
    post.send("invoices");
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn a_message_that_is_filtered_has_no_span_and_passes_its_context_on() {
    let witness = Witness::default();
    let (spans, post) = hooked(|builder| {
        builder
            .observer(witness.clone())
            .filter(|message| message.destination() != Some("heartbeats"))
            .filter(|message| message.header("quiet").is_none())
    });
    post.send("heartbeats");
    post.send_with("orders", headers_of([("quiet", "1")]));
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("quiet", "1")]));
    let sent = order.process_blocking(|| Ok::<_, String>(post.send("heartbeats"))).unwrap();
    assert_eq!(value(&sent.headers, "traceparent").as_deref(), Some(TRACEPARENT));
    assert!(spans.finished().is_empty());
    assert_eq!(witness.take().len(), 8, "observers are told of four operations");
    post.send("orders");
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn a_span_has_the_name_that_the_application_gives_it() {
    let (spans, post) = hooked(|builder| {
        builder.span_name(|message| {
            let handles = message.kind() == OperationKind::Process;
            handles.then(|| format!("handle {}", message.destination().unwrap_or("?")).into())
        })
    });
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {});
    spans.assert_tree(
        "
        send orders        PRODUCER  #1
        └ handle orders    CONSUMER  links: #1
        ",
    );
}

#[test]
fn without_settle_spans_there_are_none() {
    let (spans, post) = hooked(|builder| builder.settle_spans(false));
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| post.client.settle_received("ack", &orders(), &order).end());
    assert_eq!(spans.finished().len(), 2);
}

/// Whatever hook panics, the message goes on as if there were none.
#[test]
fn a_hook_that_panics_changes_nothing_and_is_counted() {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let hooks: [fn(MessagingTracerBuilder) -> MessagingTracerBuilder; 3] = [
        |builder| {
            builder.on_span(|span, _| {
                span.set_attribute("half", 1);
                span.remove_attribute("messaging.system");
                panic!("a mistake")
            })
        },
        |builder| builder.filter(|_| panic!("a mistake")),
        |builder| builder.span_name(|_| panic!("a mistake")),
    ];
    let outcomes = hooks.map(|hook| {
        let (spans, post) = hooked(hook);
        let order = post.receive(post.send("orders"));
        order.process_blocking(|| {});
        (spans, post.client.tracer().hook_panics())
    });
    panic::set_hook(quiet);
    for (spans, panics) in outcomes {
        spans.assert_tree(
            "
            send orders         PRODUCER  #1
            └ process orders    CONSUMER  links: #1
            ",
        );
        assert_eq!(panics, 2);
        for span in spans.finished() {
            assert_eq!(attribute(&span, "messaging.system").as_deref(), Some("mail"));
            assert_eq!(attribute(&span, "half"), None);
        }
    }
}

#[test]
fn hooks_are_not_called_for_what_nobody_will_see() {
    let spans = SpanRecorder::unsampled();
    // Roots are offered to the sampler with their attributes, children of unsampled parents are not.
    let unsampled = letter([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]);
    let tracer = spans.messaging_tracer_builder().on_span(|_, _| panic!("nobody will see it")).build();
    Post::new(&tracer).receive(unsampled).process_blocking(|| {});
    assert_eq!(tracer.hook_panics(), 0);
}
