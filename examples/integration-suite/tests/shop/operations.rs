//! What those who operate the shop see.

use tracehop_testing::OtlpRecorder;

use crate::DEADLINE;
use crate::shop::Shop;

#[tokio::test]
async fn services_count_what_they_send() {
    let shop = Shop::open().await;
    shop.customer_wants("a book").await;
    shop.customer_wants("a boat").await;
    shop.wait_for_orders(2).await;
    let topic = shop.names.orders();
    let counts = |recorder: &OtlpRecorder| {
        recorder.metrics().iter().any(|metric| {
            metric.service.as_deref() == Some("checkout")
                && metric.point.to_string().contains("messaging.client.sent.messages")
                && metric.point.to_string().contains(&topic)
        })
    };
    shop.telemetry.wait_until(counts, DEADLINE).await;
}

#[tokio::test]
async fn a_service_that_is_asked_to_end_exports_all_that_it_has() {
    let mut shop = Shop::open().await;
    shop.customer_wants("a book").await;
    shop.wait_for_orders(1).await;
    // As an orchestrator does.
    let asked = std::process::Command::new("kill").arg(shop.checkout.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(shop.checkout.ended().await.unwrap().success());
    shop.telemetry.assert_no_orphans();
}
