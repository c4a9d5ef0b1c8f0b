//! What arrives is shown without a reload.

use crate::support::{Page, ids};

const FIRST: &str = "document.querySelector('tr[data-journey]').dataset.journey";

#[tokio::test]
async fn journeys_appear_by_themselves_unless_the_page_is_paused() {
    let page = Page::demo(3).await;
    page.open("/", "journeys").await;
    page.tab().script("window.notReloaded = true").await.unwrap();
    let first = page.tab().script(&format!("return {FIRST}")).await.unwrap();
    page.until("a newer journey", &format!("return {FIRST} !== {first}")).await;

    page.tab().press("p").await.unwrap();
    page.until(
        "it says that it is paused",
        "return document.querySelector('#live').getAttribute('aria-pressed') === 'false'",
    )
    .await;
    let paused = page.tab().script(&format!("return {FIRST}")).await.unwrap();
    // Meanwhile more arrive than there were.
    page.viewer
        .wait_for("/api/v1/journeys", |answer| {
            ids(answer).iter().position(|id| paused == id.as_str()).filter(|newer| *newer > 4)
        })
        .await
        .unwrap();
    assert_eq!(
        page.tab().script(&format!("return {FIRST}")).await.unwrap(),
        paused,
        "a paused page stands still"
    );

    page.tab().press("p").await.unwrap();
    page.until("a newer journey", &format!("return {FIRST} !== {paused}")).await;
    page.until("the page was never loaded anew", "return window.notReloaded === true").await;
    page.was_quiet().await;
}
