//! Links of spans, in both directions.

use serde_json::Value;

use crate::support::Page;

/// A span that links to another one of the same journey: what the one that links and the other one are called.
fn linked(journey: &Value) -> Option<(String, String)> {
    let spans = journey["spans"].as_array()?;
    let key = |span: &Value| {
        format!(
            "{}-{}",
            span["trace_id"].as_str().unwrap_or_default(),
            span["span_id"].as_str().unwrap_or_default()
        )
    };
    let keys: Vec<String> = spans.iter().map(key).collect();
    spans.iter().find_map(|span| {
        let link = span["links"]
            .as_array()?
            .iter()
            .find_map(|link| link["key"].as_str().filter(|link| keys.iter().any(|key| key == link)))?;
        Some((key(span), link.to_owned()))
    })
}

#[tokio::test]
async fn a_link_leads_to_its_span_and_the_backlink_leads_back() {
    let page = Page::demo(10).await;
    let id = page.whole_journey().await;
    let (from, to) =
        linked(&page.get(&format!("/api/v1/journeys/{id}")).await).expect("a handler links to its send");
    page.open(&format!("/journeys/{id}"), "journey").await;
    page.tab().click(&format!("[data-span='{from}']:not([data-kind=wait]) a.open")).await.unwrap();
    page.tab().element(&format!("[data-selected='{from}']")).await.unwrap();
    assert!(
        page.tab().path().await.unwrap().contains(&format!("span={from}")),
        "a selected span has an address"
    );

    page.tab().click(&format!("#panel [data-link-out='{to}']")).await.unwrap();
    page.tab().element(&format!("[data-selected='{to}']")).await.unwrap();
    let backlinks = page.attributes("#panel [data-link-in]", "data-link-in").await;
    assert!(backlinks.contains(&from), "{backlinks:?}");

    page.tab().click(&format!("#panel [data-link-in='{from}']")).await.unwrap();
    page.tab().element(&format!("[data-selected='{from}']")).await.unwrap();
    page.tab().back().await.unwrap();
    page.tab().element(&format!("[data-selected='{to}']")).await.unwrap();

    // The address alone shows the same.
    page.open(&format!("/journeys/{id}?span={from}"), "journey").await;
    page.tab().element(&format!("[data-selected='{from}'] [data-link-out='{to}']")).await.unwrap();
    page.was_quiet().await;
}
