//! What arrives is shown without a reload.

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

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
async fn a_link_that_is_pressed_is_followed_though_journeys_arrive() {
    let page = Page::demo(3).await;
    page.open("/", "journeys").await;
    let first = page.tab().script(&format!("return {FIRST}")).await.unwrap();
    page.until("the page is fresh", &format!("return {FIRST} !== {first}")).await;
    page.tab().hold("tr[data-journey] td.what a").await.unwrap();
    let held = page.tab().script(&format!("return {FIRST}")).await.unwrap();
    let kept = |answer: &Value| answer["kept"].as_u64();
    let before = kept(&page.get("/api/v1/journeys").await).unwrap();
    page.viewer
        .wait_for("/api/v1/journeys", |answer| kept(answer).filter(|kept| *kept > before + 10))
        .await
        .unwrap();
    assert_eq!(
        page.tab().script(&format!("return {FIRST}")).await.unwrap(),
        held,
        "it stays under the mouse"
    );
    page.tab().release().await.unwrap();
    page.is_on("journey").await;
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

/// Stands where the page was, until it was asked for news so many times.
async fn refuse(page: &str, times: usize) {
    let listener = TcpListener::bind(page.trim_start_matches("http://")).await.unwrap();
    let mut refused = 0;
    while refused < times {
        let (mut asker, _) = listener.accept().await.unwrap();
        let mut request = [0; 64];
        let length = asker.read(&mut request).await.unwrap_or(0);
        refused += usize::from(request[..length].starts_with(b"GET /api/v1/news "));
    }
}

/// What the button says, and everything that was said to those who listen since [`LISTEN`].
const SAID: &str = "[document.querySelector('#live').innerText, ...window.said].join(' | ')";
const LISTEN: &str = "
    window.said = [];
    const place = document.querySelector('[role=status]');
    new MutationObserver(() => window.said.push(place.textContent)).observe(place, { childList: true });";

#[tokio::test]
async fn a_program_that_is_gone_is_told_in_words_once_and_so_when_it_is_back() {
    let mut page = Page::demo(3).await;
    for (path, screen) in [("/", "journeys"), ("/map", "map")] {
        page.open(path, screen).await;
        page.tab().script(LISTEN).await.unwrap();
        page.viewer.kill().await.unwrap();
        page.until(
            "the button says it",
            &format!("return {SAID}.startsWith('no connection | No connection:')"),
        )
        .await;
        refuse(page.viewer.page(), 2).await;
        page.viewer.start_again(&["--demo"]).await.unwrap();
        page.until("it is live again", &format!("return {SAID}.startsWith('live | ')")).await;
        let said = page.tab().script("return window.said").await.unwrap();
        let said: Vec<&str> = said.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(said.len() == 2 && said[1] == "The program answers again.", "{path}: {said:?}");
    }
}
