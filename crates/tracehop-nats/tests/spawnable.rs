//! Every future of the wrappers can be spawned, and every stream be polled in place.
#![allow(dead_code, reason = "that it compiles is the test")]

use async_nats::{HeaderMap, Request};
use futures::Stream;
use tracehop_nats::{TracedClient, TracedSubscriber};

fn spawns<T: Send>(_: T) {}

fn streams<T: Stream + Send + Unpin + 'static>() {}

fn client(client: &TracedClient) {
    spawns(client.publish("a", "".into()));
    spawns(client.publish_with_headers("a", HeaderMap::new(), "".into()));
    spawns(client.publish_with_reply("a", "b", "".into()));
    spawns(client.publish_with_reply_and_headers("a", "b", HeaderMap::new(), "".into()));
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
    use tracehop_nats::{TracedBatch, TracedMessages, TracedSequence};

    spawns(context.publish("a", "".into()));
    spawns(context.publish_with_headers("a", HeaderMap::new(), "".into()));
    spawns(context.send_publish("a", PublishMessage::build()));
    spawns(ack.into_future());
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
    streams::<TracedBatch>();
    streams::<TracedSequence>();
}

#[cfg(feature = "service")]
fn service(request: &tracehop_nats::TracedRequest) {
    spawns(request.respond(Ok("".into())));
    spawns(request.respond_with_headers(Ok("".into()), HeaderMap::new()));
    spawns(request.process(async {}));
    streams::<tracehop_nats::TracedEndpoint>();
}
