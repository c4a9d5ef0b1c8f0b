//! Journeys and the map on paper.

use std::collections::BTreeSet;

use browser::{Paper, Printed, PrintedLink};
use serde_json::Value;

use crate::support::Page;

/// The spans whose rows are shown, from top to bottom. A message that waits is a row of its own.
const ROWS: &str = "return [...document.querySelectorAll('#rows .row')].filter(row => row.checkVisibility()).map(row => row.dataset.span)";

fn strings(value: &Value) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

/// The spans that the links of rows name, in the order of the sheets.
fn rows(printed: &Printed) -> Vec<String> {
    let links = printed.sheets.iter().flat_map(|sheet| &sheet.links);
    links
        .filter_map(|link| Some(link.address.split_once("?span=")?.1.split_once("#s-")?.0.to_owned()))
        .collect()
}

fn paths(printed: &Printed) -> BTreeSet<String> {
    let links = printed.sheets.iter().flat_map(|sheet| &sheet.links);
    let path = |address: &str| address.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
    links.filter_map(|link| path(&link.address)).collect()
}

#[tokio::test]
async fn a_journey_is_one_sheet_with_its_head_and_its_rows_alone() {
    let page = Page::demo(40).await;
    // Of the longest ones of the demo, few have more rows than fit.
    let id = page
        .journeys("a long journey", |all| {
            let longest = |journey: &&Value| (30..=60).contains(&journey["spans"].as_u64().unwrap_or(0));
            Some(all.iter().find(longest)?["id"].as_str()?.to_owned())
        })
        .await;
    page.open(&format!("/journeys/{id}"), "journey").await;
    let shown = strings(&page.tab().script(ROWS).await.unwrap());
    assert!(shown.len() > 10, "{shown:?}");
    for (paper, size) in [(Paper::A4, (595, 842)), (Paper::Letter, (612, 792))] {
        let (printed, _) = page.tab().print(paper).await.unwrap();
        assert_eq!(printed.sheets.len(), 1, "{paper:?}: {} rows", shown.len());
        let (width, height) = printed.sheets[0].size;
        assert!(
            (width - f64::from(size.0)).abs() < 1.0 && (height - f64::from(size.1)).abs() < 1.0,
            "{paper:?}"
        );
        assert_eq!(rows(&printed), shown, "{paper:?}");
        let paths = paths(&printed);
        assert!(!paths.contains("/map") && !paths.contains("/trouble") && !paths.contains("/"), "{paths:?}");
    }
    page.tab().show_as("print", "dark").await.unwrap();
    let seen = "return [...document.querySelectorAll(arguments[0])].every(one => one.checkVisibility())";
    let is_seen = async |css: &str| page.tab().script_with(seen, vec![css.into()]).await.unwrap();
    for css in ["h1", ".facts", ".legend", ".ruler"] {
        assert_eq!(is_seen(css).await, true, "{css}");
    }
    for css in [".top", ".minimap", ".buttons"] {
        assert_eq!(is_seen(css).await, false, "{css}");
    }
    let contrast = page.tab().contrast().await.unwrap();
    assert!(contrast.texts > 10 && contrast.faint.is_empty(), "on paper: {:#?}", contrast.faint);
    page.was_quiet().await;
}

#[tokio::test]
async fn a_long_journey_takes_more_sheets_and_no_row_is_cut() {
    let page = Page::empty().await;
    let id = page.long_journey(300).await;
    page.open(&format!("/journeys/{id}"), "journey").await;
    let shown = strings(&page.tab().script(ROWS).await.unwrap());
    assert!(shown.len() == 300, "{}", shown.len());
    let (printed, _) = page.tab().print(Paper::A4).await.unwrap();
    assert!((4..=7).contains(&printed.sheets.len()), "{} sheets", printed.sheets.len());
    // A row that is cut would have a link on both sheets.
    assert_eq!(rows(&printed), shown);
    // 10 mm are 28 points.
    for sheet in &printed.sheets {
        let is_inside = |area: [f64; 4]| area[1] >= 28.0 && area[3] <= sheet.size.1 - 28.0;
        assert!(sheet.links.iter().all(|link| is_inside(link.area)), "{sheet:?}");
    }
    // The ruler stands above the rows of each sheet.
    let room = |place: usize| {
        let first = printed.sheets[place].links.first().expect("each sheet has rows");
        printed.sheets[place].size.1 - 28.0 - first.area[3]
    };
    assert!((1..printed.sheets.len()).all(|place| room(place) > 12.0), "{}", room(1));
    page.was_quiet().await;
}

#[tokio::test]
async fn as_many_rows_as_can_be_read_are_on_one_sheet() {
    for rows in [58, 90] {
        let page = Page::empty().await;
        let id = page.long_journey(rows).await;
        page.open(&format!("/journeys/{id}"), "journey").await;
        for paper in [Paper::A4, Paper::Letter] {
            let (printed, _) = page.tab().print(paper).await.unwrap();
            assert_eq!(printed.sheets.len(), 1, "{rows} rows on {paper:?}");
        }
    }
}

#[tokio::test]
async fn an_exported_journey_is_one_sheet() {
    let page = Page::demo(20).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journey.html");
    page.viewer.export(&page.whole_journey().await, &file).await.unwrap();
    page.tab().open(&format!("file://{}", file.display())).await.unwrap();
    for paper in [Paper::A4, Paper::Letter] {
        let (printed, _) = page.tab().print(paper).await.unwrap();
        assert_eq!(printed.sheets.len(), 1, "{paper:?}");
    }
}

#[tokio::test]
async fn the_map_is_whole_on_the_first_sheet() {
    let page = Page::demo(20).await;
    page.open("/map", "map").await;
    // Nothing changes while it is printed.
    page.tab().press("p").await.unwrap();
    page.until("it is paused", "return document.querySelector('#live').textContent === 'paused'").await;
    let parts: BTreeSet<String> = page.attributes(".map a", "href").await.into_iter().collect();
    assert!(parts.len() > 10, "{parts:?}");
    for paper in [Paper::A4, Paper::Letter] {
        let (printed, _) = page.tab().print(paper).await.unwrap();
        let first = &printed.sheets[0];
        let (width, height) = first.size;
        assert!(width > height, "{paper:?}: {width} × {height}");
        let path = |address: &str| address.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
        let drawn: Vec<&PrintedLink> = first
            .links
            .iter()
            .filter(|link| path(&link.address).is_some_and(|path| parts.contains(&path)))
            .collect();
        let shown: BTreeSet<String> = drawn.iter().filter_map(|link| path(&link.address)).collect();
        assert_eq!(shown, parts, "{paper:?}");
        // 10 mm are 28 points.
        let is_inside = |[left, bottom, right, top]: [f64; 4]| {
            left >= 28.0 && bottom >= 28.0 && right <= width - 28.0 && top <= height - 28.0
        };
        assert!(drawn.iter().all(|link| is_inside(link.area)), "{paper:?}: {drawn:#?}");
        let whole = drawn.iter().map(|link| link.area[2] - link.area[0]).fold(0.0, f64::max);
        assert!(whole > 30.0, "{paper:?}: nodes are {whole} points wide");
    }
    page.was_quiet().await;
}
