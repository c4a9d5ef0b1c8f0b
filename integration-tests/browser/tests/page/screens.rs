//! Every screen opens, fits, and has what the API says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Page, ids};

#[tokio::test]
async fn every_screen_of_the_demo_opens_and_fits_in_light_and_dark() {
    let page = Page::demo(20).await;
    let screens = page.screens().await;
    for theme in ["light", "dark"] {
        for (path, screen, shown) in &screens {
            page.open(path, screen).await;
            page.tab().script(&format!("document.documentElement.dataset.theme = '{theme}'")).await.unwrap();
            page.tab().element(shown).await.unwrap();
            page.tab().fits().await.unwrap();
            let heads = page.tab().texts("h1").await.unwrap();
            assert!(heads.len() == 1 && !heads[0].is_empty(), "{path} has the headings {heads:?}");
        }
    }
    page.was_quiet().await;
}

#[tokio::test]
async fn narrow_windows_keep_the_bars_and_do_not_scroll_sideways() {
    let page = Page::demo(20).await;
    let journey = page.whole_journey().await;
    let screens = [
        ("/".to_owned(), "journeys"),
        (format!("/journeys/{journey}"), "journey"),
        ("/map".to_owned(), "map"),
        ("/map?compare=before".to_owned(), "map"),
        ("/hop?destination=orders".to_owned(), "hop"),
        ("/trouble".to_owned(), "trouble"),
    ];
    for width in [1_200, 1_000, 800] {
        page.tab().set_viewport(width, 900).await.unwrap();
        for (path, screen) in &screens {
            page.open(path, screen).await;
            page.tab().fits().await.unwrap();
        }
        page.open("/", "journeys").await;
        let bar = page.tab().script("return document.querySelector('th.bar').clientWidth").await.unwrap();
        assert!(bar.as_u64().unwrap() >= 150, "{width}: the bar has {bar}");
        let cut = "return [...document.querySelectorAll('.list th')].filter(it => it.scrollWidth > it.clientWidth).length";
        assert_eq!(page.tab().script(cut).await.unwrap(), 0, "{width}: each head fits");
    }
    for width in [640, 465, 360] {
        page.tab().set_viewport(width, 900).await.unwrap();
        for (path, screen) in &screens {
            page.open(path, screen).await;
            page.tab().fits().await.unwrap();
        }
    }
    page.was_quiet().await;
}

#[tokio::test]
async fn a_viewer_without_spans_says_what_to_do() {
    let page = Page::empty().await;
    page.open("/", "journeys").await;
    page.tab().element("[data-empty=nothing]").await.unwrap();
    let told = page.tab().texts("main").await.unwrap().concat();
    for address in [page.viewer.grpc(), page.viewer.http()] {
        assert!(told.contains(address), "{address} is not in {told:?}");
    }
    assert!(told.contains("tracehop view --demo"), "{told:?}");
    for (path, screen) in [("/map", "map"), ("/trouble", "trouble"), ("/hop?destination=orders", "hop")] {
        page.open(path, screen).await;
        page.tab().element("[data-empty]").await.unwrap();
        page.tab().fits().await.unwrap();
    }
    page.was_quiet().await;
}

#[tokio::test]
async fn the_list_and_the_map_have_what_the_api_has() {
    let page = Page::demo(40).await;
    let until = page.some_seconds_ago().await;
    for query in ["", "&sort=took", "&sort=name&order=desc", "&limit=5&page=2", "&q=dest%3Apayments"] {
        let path = format!("window=all&until={until}{query}");
        let api = format!("/api/v1/journeys?{path}");
        let mut before = ids(&page.get(&api).await);
        let shown = loop {
            page.open(&format!("/?{path}"), "journeys").await;
            let shown = page.attributes("tr[data-journey]", "data-journey").await;
            let after = ids(&page.get(&api).await);
            // Then it was the same when the page was made.
            if before == after {
                assert_eq!(shown, after, "{path}");
                break shown;
            }
            before = after;
        };
        assert!(!shown.is_empty(), "{path}");
    }
    let arrows = |answer: &Value| -> BTreeSet<String> {
        let name = |place: &Value| answer["nodes"][usize::try_from(place.as_u64()?).ok()?]["name"].as_str();
        let arrow = |arrow: &Value| Some(format!("{} → {}", name(&arrow["from"])?, name(&arrow["to"])?));
        answer["arrows"].as_array().into_iter().flatten().filter_map(arrow).collect()
    };
    let all = page.viewer.wait_for("/api/v1/map?window=all", |answer| {
        let arrows = arrows(answer);
        ["storefront → orders", "orders → checkout", "checkout → payments", "payments → shipments"]
            .iter()
            .all(|it| arrows.contains(*it))
            .then_some(arrows)
    });
    let all = all.await.unwrap();
    page.open("/map?window=all", "map").await;
    let shown: BTreeSet<String> = page.attributes("[data-arrow]", "data-arrow").await.into_iter().collect();
    let after = arrows(&page.get("/api/v1/map?window=all").await);
    assert!(shown.is_superset(&all), "{shown:?} lacks some of {all:?}");
    assert!(shown.is_subset(&after), "{shown:?} has more than {after:?}");
    page.was_quiet().await;
}
