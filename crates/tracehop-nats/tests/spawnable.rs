//! Every future of the wrappers can be spawned, and every stream be polled in place.
#![allow(dead_code, reason = "that it compiles is the test")]

use std::fmt::Display;

use async_nats::{HeaderMap, Message, Request};
use futures::Stream;
use tracehop_nats::{
    ClientFacts, FromSubject, IntoTraced, MessagingTracer, Nats, Received, TracedClient, TracedSubscriber,
};

fn spawns<T: Send>(_: T) {}

fn streams<T: Stream + Send + Unpin + 'static>() {}

fn client(client: &TracedClient) {
    spawns(client.publish("a", "".into()));
    spawns(client.publish_with_headers("a", HeaderMap::new(), "".into()));
    spawns(client.publish_with_reply("a", "b", "".into()));
    spawns(client.publish_with_reply_and_headers("a", "b", HeaderMap::new(), "".into()));
    spawns(client.publish_all(Vec::new()));
    spawns(client.request("a", "".into()));
    spawns(client.request_with_headers("a", HeaderMap::new(), "".into()));
    spawns(client.send_request("a", Request::new()));
    spawns(client.subscribe("a"));
    spawns(client.queue_subscribe("a", "b".to_owned()));
    streams::<TracedSubscriber>();
}

#[cfg(feature = "jetstream")]
fn jetstream(
    context: &tracehop_nats::TracedContext,
    ack: tracehop_nats::TracedPublishAckFuture,
    message: &tracehop_nats::TracedMessage,
    acker: &tracehop_nats::TracedAcker,
) {
    use async_nats::jetstream::AckKind;
    use async_nats::jetstream::consumer::{pull, push};
    use async_nats::jetstream::message::PublishMessage;
    use tracehop_nats::{TracedBatch, TracedBatches, TracedConsumer, TracedMessages, TracedSequence};

    fn pulls(consumer: &TracedConsumer<pull::Config>) {
        spawns(consumer.messages());
        spawns(consumer.stream().messages());
        spawns(consumer.fetch().messages());
        spawns(consumer.batch().messages());
    }

    fn pushes(consumer: &TracedConsumer<push::Config>) {
        spawns(consumer.messages());
    }

    fn orders(pulled: TracedConsumer<pull::OrderedConfig>, pushed: TracedConsumer<push::OrderedConfig>) {
        spawns(pulled.messages());
        spawns(pushed.messages());
    }

    fn forwards(
        context: &tracehop_nats::TracedContext,
        message: &tracehop_nats::TracedMessage,
        reason: &dyn Display,
    ) {
        spawns(context.forward(message, "a", reason));
    }

    spawns(context.publish("a", "".into()));
    spawns(context.publish_with_headers("a", HeaderMap::new(), "".into()));
    spawns(context.send_publish("a", PublishMessage::build()));
    spawns(context.publish_all(Vec::new()));
    spawns(ack.into_future());
    spawns(tracehop_nats::ack_all(std::slice::from_ref(message)));
    spawns(message.ack());
    spawns(message.ack_with(AckKind::Term));
    spawns(message.double_ack());
    spawns(message.double_ack_with(AckKind::Term));
    spawns(message.process(async {}));
    spawns(acker.ack());
    spawns(acker.ack_with(AckKind::Term));
    spawns(acker.double_ack());
    spawns(acker.double_ack_with(AckKind::Term));
    streams::<TracedMessages<pull::Stream>>();
    streams::<TracedMessages<pull::Ordered>>();
    streams::<TracedMessages<push::Messages>>();
    streams::<TracedMessages<push::Ordered>>();
    streams::<TracedBatches<pull::Stream, pull::MessagesError>>();
    streams::<TracedBatches<pull::Ordered, pull::OrderedError>>();
    streams::<TracedBatches<push::Messages, push::MessagesError>>();
    streams::<TracedBatches<push::Ordered, push::OrderedError>>();
    streams::<TracedBatch>();
    streams::<TracedSequence>();
}

fn forwards(client: &TracedClient, message: &Received<FromSubject<Message>, Nats>, reason: &dyn Display) {
    spawns(client.forward(message, "a", reason));
    spawns(TracedClient::connect("localhost", &MessagingTracer::global()));
}

/// Every wrapper can be told the same.
fn settings(facts: fn() -> ClientFacts, tracer: &MessagingTracer) {
    macro_rules! all {
        ($($wrapper:ty),+) => {
            $(
                let _ = |it: $wrapper| -> $wrapper {
                    it.with_tracer(tracer).with_facts(facts()).with_templates(["orders.{id}"]).traced(tracer)
                };
            )+
        };
    }
    all!(TracedClient, TracedSubscriber);
    #[cfg(feature = "jetstream")]
    {
        use async_nats::jetstream::consumer::{pull, push};
        use tracehop_nats::{TracedBatch, TracedConsumer, TracedContext, TracedMessages, TracedSequence};

        all!(TracedContext, TracedBatch, TracedSequence);
        all!(TracedConsumer<pull::Config>, TracedConsumer<push::Config>);
        all!(TracedConsumer<pull::OrderedConfig>, TracedConsumer<push::OrderedConfig>);
        all!(TracedMessages<pull::Stream>, TracedMessages<pull::Ordered>);
        all!(TracedMessages<push::Messages>, TracedMessages<push::Ordered>);
    }
    #[cfg(feature = "service")]
    all!(tracehop_nats::TracedEndpoint);
}

#[cfg(feature = "service")]
fn service(
    client: &TracedClient,
    service: &tracehop_nats::TracedService,
    group: &tracehop_nats::TracedServiceGroup,
    request: &tracehop_nats::TracedRequest,
) {
    spawns(client.service_builder().start("a", "1.0.0"));
    spawns(service.endpoint("a"));
    spawns(service.endpoint_builder().add("a"));
    spawns(group.endpoint("a"));
    spawns(client.forward(request, "a", "b"));
    spawns(request.respond(Ok("".into())));
    spawns(request.respond_with_headers(Ok("".into()), HeaderMap::new()));
    spawns(request.process(async {}));
    spawns(request.process_or(async { Ok::<_, String>(()) }, |_| async { Ok::<_, String>(()) }));
    streams::<tracehop_nats::TracedEndpoint>();
}
