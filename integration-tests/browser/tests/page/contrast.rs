//! What is shown can be read, in light and in dark.

use std::collections::BTreeMap;

use browser::Tab;

use crate::support::Page;

/// A key that moves nothing on the page.
const STEP: &str = "j";

/// What is too faint, and where it was seen first.
type Found = BTreeMap<String, String>;

async fn is_readable(tab: &Tab, what: &str, found: &mut Found) {
    let contrast = tab.contrast().await.unwrap();
    assert!(contrast.texts > 10 && contrast.rings > 0, "{what}: almost nothing was looked at: {contrast:?}");
    for faint in contrast.faint {
        found.entry(faint).or_insert_with(|| what.to_owned());
    }
}

#[tokio::test]
async fn every_screen_has_the_contrast_of_level_aa() {
    let page = Page::demo(20).await;
    let mut screens = page.screens().await;
    let journey = page.whole_journey().await;
    let failed = page
        .journeys("a journey that failed", |all| {
            let failed = all.iter().find(|journey| journey["outcome"] == "failed")?;
            Some(failed["id"].as_str()?.to_owned())
        })
        .await;
    let span = page.span_of(&journey).await;
    screens.extend([
        ("/?q=servce%3Ax+dest%3Anowhere".to_owned(), "journeys", "[data-empty]"),
        ("/?window=all&limit=5&page=2".to_owned(), "journeys", ".pages"),
        (format!("/journeys/{journey}?tries=all&span={span}"), "journey", "[data-selected]"),
        (format!("/journeys/{journey}?zoom=0-5000000"), "journey", "rect.view"),
        (format!("/journeys/{failed}"), "journey", ".cross"),
        ("/?window=all&destination=orders&waited=0-".to_owned(), "journeys", "[data-messages]"),
        ("/map?compare=before".to_owned(), "map", "[data-node]"),
    ]);
    let mut found = Found::new();
    for theme in ["light", "dark"] {
        page.tab().show_as("screen", theme).await.unwrap();
        for (path, screen, shown) in &screens {
            page.open(path, screen).await;
            page.tab().element(shown).await.unwrap();
            // Nothing changes while it is looked at.
            page.tab().script("document.querySelector('#live')?.click()").await.unwrap();
            is_readable(page.tab(), &format!("{theme} {path}"), &mut found).await;
            page.tab().press(STEP).await.unwrap();
            is_readable(page.tab(), &format!("{theme} {path}, a row"), &mut found).await;
        }
        page.tab().press("?").await.unwrap();
        page.tab().element("#help[open]").await.unwrap();
        is_readable(page.tab(), &format!("{theme} help"), &mut found).await;
    }
    assert!(found.is_empty(), "{} are too faint: {found:#?}", found.len());
    page.was_quiet().await;
}

#[tokio::test]
async fn an_exported_journey_has_the_contrast_of_level_aa() {
    let page = Page::demo(20).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journey.html");
    page.viewer.export(&page.whole_journey().await, &file).await.unwrap();
    let mut found = Found::new();
    for theme in ["light", "dark"] {
        page.tab().show_as("screen", theme).await.unwrap();
        page.tab().open(&format!("file://{}", file.display())).await.unwrap();
        page.tab().script("document.querySelector('details').open = true").await.unwrap();
        is_readable(page.tab(), theme, &mut found).await;
    }
    assert!(found.is_empty(), "{} are too faint: {found:#?}", found.len());
}
