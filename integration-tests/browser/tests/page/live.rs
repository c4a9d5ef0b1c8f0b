//! What arrives is shown without a reload.

use serde_json::Value;

use crate::support::Page;

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
    let kept = |answer: &Value| answer["kept"].as_u64();
    let before = kept(&page.get("/api/v1/journeys").await).unwrap();
    let more = |answer: &Value| kept(answer).filter(|kept| *kept > before + 5);
    page.viewer.wait_for("/api/v1/journeys", more).await.unwrap();
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

#[tokio::test]
async fn many_windows_stay_fresh_at_once() {
    let page = Page::demo(3).await;
    page.open("/", "journeys").await;
    // Browsers open six connections to one host.
    for _ in 0..9 {
        page.tab().open_beside(&format!("{}/", page.viewer.page())).await.unwrap();
        page.is_on("journeys").await;
    }
    let first = page.tab().script(&format!("return {FIRST}")).await.unwrap();
    page.until("a newer journey", &format!("return {FIRST} !== {first}")).await;
    let leaders = "return navigator.locks.query().then(locks => locks.held.length)";
    assert_eq!(page.tab().script(leaders).await.unwrap(), 1, "one window listens for all");
    page.was_quiet().await;
}
