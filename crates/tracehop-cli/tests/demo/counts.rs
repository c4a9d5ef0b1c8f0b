//! What the demo says that it sent is what came.

use std::collections::BTreeMap;

use tracehop_cli::demo::{self, DemoConfig};

use super::receiver::Receiver;

const SERVICES: [&str; 7] =
    ["audit", "checkout", "inventory", "notifications", "payments", "shipping", "storefront"];

#[tokio::test]
async fn all_that_was_counted_came_and_nothing_else() {
    let receiver = Receiver::start().await;
    let config = DemoConfig { endpoint: receiver.endpoint.clone(), rate: 40.0, ..DemoConfig::default() };
    let demo = demo::start(&config).unwrap();
    receiver
        .until("twenty orders", |got| got.spans.iter().filter(|span| span.parent.is_none()).count() > 20)
        .await;
    assert!(demo.sent().orders > 0);
    let counts = demo.stop().await;
    let got = receiver.take();

    assert_eq!(counts.lost, 0);
    let mut spans = BTreeMap::<&str, u64>::new();
    for span in &got.spans {
        *spans.entry(&span.service).or_default() += 1;
    }
    assert_eq!(spans, counts.spans);
    assert_eq!(spans.keys().copied().collect::<Vec<_>>(), SERVICES);

    let count = |holds: &dyn Fn(&super::spans::Span) -> bool| {
        got.spans.iter().filter(|span| holds(span)).count() as u64
    };
    assert_eq!(count(&|span| span.name.starts_with("POST /")), counts.orders);
    assert_eq!(count(&|span| span.name == "POST /baskets"), counts.baskets);
    assert_eq!(count(&|span| span.is("send", "newsletter")), counts.newsletters);
    assert_eq!(count(&|span| span.is("process", "legacy-import")), counts.without_context);
    assert_eq!(count(&|span| span.is("process", "audit-events")), counts.audits);
    let dead = count(&|span| span.is("send", "payments.dlq") || span.is("send", "shipments.dlq"));
    assert_eq!(dead, counts.dead_lettered);
    let handled = count(&|span| span.events.iter().any(|event| event == "tracehop.failure_handled"));
    assert_eq!(handled, counts.dead_lettered);
    assert_eq!(count(&|span| span.operation() == "process" && span.has_failed) + handled, counts.failed);
}

#[tokio::test]
async fn the_token_goes_with_every_request() {
    let receiver = Receiver::start().await;
    let config = DemoConfig {
        endpoint: format!("{}/", receiver.endpoint),
        token: Some("a, b=%".to_owned()),
        rate: 40.0,
        ..DemoConfig::default()
    };
    let demo = demo::start(&config).unwrap();
    receiver.until("spans and lines", |got| !got.spans.is_empty() && !got.lines.is_empty()).await;
    demo.stop().await;
    let got = receiver.take();
    let expected = Some("Bearer a, b=%".to_owned());
    assert!(
        got.authorizations.iter().all(|authorization| *authorization == expected),
        "{:?}",
        got.authorizations
    );
}
