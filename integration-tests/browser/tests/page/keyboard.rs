//! Everything works without a mouse.

use crate::support::Page;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const TAB: &str = "\u{e004}";
const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";
const RIGHT: &str = "\u{e014}";

/// The row that the focus is in.
const FOCUSED: &str = "document.activeElement?.closest('[data-journey], [data-row]')";

#[tokio::test]
async fn screens_are_reached_by_their_keys() {
    let page = Page::demo(5).await;
    page.open("/", "journeys").await;
    for (key, screen) in [("m", "map"), ("t", "trouble"), ("g", "journeys")] {
        page.tab().press(key).await.unwrap();
        page.is_on(screen).await;
    }
    page.tab().press("?").await.unwrap();
    page.until("the help is open", "return document.querySelector('#help').open").await;
    page.tab().press(ESCAPE).await.unwrap();
    page.until("the help is closed", "return !document.querySelector('#help').open").await;
    page.was_quiet().await;
}

#[tokio::test]
async fn a_journey_is_found_opened_and_read_by_keys_alone() {
    let page = Page::demo(40).await;
    // So that no row moves meanwhile.
    let until = page.some_seconds_ago().await;
    page.open(&format!("/?until={until}"), "journeys").await;
    let rows = page.attributes("tr[data-journey]", "data-journey").await;
    page.tab().press("j").await.unwrap();
    page.until("the first row", &format!("return {FOCUSED}?.dataset.journey === '{}'", rows[0])).await;
    page.tab().press("jj").await.unwrap();
    page.until("the third row", &format!("return {FOCUSED}?.dataset.journey === '{}'", rows[2])).await;
    page.tab().press("k").await.unwrap();
    page.until("the second row", &format!("return {FOCUSED}?.dataset.journey === '{}'", rows[1])).await;
    page.tab().press(ENTER).await.unwrap();
    page.is_on("journey").await;
    assert!(page.tab().path().await.unwrap().contains(&rows[1]));

    page.tab().press("j").await.unwrap();
    page.until("the first span", &format!("return {FOCUSED}?.dataset.row === '0'")).await;
    page.tab().press(ENTER).await.unwrap();
    let span = &page.attributes("[data-row='0']", "data-span").await[0];
    page.tab().element(&format!("[data-selected='{span}']")).await.unwrap();
    page.tab().press(ESCAPE).await.unwrap();
    let closed = "return !document.querySelector('[data-selected], [aria-selected]') && !location.search.includes('span')";
    page.until("the span beside is closed", closed).await;
    page.until("its row keeps the focus", &format!("return {FOCUSED}?.dataset.row === '0'")).await;
    // What is below the first row is folded away, and back.
    let below = "return document.querySelector(\"[data-row='1']\").getClientRects().length";
    page.until("the second row is seen", below).await;
    page.tab().press("h").await.unwrap();
    page.until("it is folded away", &format!("{below} === 0")).await;
    page.tab().press("l").await.unwrap();
    page.until("it is seen again", below).await;
    page.was_quiet().await;
}

#[tokio::test]
async fn the_nodes_of_the_map_are_reached_by_keys() {
    let page = Page::demo(20).await;
    page.open("/map", "map").await;
    let node = "document.activeElement?.closest('.map [data-node]')";
    page.tab().press("j").await.unwrap();
    page.until("a node has the focus", &format!("return {node} !== null")).await;
    let first = page.tab().script(&format!("return {node}.getAttribute('href')")).await.unwrap();
    page.tab().press("j").await.unwrap();
    page.until(
        "the next one has it",
        &format!("return {node} !== null && {node}.getAttribute('href') !== {first}"),
    )
    .await;
    page.tab().press("k").await.unwrap();
    page.until("the first one has it again", &format!("return {node}?.getAttribute('href') === {first}"))
        .await;
    page.was_quiet().await;
}

#[tokio::test]
async fn a_heat_map_is_one_stop_and_arrow_keys_lead_to_its_journeys() {
    let page = Page::demo(30).await;
    page.open("/hop?destination=orders&window=all", "hop").await;
    page.tab().press("p").await.unwrap();
    page.until(
        "it is paused",
        "return document.querySelector('#live').getAttribute('aria-pressed') === 'false'",
    )
    .await;
    for heat in ["waiting", "handling"] {
        let cells = format!("[data-heat={heat}] .cell");
        assert!(page.tab().count(&cells).await.unwrap() > 3, "{heat}");
        assert_eq!(page.tab().count(&format!("{cells}[tabindex='0']")).await.unwrap(), 1, "{heat}");
    }
    let cell = "document.activeElement.closest('[data-heat=waiting] .cell')";
    let tabs = format!("const at = {cell}; return at !== null");
    while page.tab().script(&tabs).await.unwrap() != true {
        page.tab().press(TAB).await.unwrap();
    }
    let first = page.tab().script(&format!("return {cell}.dataset.cell")).await.unwrap();
    page.tab().press(END).await.unwrap();
    page.until("the last column", &format!("return {cell}?.dataset.cell !== {first}")).await;
    page.tab().press(HOME).await.unwrap();
    page.until("the first one again", &format!("return {cell}?.dataset.cell === {first}")).await;
    page.tab().press(RIGHT).await.unwrap();
    page.until(
        "a later column",
        &format!("return Number({cell}?.dataset.column) > 0 && {cell}.dataset.cell !== {first}"),
    )
    .await;
    page.tab().press(TAB).await.unwrap();
    page.until(
        "the next map",
        "return document.activeElement.closest('[data-heat=handling] .cell') !== null",
    )
    .await;
    let counted =
        page.tab().script("return document.activeElement.closest('.cell').dataset.count").await.unwrap();
    page.tab().press(ENTER).await.unwrap();
    page.is_on("journeys").await;
    assert_eq!(page.attributes("[data-messages]", "data-messages").await, [counted.as_str().unwrap()]);
    assert!(page.tab().count("tr[data-journey]").await.unwrap() > 0);
    page.was_quiet().await;
}

#[tokio::test]
async fn a_cell_keeps_the_focus_while_the_page_stays_fresh() {
    let page = Page::demo(10).await;
    page.open("/hop?destination=orders", "hop").await;
    let cell = "document.activeElement?.closest('[data-heat=waiting] .cell')";
    page.tab().script("document.querySelector('[data-heat=waiting] .cell').focus()").await.unwrap();
    page.tab().script(&format!("window.before = {cell}")).await.unwrap();
    page.until("the page is fresh", "return !window.before.isConnected").await;
    page.until(
        "a cell has the focus",
        &format!("return {cell} !== null && {cell}.getAttribute('tabindex') === '0'"),
    )
    .await;
    page.was_quiet().await;
}

#[tokio::test]
async fn the_first_stop_of_the_tab_key_skips_to_the_content() {
    let page = Page::empty().await;
    page.open("/", "journeys").await;
    page.tab().press(TAB).await.unwrap();
    page.until("the skip link", "return document.activeElement.matches('a.skip[href=\"#main\"]')").await;
    let seen =
        "const it = document.activeElement.getBoundingClientRect(); return it.top >= 0 && it.width > 0";
    page.until("it is seen while it has the focus", seen).await;
    page.was_quiet().await;
}
