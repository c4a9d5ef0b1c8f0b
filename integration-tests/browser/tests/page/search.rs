//! The search box.

use crate::support::{Page, ids};

const ENTER: &str = "\u{e007}";

#[tokio::test]
async fn what_is_searched_is_what_the_api_finds() {
    let page = Page::demo(20).await;
    page.whole_journey().await;
    page.open("/", "journeys").await;
    page.tab().click("#q").await.unwrap();
    page.tab().press(&format!("attempt>1 dest:orders{ENTER}")).await.unwrap();
    page.until("the address has the search", "return location.search.includes('attempt')").await;
    page.is_on("journeys").await;
    let path = page.tab().path().await.unwrap();
    let query = path.split_once('?').unwrap().1;
    let found = async || ids(&page.get(&format!("/api/v1/journeys?{query}")).await);
    let mut before = found().await;
    let shown = loop {
        page.open(&path, "journeys").await;
        let shown = page.attributes("tr[data-journey]", "data-journey").await;
        let after = found().await;
        // Then it was the same when the page was made.
        if before == after {
            assert_eq!(shown, after, "{path}");
            break shown;
        }
        before = after;
    };
    let all = page.get("/api/v1/journeys?limit=1000&window=all").await;
    let all = all["journeys"].as_array().unwrap();
    assert!(!shown.is_empty() && shown.len() < all.len(), "{} of {}", shown.len(), all.len());
    for id in &shown {
        let journey = all.iter().find(|journey| journey["id"] == id.as_str()).unwrap();
        let destinations = journey["destinations"].as_array().unwrap();
        assert!(journey["attempts"].as_u64() > Some(1), "{journey:#}");
        assert!(destinations.iter().any(|destination| destination == "orders"), "{journey:#}");
    }
    page.was_quiet().await;
}

#[tokio::test]
async fn what_is_not_understood_and_what_finds_nothing_is_said() {
    let page = Page::demo(3).await;
    page.open("/?q=servce%3Abilling", "journeys").await;
    let told = page.tab().texts("[data-not-understood]").await.unwrap().concat();
    assert!(told.contains("servce") && told.contains("service:billing"), "{told:?}");
    page.open("/?q=service%3Anobody", "journeys").await;
    page.tab().element("[data-empty=no-match]").await.unwrap();
    page.was_quiet().await;
}

#[tokio::test]
async fn the_search_is_completed_from_what_is_known() {
    let page = Page::demo(5).await;
    page.open("/", "journeys").await;
    page.tab().press("/").await.unwrap();
    page.until("the box has the focus", "return document.activeElement.id === 'q'").await;
    page.tab().press("service:check").await.unwrap();
    let offered = "return [...document.querySelectorAll('#completions [role=option]')].some(one => one.innerText.includes('checkout'))";
    page.until("checkout is offered", offered).await;
    page.was_quiet().await;
}
