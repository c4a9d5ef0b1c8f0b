//! Requests and replies.

use std::time::Duration;

use async_nats::client::traits::Requester;
use async_nats::{Request, RequestErrorKind};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};

use crate::support::{Fixture, headers, next, subscribed, within};

#[tokio::test]
async fn a_request_is_one_span_and_its_reply_has_the_services_context() {
    let test = Fixture::new().await;
    let service = Fixture::with_tracer(test.spans.clone(), test.tracer.clone()).await;
    let mut prices = service.client.subscribe(test.name("prices.get")).await.unwrap();
    service.subscribed().await;
    let served = async {
        let request = next(&mut prices).await;
        let reply = request.reply.clone().unwrap();
        request.process(service.client.publish(reply, "9.99".into())).await.unwrap();
    };
    let cx = Context::current_with_span(test.spans.tracer().start("checkout"));
    let asked = test.client.request(test.name("prices.get"), "ord_42".into()).with_context(cx);
    let (reply, ()) = within(futures::future::join(asked, served)).await;
    let reply = reply.unwrap();
    assert_eq!(reply.payload.as_ref(), b"9.99");

    let spans = test.ended(4).await;
    let replied = spans.iter().find(|span| span.name == "publish").unwrap();
    assert_eq!(reply.creation().span_id(), replied.span_context.span_id());
    test.tree(4).await.attributes(["messaging.destination.temporary"]).assert(
        "
        checkout                    INTERNAL
        └ request prices.get        PRODUCER  #1  links: #2
          └ process prices.get      CONSUMER  links: #1
            └ publish               PRODUCER  #2  messaging.destination.temporary=true
        ",
    );
}

#[tokio::test]
async fn a_request_without_a_service_ends_as_the_client_says() {
    let test = Fixture::new().await;
    let error = within(test.client.request(test.name("prices.get"), "{}".into())).await.unwrap_err();
    assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    test.tree(1).await.assert("request prices.get  PRODUCER  error=no_responders");
}

#[tokio::test]
async fn a_request_that_nobody_answers_in_time_ends_as_the_client_says() {
    let test = Fixture::new().await;
    let mut prices = test.client.subscribe(test.name("prices.get")).await.unwrap();
    for inbox in [None, Some(test.name("my.inbox"))] {
        let request = Request { inbox, ..Request::new().timeout(Some(Duration::from_millis(1))) };
        let error = within(test.client.send_request(test.name("prices.get"), request)).await.unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::TimedOut);
        assert!(next(&mut prices).await.creation().is_valid());
    }
    test.tree(2).await.assert(
        "
        request prices.get  PRODUCER  error=timed_out
        request prices.get  PRODUCER  error=timed_out
        ",
    );
}

#[tokio::test]
async fn a_request_that_is_dropped_says_so() {
    let test = Fixture::new().await;
    let mut prices = test.client.subscribe(test.name("prices.get")).await.unwrap();
    let asked =
        test.client.request_with_headers(test.name("prices.get"), headers(&[("tag", "1")]), "".into());
    let got = async {
        let request = next(&mut prices).await;
        assert_eq!(request.headers.as_ref().unwrap().len(), 2);
    };
    tokio::select! {
        _ = asked => panic!("there is no reply"),
        () = got => {}
    }
    test.tree(1).await.assert("request prices.get  PRODUCER  error=abandoned");
}

/// What an application may be generic over.
async fn ask(whom: &impl Requester, subject: String) -> async_nats::Message {
    within(whom.send_request(subject, Request::new().payload("ord_42".into()))).await.unwrap()
}

#[tokio::test]
async fn generic_code_that_asks_takes_the_wrapper_for_the_client() {
    let test = Fixture::new().await;
    let peer = test.peer().await;
    let mut prices = within(peer.subscribe(test.name("prices.get"))).await.unwrap();
    subscribed(&peer).await;
    let served = async {
        let request = next(&mut prices).await;
        assert!(request.headers.unwrap().get("traceparent").is_some());
        peer.publish(request.reply.unwrap(), "9.99".into()).await.unwrap();
    };
    let (reply, ()) = futures::future::join(ask(&test.client, test.name("prices.get")), served).await;
    assert_eq!((reply.payload.as_ref(), reply.headers), (&b"9.99"[..], None));
    test.tree(1).await.assert("request prices.get  PRODUCER");
}
