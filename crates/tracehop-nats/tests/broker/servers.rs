//! Which server a client is connected to.

use async_nats::ConnectOptions;
use async_nats::jetstream::context::ContextBuilder;
use opentelemetry_sdk::trace::SpanData;
use tracehop_brokers::FaultProxy;
use tracehop_nats::IntoTraced;
use tracehop_testing::SpanRecorder;

use crate::support::{DEADLINE, Fixture, address, attribute, next, try_next, url, within};

/// A way to a server that listens on all of its addresses, which is the default, and says so in its greeting.
fn everywhere() -> FaultProxy {
    let hide = |bytes: Vec<u8>, _| {
        let greeting = std::str::from_utf8(&bytes).ok().filter(|text| text.starts_with("INFO "));
        match greeting.and_then(|text| text.split_once("\"host\":\"")) {
            Some((before, rest)) => {
                let (_, after) = rest.split_once('"').unwrap();
                format!("{before}\"host\":\"0.0.0.0\"{after}").into_bytes()
            }
            None => bytes,
        }
    };
    FaultProxy::builder(&url()).rewrite_answers(hide).start().unwrap()
}

async fn through(proxy: &FaultProxy) -> Fixture {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectOptions::new(), spans, tracer).await;
    assert_eq!(test.client.server_info().host, "0.0.0.0");
    test
}

/// The address that the client was given.
fn given(proxy: &FaultProxy) -> String {
    format!("nats://{}", proxy.address())
}

fn shown(span: &SpanData) -> Option<String> {
    Some(format!("nats://{}:{}", attribute(span, "server.address")?, attribute(span, "server.port")?))
}

#[tokio::test]
async fn where_the_server_names_no_address_it_is_the_one_that_the_client_was_given() {
    let proxy = everywhere();
    let test = through(&proxy).await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await.traced(&test.tracer);
    let context =
        ContextBuilder::new().timeout(DEADLINE).build(test.client.inner().clone()).traced(&test.tracer);
    let service = within(test.client.service_builder().start("prices", "1.0.0")).await.unwrap();
    let mut prices = within(service.endpoint(test.name("prices.get"))).await.unwrap();
    let mut news = test.client.subscribe(test.name("news")).await.unwrap();
    test.subscribed().await;

    test.client.publish(test.name("news"), "".into()).await.unwrap();
    next(&mut news).await.process(async {}).await;
    let served = async {
        let request = next(&mut prices).await;
        request.process(request.respond(Ok("9.99".into()))).await.unwrap();
    };
    let asked = test.client.request(test.name("prices.get"), "".into());
    within(futures::future::join(asked, served)).await.0.unwrap();
    let ack = context.publish(format!("{}.new", test.name("orders")), "{}".into()).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let order = try_next(&mut within(consumer.fetch().max_messages(1).messages()).await.unwrap()).await;
    order.process(order.ack()).await.unwrap();

    let spans = test.ended(9).await;
    for span in &spans {
        assert_eq!(shown(span), Some(given(&proxy)), "{}", span.name);
    }
}

#[tokio::test]
async fn a_server_that_names_its_address_is_believed() {
    let test = Fixture::new().await;
    let (host, port) = address(&test.client.server_info());
    test.client.publish(test.name("news"), "".into()).await.unwrap();
    assert_eq!(shown(&test.ended(1).await[0]), Some(format!("nats://{host}:{port}")));
}

#[tokio::test]
async fn a_client_that_is_wrapped_by_itself_is_asked_for_the_address() {
    let proxy = everywhere();
    let test = Fixture::new().await;
    let client =
        within(ConnectOptions::new().connect(proxy.in_url(&url()))).await.unwrap().traced(&test.tracer);
    let mut published = 0;
    within(async {
        loop {
            client.publish(test.name("news"), "".into()).await.unwrap();
            published += 1;
            if shown(test.ended(published).await.last().unwrap()) == Some(given(&proxy)) {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn after_a_reconnection_the_address_is_found_again() {
    let proxy = everywhere();
    let test = through(&proxy).await;
    let connects = || test.client.statistics().connects.load(std::sync::atomic::Ordering::Relaxed);
    test.client.force_reconnect().await.unwrap();
    within(async {
        while connects() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let mut published = 0;
    within(async {
        loop {
            test.client.publish(test.name("news"), "".into()).await.unwrap();
            published += 1;
            let spans = test.ended(published).await;
            if shown(spans.last().unwrap()) == Some(given(&proxy)) {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn facts_that_are_given_count_and_the_rest_is_as_it_was_known() {
    let test = Fixture::new().await;
    let facts = || tracehop::ClientFacts::default().client_id("checkout-1");
    let client = test.client.clone().with_facts(facts());
    let mut news =
        client.queue_subscribe(test.name("news"), "billing".to_owned()).await.unwrap().with_facts(facts());
    client.publish(test.name("news"), "".into()).await.unwrap();
    next(&mut news).await.process(async {}).await;
    let (host, port) = address(&test.client.server_info());
    let keys = ["server.address", "server.port", "messaging.client.id", "messaging.consumer.group.name"];
    test.tree(2).await.attributes(keys).assert(&format!(
        "
        publish news    PRODUCER  #1  server.address={host}  server.port={port}  messaging.client.id=checkout-1
        └ process news  CONSUMER  links: #1  server.address={host}  server.port={port}  \
          messaging.client.id=checkout-1  messaging.consumer.group.name=billing
        "
    ));
}
