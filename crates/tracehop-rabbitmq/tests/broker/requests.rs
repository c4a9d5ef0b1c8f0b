//! Requests and their replies, over direct reply-to.

use std::future::pending;
use std::pin::pin;

use futures::future::{join, join_all};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, ConnectionProperties};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use tokio::sync::oneshot;
use tracehop_brokers::Fault;
use tracehop_rabbitmq::{IntoTraced, RequestError, Requester, TracedChannel, TracedConsumer, TracedDelivery};
use tracehop_testing::{SpanRecorder, polled};

use crate::support::{
    Fixture, HALF_OPEN, attribute, full_queue, next, proxy, publish, table, text, url, within,
};

const REPLY_TO: &str = "amq.rabbitmq.reply-to";

/// A channel of its own, on the test's connection.
async fn channel(test: &Fixture) -> TracedChannel {
    within(test.connection.create_channel()).await.unwrap().traced(&test.tracer)
}

async fn requester(test: &Fixture) -> Requester {
    within(channel(test).await.requester()).await.unwrap()
}

/// A request that waits as long as its channel lasts.
async fn ask(
    requester: &Requester,
    queue: &ShortString,
    payload: &[u8],
    properties: BasicProperties,
) -> Result<TracedDelivery, RequestError> {
    let request = requester.request("".into(), queue.clone(), payload, properties, pending::<()>());
    // On the heap, because the futures of tests are long.
    within(Box::pin(request)).await
}

/// A service that answers each request with what was asked.
async fn echo(test: &Fixture, requests: &mut TracedConsumer, count: usize) {
    for _ in 0..count {
        let request = next(requests).await;
        reply(test, &request).await;
    }
}

async fn reply(test: &Fixture, request: &TracedDelivery) {
    let reply = test.channel.reply(request, &request.data, BasicProperties::default());
    within(Box::pin(request.process(reply))).await.unwrap();
}

/// How many messages are in a queue that nobody consumes.
async fn count(peer: &Channel, queue: &ShortString) -> u32 {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    within(peer.queue_declare(queue.clone(), options, FieldTable::default())).await.unwrap().message_count()
}

fn id(properties: &BasicProperties) -> Option<&str> {
    properties.correlation_id().as_ref().map(ShortString::as_str)
}

#[tokio::test]
async fn a_request_its_handler_and_its_reply_are_one_trace() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let request = next(&mut requests).await;
        let address = request.properties.reply_to().as_ref().unwrap().as_str();
        assert!(address.starts_with("amq.rabbitmq.reply-to.") && request.data == b"lamp", "{address}");
        let answer = async {
            test.channel.reply(&request, b"9.99", BasicProperties::default()).await?;
            request.ack(BasicAckOptions::default()).await
        };
        assert_eq!(request.process(answer).await, Ok(true));
    };
    let cx = Context::current_with_span(test.spans.tracer().start("checkout"));
    let properties = BasicProperties::default().with_correlation_id("c-1".into());
    let asked = ask(&requester, &prices, b"lamp", properties).with_context(cx);
    let (reply, ()) = Box::pin(join(asked, served)).await;
    let reply = reply.unwrap();
    assert_eq!(
        (reply.data.as_slice(), reply.queue(), id(&reply.properties)),
        (&b"9.99"[..], REPLY_TO, Some("c-1"))
    );
    reply.process(async {}).await;

    let spans = test.ended(6).await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(reply.creation().span_id(), named("publish").span_context.span_id());
    for (key, expected) in [
        ("messaging.system", "rabbitmq"),
        ("messaging.operation.name", "request"),
        ("messaging.operation.type", "send"),
        ("messaging.destination.name", "prices"),
        ("messaging.rabbitmq.destination.routing_key", "prices"),
    ] {
        assert_eq!(attribute(named("request prices"), key).as_deref(), Some(expected), "{key}");
    }
    let shown = ["messaging.destination.temporary", "messaging.message.conversation_id"];
    test.tree(6).await.attributes(shown).assert(
        "
        checkout               INTERNAL
        └ request prices       PRODUCER  #1  links: #2  messaging.message.conversation_id=c-1
          └ process prices     CONSUMER  links: #1  messaging.message.conversation_id=c-1
            ├ publish          PRODUCER  #2  messaging.destination.temporary=true  messaging.message.conversation_id=c-1
            │ └ process        CONSUMER  links: #2  messaging.destination.temporary=true  messaging.message.conversation_id=c-1
            └ ack prices       CLIENT  messaging.message.conversation_id=c-1
        ",
    );
}

#[tokio::test]
async fn a_reply_after_the_handler_is_below_the_span_of_processing() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let request = next(&mut requests).await;
        request.process(async {}).await;
        within(test.channel.reply(&request, b"9.99", BasicProperties::default())).await.unwrap();
    };
    let (reply, ()) =
        Box::pin(join(ask(&requester, &prices, b"lamp", BasicProperties::default()), served)).await;
    assert_eq!(reply.unwrap().data, b"9.99");
    test.tree(3).await.assert(
        "
        request prices       PRODUCER  #1  links: #2
        └ process prices     CONSUMER  links: #1
          └ publish          PRODUCER  #2
        ",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_over_one_channel_get_their_own_replies_in_whichever_order_they_come() {
    const COUNT: usize = 50;
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut consumer = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let mut requests = Vec::new();
        for _ in 0..COUNT {
            requests.push(next(&mut consumer).await);
        }
        // Every third one from behind first, and so on.
        requests.reverse();
        for step in 0..3 {
            for request in requests.iter().skip(step).step_by(3) {
                reply(&test, request).await;
            }
        }
    };
    let asked = join_all((0..COUNT).map(|number| {
        let (requester, prices) = (requester.clone(), prices.clone());
        tokio::spawn(async move {
            let payload = number.to_string();
            let reply =
                ask(&requester, &prices, payload.as_bytes(), BasicProperties::default()).await.unwrap();
            assert_eq!(reply.data, payload.as_bytes());
            id(&reply.properties).unwrap().to_owned()
        })
    }));
    let (ids, ()) = Box::pin(join(asked, served)).await;
    let mut ids: Vec<_> = ids.into_iter().map(Result::unwrap).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), COUNT);

    let spans = test.ended(3 * COUNT).await;
    for request in spans.iter().filter(|span| span.name == "request prices") {
        let [link] = &request.links[..] else { panic!("{:?}", request.links) };
        assert_eq!(link.span_context.trace_id(), request.span_context.trace_id());
        let replied = spans.iter().find(|span| span.span_context.span_id() == link.span_context.span_id());
        let ids =
            [request, replied.unwrap()].map(|span| attribute(span, "messaging.message.conversation_id"));
        assert_eq!((ids[0].is_some(), &ids[0]), (true, &ids[1]));
    }
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn a_request_that_nobody_answers_in_time_is_an_error_and_a_late_reply_harms_nobody() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let (time, timeout) = oneshot::channel::<()>();
    let asked = requester.request("".into(), prices.clone(), b"lamp", BasicProperties::default(), timeout);
    let served = async {
        let request = next(&mut requests).await;
        time.send(()).unwrap();
        request
    };
    let (error, late) = within(Box::pin(join(asked, served))).await;
    let error = error.unwrap_err();
    assert!(matches!(error, RequestError::TimedOut), "{error:?}");
    assert_eq!(test.ended(1).await[0].name, "request prices");

    // The late reply comes before the other one, with the same service and the same channel.
    let served = async {
        let request = next(&mut requests).await;
        reply(&test, &late).await;
        reply(&test, &request).await;
    };
    let (answer, ()) =
        Box::pin(join(ask(&requester, &prices, b"chair", BasicProperties::default()), served)).await;
    assert_eq!(answer.unwrap().data, b"chair");
    test.tree(6).await.assert(
        "
        request prices       PRODUCER  #1  error=timed_out
        └ process prices     CONSUMER  links: #1
          └ publish          PRODUCER
        request prices       PRODUCER  #2  links: #3
        └ process prices     CONSUMER  links: #2
          └ publish          PRODUCER  #3
        ",
    );
}

#[tokio::test]
async fn a_request_that_no_queue_takes_fails_at_once_and_no_other_one_does() {
    let test = Fixture::new().await;
    let (prices, nowhere) = (test.queue("prices").await, test.name("nowhere"));
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let asked = join_all((0..40).map(|number| {
        let queue = if number % 2 == 0 { &prices } else { &nowhere };
        ask(&requester, queue, b"lamp", BasicProperties::default())
    }));
    let (answers, ()) = Box::pin(join(asked, echo(&test, &mut requests, 20))).await;
    for (number, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(reply) => assert_eq!((number % 2, reply.data.as_slice()), (0, &b"lamp"[..])),
            Err(RequestError::Returned(error)) => assert_eq!((number % 2, error.get_id()), (1, 312)),
            Err(error) => panic!("{error:?}"),
        }
    }
    let spans = test.ended(80).await;
    let failed: Vec<_> = spans.iter().filter(|span| attribute(span, "error.type").is_some()).collect();
    assert_eq!(failed.len(), 20);
    for span in failed {
        assert_eq!(
            (span.name.as_ref(), attribute(span, "error.type").as_deref()),
            ("request nowhere", Some("no-route"))
        );
        let status = format!("{:?}", span.status);
        assert!(status.contains("the broker returned the request: 312 NO_ROUTE"), "{status}");
    }
}

#[tokio::test]
async fn publishes_and_requests_of_one_channel_are_each_told_of_their_own_returned_messages() {
    let test = Fixture::new().await;
    let (prices, nowhere) = (test.queue("prices").await, test.name("nowhere"));
    let mut requests = test.consume(&prices).await;
    // It has confirms already, and is shared by all.
    let requester = within(test.channel.requester()).await.unwrap();
    let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    // With a correlation id that a request has too, which must not fail because of it.
    let properties = || BasicProperties::default().with_correlation_id("order-1".into());
    let published = async {
        for _ in 0..50 {
            let confirm =
                test.channel.basic_publish("".into(), nowhere.clone(), mandatory, b"{}", properties());
            within(within(confirm).await.unwrap()).await.unwrap();
        }
    };
    let asked = async {
        for _ in 0..50 {
            let error = ask(&requester, &nowhere, b"{}", BasicProperties::default()).await.unwrap_err();
            assert!(matches!(error, RequestError::Returned(_)), "{error:?}");
        }
    };
    let kept = ask(&requester, &prices, b"lamp", properties());
    let others = async {
        let request = next(&mut requests).await;
        join(published, asked).await;
        reply(&test, &request).await;
    };
    let (answer, ()) = Box::pin(join(kept, others)).await;
    assert_eq!(answer.unwrap().data, b"lamp");
    within(test.channel.wait_for_confirms()).await.unwrap();
    let spans = test.ended(103).await;
    let refused = spans.iter().filter(|span| attribute(span, "error.type").as_deref() == Some("no-route"));
    assert_eq!(refused.count(), 100);
}

#[tokio::test]
async fn a_request_that_the_broker_does_not_take_is_an_error() {
    let test = Fixture::new().await;
    let full = full_queue(&test).await;
    let error = ask(&requester(&test).await, &full, b"lamp", BasicProperties::default()).await.unwrap_err();
    assert!(matches!(error, RequestError::NotTaken), "{error:?}");
    test.tree(1).await.assert("request full  PRODUCER  error=nack");
}

/// What ends a channel while two requests wait, and how they and a later one fail.
async fn check_end(test: &Fixture, end: impl AsyncFnOnce(TracedChannel), during: &str, after: &str) {
    let prices = test.queue("prices").await;
    let channel = channel(test).await;
    let requester = within(channel.requester()).await.unwrap();
    let peer = test.peer().await;
    let ended = async {
        while count(&peer, &prices).await < 2 {
            tokio::task::yield_now().await;
        }
        end(channel.clone()).await;
    };
    let asked = join_all((0..2).map(|_| ask(&requester, &prices, b"lamp", BasicProperties::default())));
    let (answers, ()) = Box::pin(join(asked, ended)).await;
    assert!(answers.iter().all(Result::is_err));
    ask(&requester, &prices, b"lamp", BasicProperties::default()).await.unwrap_err();
    assert_eq!(count(&peer, &prices).await, 2, "the last one was not sent");
    let spans = test.ended(3).await;
    let errors: Vec<_> = spans.iter().map(|span| attribute(span, "error.type").unwrap()).collect();
    assert_eq!(errors, [during, during, after]);
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn requests_fail_at_once_when_this_process_closes_the_channel() {
    let end = async |channel: TracedChannel| within(channel.close(200, "done".into())).await.unwrap();
    check_end(&Fixture::new().await, end, "closed", "closed").await;
}

#[tokio::test]
async fn requests_fail_at_once_when_this_process_closes_the_connection() {
    let test = Fixture::new().await;
    let end = async |_| within(test.connection.close(200, "done".into())).await.unwrap();
    check_end(&test, end, "closed", "closed").await;
}

#[tokio::test]
async fn requests_fail_at_once_when_the_broker_closes_the_channel() {
    let test = Fixture::new().await;
    let nowhere = test.name("nowhere");
    let end = async |channel: TracedChannel| {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        within(channel.queue_declare(nowhere, options, FieldTable::default())).await.unwrap_err();
    };
    check_end(&test, end, "not-found", "not-found").await;
}

#[tokio::test]
async fn requests_fail_at_once_when_the_connection_is_lost() {
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let end = async |_| proxy.apply(Fault::cut());
    check_end(&test, end, "connection_aborted", "connection_aborted").await;
}

#[tokio::test]
async fn requests_go_on_after_the_connection_was_recovered() {
    let proxy = proxy();
    let (spans, properties) = (SpanRecorder::new(), ConnectionProperties::default().enable_auto_recover());
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), properties, spans, tracer).await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let channel = channel(&test).await;
    let requester = within(channel.requester()).await.unwrap();
    proxy.apply(Fault::cut());
    let asked = async {
        loop {
            match ask(&requester, &prices, b"lamp", BasicProperties::default()).await {
                Ok(reply) => return reply,
                Err(RequestError::Client(error)) => within(channel.wait_for_recovery(error)).await.unwrap(),
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    // A request that came through, but whose confirm did not, is made again.
    let served = async {
        loop {
            let request = next(&mut requests).await;
            // This channel may have to recover too.
            while let Err(error) = test.channel.reply(&request, b"9.99", BasicProperties::default()).await {
                within(test.channel.wait_for_recovery(error)).await.unwrap();
            }
        }
    };
    tokio::select! {
        reply = within(Box::pin(asked)) => assert_eq!(reply.data, b"9.99"),
        () = Box::pin(served) => {}
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_says_so_and_leaves_nothing_behind() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let properties = || BasicProperties::default().with_correlation_id("c-1".into());
    let dropped = tokio::select! {
        _ = ask(&requester, &prices, b"lamp", properties()) => panic!("there is no reply"),
        request = next(&mut requests) => request,
    };
    assert_eq!(attribute(&test.ended(1).await[0], "error.type").as_deref(), Some("abandoned"));
    // A reply whose request nobody waits for, and then the same correlation id again.
    reply(&test, &dropped).await;
    let served = echo(&test, &mut requests, 1);
    let later = BasicProperties::default();
    let (answer, ()) = Box::pin(join(ask(&requester, &prices, b"chair", later), served)).await;
    assert_eq!(answer.unwrap().data, b"chair");
    let served = echo(&test, &mut requests, 1);
    let (answer, ()) = Box::pin(join(ask(&requester, &prices, b"table", properties()), served)).await;
    assert_eq!(answer.unwrap().data, b"table");
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn nobody_keeps_a_request_that_is_returned_after_it_was_dropped() {
    let proxy = proxy();
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let test = Fixture::at(&proxy.in_url(&url()), ConnectionProperties::default(), spans, tracer).await;
    let channel = channel(&test).await;
    let requester = within(channel.requester()).await.unwrap();
    let (prices, nowhere) = (test.queue("prices").await, test.name("nowhere"));
    let peer = test.peer().await;
    proxy.apply(HALF_OPEN);
    // The broker has got the first one when the second one is in its queue, but its answers are on their way.
    let dropped = join(
        ask(&requester, &nowhere, b"lamp", BasicProperties::default()),
        ask(&requester, &prices, b"lamp", BasicProperties::default()),
    );
    let sent = async {
        while count(&peer, &prices).await < 1 {
            tokio::task::yield_now().await;
        }
        count(&peer, &prices).await
    };
    tokio::select! {
        biased;
        _ = Box::pin(dropped) => panic!("there is no answer"),
        count = sent => assert_eq!(count, 1),
    }
    proxy.heal();
    for _ in 0..3 {
        let error = ask(&requester, &nowhere, b"chair", BasicProperties::default()).await.unwrap_err();
        assert!(matches!(error, RequestError::Returned(_)), "{error:?}");
    }
    assert_eq!(within(channel.wait_for_confirms()).await, Ok(Vec::new()));
    test.tree(5).await.assert(
        "
        request nowhere  PRODUCER  error=abandoned
        request prices   PRODUCER  error=abandoned
        request nowhere  PRODUCER  error=no-route
        request nowhere  PRODUCER  error=no-route
        request nowhere  PRODUCER  error=no-route
        ",
    );
}

#[tokio::test]
async fn requests_and_requesters_may_be_dropped_at_each_poll() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let channel = channel(&test).await;
    let mut polls = 0;
    let requester = loop {
        polls += 1;
        if let Some(requester) = within(polled(channel.requester(), polls)).await {
            break requester.unwrap();
        }
    };
    assert!(polls > 1, "it was dropped at least once");
    // There is no third poll, because nothing comes before the reply.
    for polls in 0..3 {
        let request = requester.request(
            "".into(),
            prices.clone(),
            b"lamp",
            BasicProperties::default(),
            pending::<()>(),
        );
        assert!(within(polled(request, polls)).await.is_none());
    }
    let answered = async {
        loop {
            let request = next(&mut requests).await;
            reply(&test, &request).await;
        }
    };
    tokio::select! {
        answer = ask(&requester, &prices, b"chair", BasicProperties::default()) => {
            assert_eq!(answer.unwrap().data, b"chair");
        }
        () = Box::pin(answered) => {}
    }
    assert!(channel.status().connected());
    // The last reply may have come before its confirm.
    within(test.channel.wait_for_confirms()).await.unwrap();
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn replies_with_another_correlation_id_or_with_none_are_ignored() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let peer = test.peer().await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let request = next(&mut requests).await;
        let to = request.properties.reply_to().clone().unwrap();
        let long = "ä".repeat(127);
        for strange in [None, Some(""), Some("c-2"), Some("\u{1b}[2J"), Some(long.as_str())] {
            let properties = BasicProperties::default();
            let properties = match strange {
                Some(strange) => properties.with_correlation_id(strange.into()),
                None => properties,
            };
            let sent = peer.basic_publish(
                "".into(),
                to.clone(),
                BasicPublishOptions::default(),
                b"0.01",
                properties,
            );
            within(within(sent).await.unwrap()).await.unwrap();
        }
        // Twice, of which the second one is too late.
        for _ in 0..2 {
            reply(&test, &request).await;
        }
    };
    let properties = BasicProperties::default().with_correlation_id("c-1".into());
    let (answer, ()) = Box::pin(join(ask(&requester, &prices, b"lamp", properties), served)).await;
    assert_eq!(answer.unwrap().data, b"lamp");
    assert_eq!(test.spans.unfinished(), 0);
}

#[tokio::test]
async fn two_requests_with_one_correlation_id_do_not_wait_at_the_same_time() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let properties = || BasicProperties::default().with_correlation_id("c-1".into());
    let mut first = pin!(ask(&requester, &prices, b"lamp", properties()));
    let request = tokio::select! {
        _ = &mut first => panic!("there is no reply"),
        request = next(&mut requests) => request,
    };
    let error = ask(&requester, &prices, b"chair", properties()).await.unwrap_err();
    assert_eq!(error.to_string(), r#"another request with the correlation id "c-1" waits for its reply"#);
    reply(&test, &request).await;
    assert_eq!(first.await.unwrap().data, b"lamp");
    test.tree(4).await.assert(
        "
        request prices       PRODUCER  #1  links: #2
        └ process prices     CONSUMER  links: #1
          └ publish          PRODUCER  #2
        request prices       PRODUCER  error=duplicate_correlation_id
        ",
    );
}

#[tokio::test]
async fn what_the_user_put_on_a_request_and_on_a_reply_stays_and_baggage_travels() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let request = next(&mut requests).await;
        let properties = &request.properties;
        assert_eq!(properties.message_id().as_ref().map(ShortString::as_str), Some("m-1"));
        let headers = properties.headers().as_ref().unwrap().inner();
        let names: Vec<_> = headers.keys().map(ShortString::as_str).collect();
        assert_eq!(names, ["baggage", "shop", "traceparent"]);
        let answer = async {
            let tenant = Context::map_current(|cx| cx.baggage().get("tenant").map(ToString::to_string));
            assert_eq!(tenant.as_deref(), Some("a"));
            let properties = BasicProperties::default()
                .with_headers(table(&[("currency", text("EUR"))]))
                .with_content_type("text/plain".into());
            test.channel.reply(&request, b"9.99", properties).await
        };
        request.process(answer).await.unwrap();
    };
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a")]);
    let properties = BasicProperties::default()
        .with_message_id("m-1".into())
        .with_headers(table(&[("shop", text("berlin"))]));
    let asked = ask(&requester, &prices, b"lamp", properties).with_context(cx);
    let (reply, ()) = Box::pin(join(asked, served)).await;
    let reply = reply.unwrap();
    let Delivery { properties, .. } = &**reply;
    let headers = properties.headers().as_ref().unwrap().inner();
    assert_eq!(headers.get("currency"), Some(&text("EUR")));
    assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some("text/plain"));
    let handler = async {
        let tenant = Context::map_current(|cx| cx.baggage().get("tenant").map(ToString::to_string));
        assert_eq!(tenant.as_deref(), Some("a"));
    };
    reply.process(handler).await;
}

#[tokio::test]
async fn requests_that_are_sampled_out_get_their_replies_and_make_no_spans() {
    let spans = SpanRecorder::unsampled();
    let tracer = spans.messaging_tracer();
    let test = Fixture::with_tracer(spans, tracer).await;
    let (prices, nowhere) = (test.queue("prices").await, test.name("nowhere"));
    let mut requests = test.consume(&prices).await;
    let requester = requester(&test).await;
    let served = async {
        let request = next(&mut requests).await;
        assert!(request.creation().is_valid() && !request.creation().is_sampled());
        reply(&test, &request).await;
    };
    let (reply, ()) =
        Box::pin(join(ask(&requester, &prices, b"lamp", BasicProperties::default()), served)).await;
    assert_eq!(reply.unwrap().data, b"lamp");
    let error = ask(&requester, &nowhere, b"lamp", BasicProperties::default()).await.unwrap_err();
    assert!(matches!(error, RequestError::Returned(_)), "{error:?}");
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 0));
}

#[tokio::test]
async fn a_channel_has_one_consumer_of_replies_until_nobody_needs_it() {
    let test = Fixture::new().await;
    let prices = test.queue("prices").await;
    let mut requests = test.consume(&prices).await;
    let channel = channel(&test).await;
    // The broker would close the channel over two of them.
    let clone = channel.clone();
    let (first, second) = within(join(channel.requester(), clone.requester())).await;
    let third = within(channel.requester()).await;
    for requester in [first.unwrap(), second.unwrap(), third.unwrap()] {
        let asked = ask(&requester, &prices, b"lamp", BasicProperties::default());
        Box::pin(join(asked, echo(&test, &mut requests, 1))).await.0.unwrap();
    }
    let again = within(channel.requester()).await.unwrap();
    let asked = ask(&again, &prices, b"lamp", BasicProperties::default());
    Box::pin(join(asked, echo(&test, &mut requests, 1))).await.0.unwrap();

    // Nothing keeps the channel open.
    let status = channel.status().clone();
    drop((channel, clone));
    assert!(status.connected());
    drop(again);
    let closed = async {
        while status.connected() {
            tokio::task::yield_now().await;
        }
    };
    within(closed).await;
}

#[tokio::test]
async fn a_message_that_asks_for_no_reply_gets_none_and_one_without_correlation_id_has_its_message_id_back() {
    let test = Fixture::new().await;
    let (prices, answers) = (test.queue("prices").await, test.queue("answers").await);
    let mut requests = test.consume(&prices).await;
    test.publish(&prices, BasicProperties::default()).await;
    let request = next(&mut requests).await;
    let reply = test.channel.reply(&request, b"9.99", BasicProperties::default());
    let error = request.process(within(Box::pin(reply))).await.unwrap_err();
    assert_eq!(error.to_string(), "IO error: the message has no reply_to: its sender waits for no reply");

    let to = BasicProperties::default().with_reply_to(answers.clone());
    let mut replies = test.consume(&answers).await;
    let own = BasicProperties::default().with_correlation_id("own".into());
    for (request, reply, expected) in [
        (to.clone().with_message_id("m-1".into()), BasicProperties::default(), Some("m-1")),
        (
            to.clone().with_message_id("m-1".into()).with_correlation_id("c-1".into()),
            BasicProperties::default(),
            Some("c-1"),
        ),
        (to.clone().with_correlation_id("c-1".into()), own, Some("own")),
        (to, BasicProperties::default(), None),
    ] {
        let confirmation = publish(&test.channel, "", prices.as_str(), request).await;
        assert_eq!(confirmation, Ok(Confirmation::Ack(None)));
        let request = next(&mut requests).await;
        within(Box::pin(test.channel.reply(&request, b"9.99", reply))).await.unwrap();
        assert_eq!(id(&next(&mut replies).await.properties), expected);
    }
    let spans = test.ended(10).await;
    let refused: Vec<_> = spans.iter().filter_map(|span| attribute(span, "error.type")).collect();
    assert_eq!(refused, ["no_reply_to"]);
}
