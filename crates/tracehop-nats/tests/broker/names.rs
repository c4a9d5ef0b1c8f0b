//! What stands in span names: never a subject that is not known to be one of few.

use async_nats::jetstream::consumer::pull;
use async_nats::service::ServiceExt;
use futures::StreamExt;
use tracehop_nats::{FromSubject, IntoTraced, Nats};

use crate::support::{Fixture, next, try_next, within};

const NAMES: [&str; 2] = ["messaging.destination.name", "messaging.destination.template"];

fn filtering(test: &Fixture, filters: &[&str]) -> pull::Config {
    let filter_subjects = filters.iter().map(|filter| format!("{}{filter}", test.name("orders"))).collect();
    pull::Config { durable_name: Some(test.name("billing")), filter_subjects, ..pull::Config::default() }
}

#[tokio::test]
async fn the_filter_that_a_subject_matches_is_its_template() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = within(stream.create_consumer(filtering(&test, &[".*.created", ".new"]))).await.unwrap();
    for subject in [".42.created", ".new"] {
        test.store(&format!("{}{subject}", test.name("orders"))).await;
    }
    let mut messages = within(consumer.traced(&test.tracer).messages()).await.unwrap();
    for _ in 0..2 {
        try_next(&mut messages).await.process(async {}).await;
    }
    test.tree(4).await.attributes(NAMES).assert(
        "
        publish                       PRODUCER  #1  messaging.destination.name=orders.42.created
        └ process orders.*.created    CONSUMER  links: #1  messaging.destination.name=orders.42.created  \
          messaging.destination.template=orders.*.created
        publish orders.new            PRODUCER  #2  messaging.destination.name=orders.new
        └ process orders.new          CONSUMER  links: #2  messaging.destination.name=orders.new
        ",
    );
}

#[tokio::test]
async fn the_stream_stands_for_the_subjects_of_a_consumer_of_all_of_it() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    let subject = format!("{}.alice.new", test.name("orders"));
    test.store(&subject).await;
    let mut alone = within(consumer.messages()).await.unwrap().traced(&test.tracer);
    let order = try_next(&mut alone).await;
    order.process(order.ack()).await.unwrap();
    let consumer = test.consumer(&stream, "audit").await;
    let order = try_next(&mut within(consumer.traced(&test.tracer).messages()).await.unwrap()).await;
    order.process(order.ack()).await.unwrap();
    test.tree(5).await.attributes(NAMES).assert(
        "
        publish orders.alice.new    PRODUCER  #1  messaging.destination.name=orders.alice.new
        ├ process orders            CONSUMER  links: #1  messaging.destination.name=orders.alice.new
        │ └ ack orders              CLIENT  messaging.destination.name=orders.alice.new
        └ process orders            CONSUMER  links: #1  messaging.destination.name=orders.alice.new
          └ ack orders              CLIENT  messaging.destination.name=orders.alice.new
        ",
    );
}

#[tokio::test]
async fn patterns_stand_for_the_subjects_of_all_that_receives() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let consumer = test.consumer(&stream, "billing").await;
    let pattern = format!("{}.{{id}}.created", test.name("orders"));
    let subject = format!("{}.42.created", test.name("orders"));
    for _ in 0..5 {
        test.store(&subject).await;
    }
    let templates = [&pattern];
    let traced = consumer.clone().traced(&test.tracer).with_templates(templates);
    let fetch = async |count| within(traced.fetch().max_messages(count).messages()).await.unwrap();
    try_next(&mut fetch(1).await).await.process(async {}).await;
    try_next(&mut within(traced.batch().max_messages(1).messages()).await.unwrap())
        .await
        .process(async {})
        .await;
    let mut sequence = consumer.sequence(1).unwrap().traced(&test.tracer).with_templates(templates);
    let order = try_next(&mut try_next(&mut sequence).await).await;
    order.process(order.ack()).await.unwrap();
    let batch = within(consumer.fetch().max_messages(1).messages()).await.unwrap();
    try_next(&mut batch.traced(&test.tracer).with_templates(templates)).await.process(async {}).await;
    let stream = within(traced.stream().max_messages_per_batch(1).messages()).await.unwrap();
    let mut stream = stream.with_templates(templates);
    try_next(&mut stream).await.process(async {}).await;
    drop(stream);

    let subscriber =
        within(test.client.inner().subscribe(format!("{}.>", test.name("orders")))).await.unwrap();
    let mut subscriber = subscriber.traced(&test.tracer).with_templates(templates);
    test.client.publish(subject, "{}".into()).await.unwrap();
    next(&mut subscriber).await.process(async {}).await;
    let spans = test.spans.finished();
    let name = format!("process {pattern}");
    assert_eq!(spans.iter().filter(|span| span.name == name).count(), 6);
    assert!(spans.iter().all(|span| !span.name.contains("42")), "{spans:?}");
}

#[tokio::test]
async fn a_message_whose_subscription_is_not_known_has_no_subject_in_its_name() {
    let test = Fixture::new().await;
    let subscriber = within(test.client.inner().subscribe(test.name("news"))).await.unwrap();
    let mut alone = within(test.client.inner().subscribe(test.name("news"))).await.unwrap();
    let mut told = within(test.client.inner().subscribe(test.name("news"))).await.unwrap();
    let mut subscriber = subscriber.traced(&test.tracer);
    test.client.publish(test.name("news"), "".into()).await.unwrap();
    next(&mut subscriber).await.process(async {}).await;
    test.tracer.receive::<Nats, _>(next(&mut alone).await).process(async {}).await;
    let told = FromSubject::new(next(&mut told).await, &test.name("news"));
    test.tracer.receive(told).process(async {}).await;
    test.tree(4).await.attributes(["messaging.destination.name"]).assert(
        "
        publish news      PRODUCER  #1  messaging.destination.name=news
        ├ process         CONSUMER  links: #1  messaging.destination.name=news
        ├ process         CONSUMER  links: #1  messaging.destination.name=news
        └ process news    CONSUMER  links: #1  messaging.destination.name=news
        ",
    );
}

#[tokio::test]
async fn an_endpoint_that_is_wrapped_by_itself_has_no_subject_in_its_name() {
    let test = Fixture::new().await;
    let service = within(test.client.inner().service_builder().start("prices", "1.0.0")).await.unwrap();
    let endpoint = within(service.endpoint(test.name("prices.get"))).await.unwrap();
    let templated = within(service.endpoint(test.name("prices.set"))).await.unwrap();
    test.subscribed().await;
    let endpoint = endpoint.traced(&test.tracer);
    let templated = templated.traced(&test.tracer).with_templates([test.name("prices.set")]);
    let mut endpoints = futures::stream::select(endpoint, templated);
    for name in ["prices.get", "prices.set"] {
        let served = async {
            let request = next(&mut endpoints).await;
            request.process(request.respond(Ok("".into()))).await.unwrap();
        };
        let asked = test.client.request(test.name(name), "".into());
        within(futures::future::join(asked, served)).await.0.unwrap();
    }
    test.tree(6).await.assert(
        "
        request prices.get        PRODUCER  #1  links: #2
        └ process                 CONSUMER  links: #1
          └ publish               PRODUCER  #2
        request prices.set        PRODUCER  #3  links: #4
        └ process prices.set      CONSUMER  links: #3
          └ publish               PRODUCER  #4
        ",
    );
}

#[tokio::test]
async fn the_groups_of_a_service_are_part_of_the_subjects_of_its_endpoints() {
    let test = Fixture::new().await;
    let service =
        within(test.client.service_builder().queue_group("all").start("prices", "1.0.0")).await.unwrap();
    let eu = service.group(test.name("prices")).group_with_queue_group("eu", "european");
    let get = within(eu.endpoint("get")).await.unwrap();
    let set = within(eu.endpoint_builder().name("set").queue_group("writers").add("set.*")).await.unwrap();
    test.subscribed().await;
    let mut endpoints = futures::stream::select(get, set);
    for name in ["eu.get", "eu.set.cake"] {
        let served = async {
            let request = next(&mut endpoints).await;
            request.process(request.respond(Ok("".into()))).await.unwrap();
        };
        let asked = test.client.request(format!("{}.{name}", test.name("prices")), "".into());
        within(futures::future::join(asked, served)).await.0.unwrap();
    }
    test.tree(6).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        request prices.eu.get         PRODUCER  #1  links: #2
        └ process prices.eu.get       CONSUMER  links: #1  messaging.consumer.group.name=european
          └ publish                   PRODUCER  #2
        request prices.eu.set.cake    PRODUCER  #3  links: #4
        └ process prices.eu.set.*     CONSUMER  links: #3  messaging.consumer.group.name=writers
          └ publish                   PRODUCER  #4
        ",
    );
    assert_eq!(service.stats().await.len(), 2);
}

#[tokio::test]
async fn what_is_traced_twice_makes_each_span_once() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let other = tracehop_testing::SpanRecorder::new();
    let tracer = other.messaging_tracer();
    let consumer = test.consumer(&stream, "billing").await.traced(&tracer).traced(&test.tracer);
    let context = test.context().traced(&tracer).traced(&test.tracer);
    let client = test.client.clone().traced(&tracer).traced(&test.tracer);
    let ack = within(context.publish(format!("{}.new", test.name("orders")), "{}".into())).await.unwrap();
    within(ack.into_future()).await.unwrap();
    let orders = within(consumer.fetch().max_messages(1).messages()).await.unwrap();
    let order = try_next(&mut orders.traced(&tracer).traced(&test.tracer)).await;
    order.process(order.ack()).await.unwrap();
    let mut news = client.subscribe(test.name("news")).await.unwrap().traced(&tracer).traced(&test.tracer);
    client.publish(test.name("news"), "{}".into()).await.unwrap();
    news.next().await.unwrap().process(async {}).await;
    test.tree(6).await.assert(
        "
        publish orders.new    PRODUCER  #1
        └ process orders      CONSUMER  links: #1
          └ ack orders        CLIENT
        receive orders        CLIENT  links: #1
        publish news          PRODUCER  #2
        └ process news        CONSUMER  links: #2
        ",
    );
    assert!(other.finished().is_empty());
}
