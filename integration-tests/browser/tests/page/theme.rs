//! Light and dark.

use crate::support::Page;

#[tokio::test]
async fn the_theme_is_turned_by_a_key_and_stays() {
    let page = Page::empty().await;
    page.open("/", "journeys").await;
    let ground = "return getComputedStyle(document.body).backgroundColor";
    let light = page.tab().script(ground).await.unwrap();
    let turned = format!("return getComputedStyle(document.body).backgroundColor !== {light}");
    page.tab().press("d").await.unwrap();
    page.until("the ground is another", &turned).await;
    let dark = page.tab().script(ground).await.unwrap();
    page.tab().reload().await.unwrap();
    page.is_on("journeys").await;
    assert_eq!(page.tab().script(ground).await.unwrap(), dark, "a theme stays");
    page.tab().click("#theme").await.unwrap();
    page.until(
        "the ground is the first one",
        &format!("return getComputedStyle(document.body).backgroundColor === {light}"),
    )
    .await;
    page.was_quiet().await;
}
