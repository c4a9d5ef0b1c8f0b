//! The map compares with an earlier window, and says all of it in words.

use std::time::{Duration, SystemTime};

use crate::known::send_an_order_at;
use crate::support::Page;

const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const TAB: &str = "\u{e004}";
const HOME: &str = "\u{e011}";

const CAPTION: &str = "document.querySelector('[data-changes] caption')?.textContent";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slider_that_is_moved_by_keys_compares_with_an_earlier_window() {
    let page = Page::empty().await;
    for seconds in [4_000, 400, 10] {
        send_an_order_at(&page.viewer, SystemTime::now() - Duration::from_secs(seconds)).await;
    }
    let all = |answer: &serde_json::Value| (answer["matched"] == 3).then_some(());
    page.viewer.wait_for("/api/v1/journeys?window=all", all).await.unwrap();
    page.open("/map?window=5m", "map").await;
    page.tab().script("window.notReloaded = true; document.querySelector('#compare').focus()").await.unwrap();
    assert_eq!(page.tab().count("[data-changes]").await.unwrap(), 0);

    page.tab().press(RIGHT).await.unwrap();
    page.until("it is compared", &format!("return {CAPTION}?.includes('from 5 minutes earlier')")).await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=5m&compare=before");
    assert_eq!(page.attributes("#compare", "aria-valuetext").await, ["5 minutes earlier"]);
    assert_eq!(page.tab().texts("#compared").await.unwrap(), ["5 minutes earlier"]);
    let row = page.tab().texts("[data-changes] tbody tr").await.unwrap().concat();
    assert!(row.contains("orders") && !row.contains("new"), "{row:?}");

    page.tab().press(&[RIGHT, RIGHT, RIGHT].concat()).await.unwrap();
    page.until("an hour back", &format!("return {CAPTION}?.includes('from 1 hour earlier')")).await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=5m&compare=1h");
    page.tab().press(LEFT).await.unwrap();
    page.until("less than that", &format!("return {CAPTION}?.includes('from 20 minutes earlier')")).await;
    page.until(
        "it has the focus still",
        "return document.activeElement.id === 'compare' && window.notReloaded === true",
    )
    .await;

    // The address that was made leads to the same, and the choice of a window keeps it.
    page.tab().reload().await.unwrap();
    page.is_on("map").await;
    page.until("the same", &format!("return {CAPTION}?.includes('from 20 minutes earlier')")).await;
    let choose = "const it = document.querySelector('#window'); it.value = '15m'; it.dispatchEvent(new Event('change'))";
    page.tab().script(choose).await.unwrap();
    page.until("another window", "return location.search === '?window=15m&compare=4x'").await;
    page.is_on("map").await;
    page.until("an hour back", &format!("return {CAPTION}?.includes('from 1 hour earlier')")).await;

    page.tab().script("document.querySelector('#compare').focus()").await.unwrap();
    page.tab().press(HOME).await.unwrap();
    page.until("it is compared with nothing", "return document.querySelector('[data-changes]') === null")
        .await;
    assert_eq!(page.tab().path().await.unwrap(), "/map?window=15m");
    page.was_quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slider_gets_more_places_as_more_is_kept() {
    let page = Page::empty().await;
    page.open("/map?window=5m", "map").await;
    let state = "const it = document.querySelector('#compare'); return `${it.disabled} ${it.max}`";
    assert_eq!(page.tab().script(state).await.unwrap(), "true 1");
    send_an_order_at(&page.viewer, SystemTime::now() - Duration::from_secs(400)).await;
    page.until("there is one place", "return document.querySelector('#compare').disabled === false").await;
    assert_eq!(page.tab().script(state).await.unwrap(), "false 1");
    page.was_quiet().await;
}

#[tokio::test]
async fn every_node_and_arrow_is_a_stop_of_the_tab_key_and_open_tables_stay_open() {
    let page = Page::demo(20).await;
    page.open("/map", "map").await;
    page.tab().script("document.querySelector('#sends').open = true").await.unwrap();
    // Something arrives, and the map is drawn anew.
    page.tab().script("document.querySelector('.map').dataset.old = ''").await.unwrap();
    page.until("it is drawn anew", "return document.querySelector('.map').dataset.old === undefined").await;
    page.until("the table is open still", "return document.querySelector('#sends').open").await;

    page.tab().press("p").await.unwrap();
    page.until("it is paused", "return document.querySelector('#live').textContent === 'paused'").await;
    let links = page.tab().count(".map a").await.unwrap();
    page.tab().script("document.querySelector('.map').focus()").await.unwrap();
    for place in 0..links {
        page.tab().press(TAB).await.unwrap();
        let script =
            format!("return document.activeElement === document.querySelectorAll('.map a')[{place}]");
        page.until(&format!("the focus is on {place}"), &script).await;
    }
    page.was_quiet().await;
}
