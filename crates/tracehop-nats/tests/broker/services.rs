//! The services API.

use async_nats::service::error::Error;
use tracehop_nats::{Failure, IntoTraced, TracedEndpoint, TracedService};

use crate::support::{Fixture, dump, headers, next, within};

/// The endpoint ends with its service.
async fn prices(test: &Fixture) -> (TracedService, TracedEndpoint) {
    let service = within(test.client.service_builder().start("prices", "1.0.0")).await.unwrap();
    let endpoint = within(service.endpoint(test.name("prices.get"))).await.unwrap();
    test.subscribed().await;
    (service, endpoint)
}

fn not_found() -> Error {
    Error { status: "no such order".to_owned(), code: 404 }
}

#[tokio::test]
async fn a_reply_carries_the_context_of_its_span() {
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let served = async {
        let request = next(&mut prices).await;
        assert_eq!(request.message.payload.as_ref(), b"ord_42");
        let given = headers(&[("tag", "1"), ("tag", "2")]);
        let responded = request.respond_with_headers(Ok("9.99".into()), given);
        request.process(responded).await.unwrap();
    };
    let asked = test.client.request(test.name("prices.get"), "ord_42".into());
    let (reply, ()) = within(futures::future::join(asked, served)).await;
    let reply = reply.unwrap();
    assert_eq!(reply.payload.as_ref(), b"9.99");
    let names: Vec<_> = dump(reply.headers.as_ref()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["tag", "tag", "traceparent"]);
    test.tree(3).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        request prices.get      PRODUCER  #1  links: #2
        └ process prices.get    CONSUMER  links: #1  messaging.consumer.group.name=q
          └ publish             PRODUCER  #2
        ",
    );
}

#[tokio::test]
async fn an_error_reply_is_the_failure_of_the_handler_and_of_the_request() {
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let served = async {
        let request = next(&mut prices).await;
        request.process(request.respond(Err(not_found()))).await.unwrap();
        let request = next(&mut prices).await;
        let handled = request.process_owned(|request| async move { request.respond(Err(not_found())).await });
        handled.await.unwrap();
    };
    let asked = async {
        for _ in 0..2 {
            let reply = test.client.request(test.name("prices.get"), "ord_42".into()).await.unwrap();
            assert_eq!(
                reply.headers.as_ref().unwrap().get("Nats-Service-Error-Code").unwrap().as_str(),
                "404"
            );
            assert!(reply.creation().is_valid());
        }
    };
    within(futures::future::join(asked, served)).await;
    test.tree(6).await.assert(
        "
        request prices.get      PRODUCER  #1  links: #2  error=404
        └ process prices.get    CONSUMER  links: #1  error=404
          └ publish             PRODUCER  #2
        request prices.get      PRODUCER  #3  links: #4  error=404
        └ process prices.get    CONSUMER  links: #3  error=404
          └ publish             PRODUCER  #4
        ",
    );
}

#[tokio::test]
async fn a_handlers_own_failure_goes_before_the_reply() {
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let served = async {
        let request = next(&mut prices).await;
        let failed: Result<(), String> = request
            .process(async {
                request.respond(Err(not_found())).await.unwrap();
                Err("the database is gone".to_owned())
            })
            .await;
        assert!(failed.is_err());
        let request = next(&mut prices).await;
        request.process_blocking(|| {});
        request.respond(Ok("".into())).await.unwrap();
    };
    let asked = async {
        for _ in 0..2 {
            test.client.request(test.name("prices.get"), "ord_42".into()).await.unwrap();
        }
    };
    within(futures::future::join(asked, served)).await;
    test.tree(6).await.assert(
        "
        request prices.get      PRODUCER  #1  links: #2  error=404
        └ process prices.get    CONSUMER  links: #1  error=_OTHER
          └ publish             PRODUCER  #2
        request prices.get      PRODUCER  #3  links: #4
        └ process prices.get    CONSUMER  links: #3
          └ publish             PRODUCER  #4
        ",
    );
}

#[tokio::test]
async fn a_reply_that_has_no_room_for_its_context_goes_without() {
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let max = test.client.max_payload();
    let served = async {
        let request = next(&mut prices).await;
        request.process(request.respond(Ok(vec![b' '; max].into()))).await.unwrap();
        let request = next(&mut prices).await;
        let failed = request.process(request.respond(Ok(vec![b' '; max + 1].into()))).await;
        failed.unwrap_err();
        request.respond(Ok("".into())).await.unwrap();
    };
    let asked = async {
        let reply = test.client.request(test.name("prices.get"), "".into()).await.unwrap();
        assert_eq!((reply.payload.len(), reply.headers.as_ref()), (max, None));
        test.client.request(test.name("prices.get"), "".into()).await.unwrap();
    };
    within(futures::future::join(asked, served)).await;
    let replies = test.tree(7).await;
    replies.events(true).assert(
        "
        request prices.get      PRODUCER  #1
        └ process prices.get    CONSUMER  links: #1
          └ publish             PRODUCER  events: tracehop.header_refused
        request prices.get      PRODUCER  #2  links: #3
        └ process prices.get    CONSUMER  links: #2  error=max_payload_exceeded
          ├ publish             PRODUCER  error=max_payload_exceeded  events: tracehop.header_refused
          └ publish             PRODUCER  #3
        ",
    );
}

#[tokio::test]
async fn an_endpoint_with_wildcards_has_a_template() {
    let test = Fixture::new().await;
    let service = within(test.client.service_builder().start("prices", "1.0.0")).await.unwrap();
    let pattern = format!("{}.*", test.name("prices"));
    let endpoint = within(service.endpoint(&pattern)).await.unwrap();
    test.subscribed().await;
    let mut prices = endpoint.traced(&test.tracer).with_templates([&pattern]);
    let served = async {
        let request = next(&mut prices).await;
        request.process(request.respond(Ok("9.99".into()))).await.unwrap();
    };
    let subject = format!("{}.42", test.name("prices"));
    let (reply, ()) = within(futures::future::join(test.client.request(subject, "".into()), served)).await;
    reply.unwrap();
    test.tree(3).await.assert(
        "
        request                 PRODUCER  #1  links: #2
        └ process prices.*      CONSUMER  links: #1
          └ publish             PRODUCER  #2
        ",
    );
}

fn no_price() -> std::future::Ready<Result<(), String>> {
    std::future::ready(Err("the database is gone".to_owned()))
}

#[tokio::test]
async fn an_error_that_a_fallback_replies_is_not_taken_care_of() {
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let served = async {
        let request = next(&mut prices).await;
        request.process_or(no_price(), |_| request.respond(Err(not_found()))).await.unwrap();
        let request = next(&mut prices).await;
        request.process_or(no_price(), |_| request.respond(Ok("9.99".into()))).await.unwrap();
        let request = next(&mut prices).await;
        let responds = async { request.respond(Err(not_found())).await.map_err(|error| error.to_string()) };
        request.process_or(responds, |_| async { Err::<(), _>("never".to_owned()) }).await.unwrap();
    };
    let asked = async {
        for _ in 0..3 {
            test.client.request(test.name("prices.get"), "ord_42".into()).await.unwrap();
        }
    };
    within(futures::future::join(asked, Box::pin(served))).await;
    test.tree(9).await.events(true).assert(
        "
        request prices.get      PRODUCER  #1  links: #2  error=404
        └ process prices.get    CONSUMER  links: #1  error=404
          └ publish             PRODUCER  #2
        request prices.get      PRODUCER  #3  links: #4
        └ process prices.get    CONSUMER  links: #3  events: tracehop.failure_handled
          └ publish             PRODUCER  #4
        request prices.get      PRODUCER  #5  links: #6  error=404
        └ process prices.get    CONSUMER  links: #5  error=404
          └ publish             PRODUCER  #6
        ",
    );
}

#[tokio::test]
async fn the_error_that_was_replied_is_known_to_handlers_that_block_and_to_those_who_end_the_span_themselves()
{
    let test = Fixture::new().await;
    let (_service, mut prices) = prices(&test).await;
    let served = async {
        let request = next(&mut prices).await;
        // The reply was sent before.
        request.respond(Err(not_found())).await.unwrap();
        let handled = request.process_blocking_or(|| Err("gone"), |_| Ok::<_, String>(7));
        assert_eq!(handled, Ok(7));
        let request = next(&mut prices).await;
        assert!(request.replied_error().is_none());
        let span = request.start_process();
        request.respond(Err(not_found())).await.unwrap();
        span.fail(Failure::of(request.replied_error().unwrap()));
    };
    let asked = async {
        for _ in 0..2 {
            test.client.request(test.name("prices.get"), "ord_42".into()).await.unwrap();
        }
    };
    within(futures::future::join(asked, served)).await;
    test.tree(6).await.events(true).assert(
        "
        request prices.get      PRODUCER  #1  links: #2  error=404
        ├ publish               PRODUCER  #2
        └ process prices.get    CONSUMER  links: #1  error=404
        request prices.get      PRODUCER  #3  links: #4  error=404
        └ process prices.get    CONSUMER  links: #3  error=404
          └ publish             PRODUCER  #4
        ",
    );
}
