//! What somebody hears who does not see the page.

use crate::support::Page;

#[tokio::test]
async fn every_screen_says_what_it_is_and_names_what_can_be_done() {
    let page = Page::demo(20).await;
    let mut screens = page.screens().await;
    let journey = page.whole_journey().await;
    let span = page.span_of(&journey).await;
    screens.extend([
        (format!("/journeys/{journey}?tries=all&span={span}"), "journey", "[data-selected]"),
        (format!("/journeys/{journey}?zoom=0-5000000"), "journey", "rect.view"),
        ("/?q=servce%3Ax+dest%3Anowhere".to_owned(), "journeys", "[data-empty]"),
        ("/?window=all&destination=orders&waited=0-".to_owned(), "journeys", "[data-messages]"),
        ("/map?compare=before".to_owned(), "map", "[data-node]"),
        ("/hop?destination=nowhere".to_owned(), "hop", "[data-empty]"),
        ("/nowhere".to_owned(), "other", "h1"),
    ]);
    let mut faults = Vec::new();
    for (path, screen, shown) in &screens {
        page.tab().open(&format!("{}{path}", page.viewer.page())).await.unwrap();
        page.is_on(screen).await;
        page.tab().element(shown).await.unwrap();
        let heard = page.tab().heard().await.unwrap();
        assert!(heard.roles.get("link") > Some(&3), "{path}: {heard:?}");
        faults.extend(heard.faults.into_iter().map(|fault| format!("{path}: {fault}")));
        page.tab().press("?").await.unwrap();
        page.tab().element("#help[open]").await.unwrap();
        let help = page.tab().heard().await.unwrap();
        assert_eq!(help.roles.get("dialog"), Some(&1), "{path}: {help:?}");
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn a_viewer_without_spans_is_heard_as_well() {
    let page = Page::empty().await;
    for (path, screen) in
        [("/", "journeys"), ("/map", "map"), ("/trouble", "trouble"), ("/of?key=user.id&value=1", "of")]
    {
        page.open(path, screen).await;
        let heard = page.tab().heard().await.unwrap();
        assert!(heard.faults.is_empty(), "{path}: {:#?}", heard.faults);
    }
}

#[tokio::test]
async fn an_exported_journey_is_heard_as_well() {
    let page = Page::demo(10).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journey.html");
    page.viewer.export(&page.whole_journey().await, &file).await.unwrap();
    page.tab().open(&format!("file://{}", file.display())).await.unwrap();
    page.tab().script("document.querySelector('details').open = true").await.unwrap();
    let heard = page.tab().heard().await.unwrap();
    assert!(heard.faults.is_empty(), "{:#?}", heard.faults);
}

#[tokio::test]
async fn what_changes_is_told_politely() {
    let page = Page::demo(5).await;
    page.open("/", "journeys").await;
    page.tab().press("p").await.unwrap();
    page.until(
        "it is told",
        "return document.querySelector('[role=status][aria-live=polite]').textContent === 'paused'",
    )
    .await;
    let journey = page.whole_journey().await;
    page.open(&format!("/journeys/{journey}"), "journey").await;
    page.tab().press("j\u{e007}").await.unwrap();
    page.tab().element("[data-selected]").await.unwrap();
    let told = "const told = document.querySelector('#told').textContent; return told !== '' && told === document.querySelector('#panel h2').textContent";
    page.until("the selected span is told", told).await;
}
