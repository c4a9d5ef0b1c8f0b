//! What `Debug` prints: enough to tell what a value is, and nothing that may be private.

use tracehop::{
    AttributeValue, ClientFacts, ClientTracer, CreationContext, Failure, Format, MessagePropagator,
    MessageSpan, MessagingTracer, Repeats, UnansweredSpan,
};

use crate::mail::{Mail, MailError, Post, TRACE_ID, TRACEPARENT, letter, recorded};

#[test]
fn values_are_printed_by_what_they_are_and_without_what_is_private() {
    let (_spans, post) = recorded();
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "user=alice")]));
    let process = order.start_process();
    let own = process.span_context().span_id().to_string();
    let client =
        ClientTracer::<Mail>::new(&MessagingTracer::global(), ClientFacts::default().client_id("checkout-1"));
    let letters = futures::stream::iter([Ok::<_, MailError>(letter([("baggage", "user=alice")]))]);
    let stream = MessagingTracer::global().stream::<Mail, _, _, _>(letters);
    for (printed, parts) in [
        (format!("{order:?}"), &["Received", TRACE_ID][..]),
        (format!("{process:?}"), &["ProcessSpan", &own]),
        (format!("{:?}", order.start_process().run(async {})), &["ProcessFuture", "ProcessSpan"]),
        (format!("{:?}", MessageSpan::noop()), &["MessageSpan"]),
        (format!("{:?}", UnansweredSpan::new(MessageSpan::noop())), &["UnansweredSpan", "MessageSpan"]),
        (format!("{client:?}"), &["ClientTracer", "mail", "checkout-1"]),
        (format!("{stream:?}"), &["TracedStream"]),
        (format!("{:?}", Failure::new("late", &"too late")), &["Failure", "too late"]),
        (format!("{:?}", order.creation()), &["CreationContext", TRACE_ID]),
        (format!("{:?}", CreationContext::NONE), &["CreationContext"]),
        (
            format!("{:?}", MessagingTracer::global()),
            &["MessagingTracer", "Global", "repeats", "version", "count: 0"],
        ),
        (format!("{:?}", post.client.tracer()), &["MessagingTracer", "Given", "MalformedTraceparent: 0"]),
        (format!("{:?}", MessagingTracer::builder().receive_spans(true)), &["receive_spans: true"]),
        (format!("{:?}", MessagePropagator::builder()), &["MessagePropagatorBuilder", "others: 0"]),
        (
            format!(
                "{:?}",
                MessagePropagator::builder().read([Format::TraceContext]).repeats(Repeats::Reject).build()
            ),
            &["MessagePropagator", "trace_context: true", "baggage: false", "Reject"],
        ),
        (format!("{:?}", order.problems()), &["{}"]),
        (
            format!("{:?}", post.receive(letter([("traceparent", "alice")])).problems()),
            &["{MalformedTraceparent}"],
        ),
        (format!("{:?}", AttributeValue::Name("alice")), &["Str(..)"]),
        (format!("{:?}", AttributeValue::Str("alice")), &["Str(..)"]),
        (format!("{:?}", AttributeValue::Int(-7)), &["Int(-7)"]),
        (format!("{:?}", AttributeValue::Bool(true)), &["Bool(true)"]),
        (printed_attributes(), &[r#"["mail.user", "messaging.message.id"]"#]),
    ] {
        for part in parts {
            assert!(printed.contains(part), "{part} in {printed}");
        }
        assert!(!printed.contains("alice"), "{printed}");
    }
}

/// What an adapter sees if it prints where it puts a message's attributes.
fn printed_attributes() -> String {
    use std::cell::RefCell;
    #[derive(Default)]
    struct Nosy(RefCell<String>);
    impl tracehop::Describe for Nosy {
        fn destination(&self) -> tracehop::Destination<'_> {
            tracehop::Destination::none()
        }
        fn attributes(&self, attributes: &mut tracehop::MessageAttributes<'_>) {
            attributes.add("mail.user", AttributeValue::Str("alice"));
            attributes.message_id("alice-1");
            *self.0.borrow_mut() = format!("{attributes:?}").replace(
                r#""messaging.system", "messaging.operation.name", "messaging.operation.type", "#,
                "",
            );
        }
    }
    let (_spans, post) = recorded();
    let nosy = Nosy::default();
    Post::new(post.client.tracer()).client.send(&nosy, &mut tracehop::MemoryHeaders::new()).end();
    nosy.0.into_inner()
}
