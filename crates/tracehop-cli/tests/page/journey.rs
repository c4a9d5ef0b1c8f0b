//! One journey.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use opentelemetry::trace::SpanKind;
use tracehop_journey::JourneyId;

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

async fn order() -> (Site, JourneyId) {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let order = pipeline.order("42", 30);
    (Site::of(pipeline).await, order)
}

/// The rows of a kind with this text.
fn rows<'a>(html: &'a str, kind: &str, label: &str) -> Vec<&'a str> {
    let rows = parts(html, "<div class=\"row ");
    let kind = format!("data-kind=\"{kind}\"");
    rows.into_iter().filter(|row| row.contains(&kind) && text(row).contains(label)).collect()
}

fn key(row: &str) -> String {
    values(row, "data-span")[0].clone()
}

#[tokio::test]
async fn waits_are_hatched_phases_before_their_handlers() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}")).await;
    let waits = rows(&html, "wait", "waits in orders");
    assert_eq!(waits.len(), 2, "checkout and audit waited each");
    assert!(waits[0].contains("<rect class=\"wait\""), "{}", waits[0]);
    for said in ["partition 3", "offset 4211", "group checkout", "30.0 ms"] {
        assert!(text(waits[0]).contains(said), "{said} is not in {}", text(waits[0]));
    }
    let all = parts(&html, "<div class=\"row ");
    let place = all.iter().position(|row| *row == waits[0]).unwrap();
    assert!(text(all[place + 1]).contains("process orders"), "its handler follows");
    let text = text(&html);
    for service in ["storefront", "checkout", "payments", "shipping", "notifications", "audit"] {
        assert!(text.contains(service), "{service}: the journey crosses traces");
    }
}

#[tokio::test]
async fn earlier_tries_are_folded_to_the_row_of_the_last_one() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}")).await;
    let tries = rows(&html, "process", "process payments");
    assert_eq!(tries.len(), 2);
    let group = values(tries[0], "data-try");
    assert!(tries[0].split('>').next().unwrap().contains(" hidden"), "{}", tries[0]);
    assert!(text(tries[0]).contains("✗ timeout") && text(tries[0]).contains("try 1 of 2"));
    assert!(!tries[1].split('>').next().unwrap().contains(" hidden"));
    assert_eq!(values(tries[1], "data-tries"), group);
    assert!(text(tries[1]).contains("after ✗ timeout"), "the folded failure is told: {}", text(tries[1]));
    let waits = rows(&html, "wait", "waits in payments");
    assert_eq!(values(waits[0], "data-try"), group, "the wait of a try is folded with it");

    let open = site.html(&format!("/journeys/{id}?tries=all")).await;
    assert!(!rows(&open, "process", "try 1 of 2")[0].split('>').next().unwrap().contains(" hidden"));
}

#[tokio::test]
async fn a_span_has_an_address_that_shows_all_that_is_known_of_it() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}")).await;
    let span = key(rows(&html, "process", "try 2/2")[0]);
    let html = site.html(&format!("/journeys/{id}?span={span}")).await;
    assert_eq!(values(&html, "data-selected"), std::slice::from_ref(&span));
    let selected =
        parts(&html, "<div class=\"row ").into_iter().find(|row| row.contains("aria-selected")).unwrap();
    assert_eq!(key(selected), span);
    let panel = parts(&html, "<aside")[0];
    let said = text(panel);
    for expected in [
        "messaging.consumer.group.name",
        "card charged",
        "amount42",
        "charged 42.00 EUR",
        "INFO",
        "thread.name",
        "service.version1.4.2",
        "recorded by tracehop 0.1.0",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert!(values(panel, "data-copy").contains(&format!("tracehop trace {}", &span[..32])));
    for address in values(panel, "data-copy-url") {
        assert_eq!(site.get(&address).await.status, StatusCode::OK, "{address}");
    }
    let panel_alone = site.html(&format!("/journeys/{id}/panel?span={span}")).await;
    assert!(panel.contains(&panel_alone), "the part that scripts fetch is the same");
}

#[tokio::test]
async fn links_lead_there_and_back() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}")).await;
    let all = rows(&html, "process", "process orders");
    let audit = key(all[1]);
    let send = key(rows(&html, "send", "send orders")[0]);
    let panel = site.html(&format!("/journeys/{id}/panel?span={audit}")).await;
    assert_eq!(values(&panel, "data-link-out"), std::slice::from_ref(&send));
    let link = parts(&panel, "<a ").into_iter().find(|link| link.contains("data-link-out")).unwrap();
    assert_eq!(values(link, "href")[0], format!("/journeys/{id}?span={send}#s-{send}"));
    let panel = site.html(&format!("/journeys/{id}/panel?span={send}")).await;
    assert_eq!(values(&panel, "data-link-in"), [audit]);
}

#[tokio::test]
async fn a_link_into_another_journey_leads_to_it_and_a_link_to_nowhere_says_so() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let one = pipeline.refund();
    let nowhere = pipeline.key(77);
    let other = pipeline
        .span("audit", "report", 99, 500, 10)
        .linked(one.0)
        .linked(nowhere)
        .saying("messaging.message.id", "<m-1>");
    let other = pipeline.keep(other);
    let site = Site::of(pipeline).await;
    let panel = site.html(&format!("/journeys/{}/panel?span={}", JourneyId(other), JourneyId(other))).await;
    assert_eq!(
        values(&panel, "data-link-out"),
        [JourneyId(one.0).to_string(), JourneyId(nowhere).to_string()]
    );
    assert!(panel.contains(&format!("/journeys/{one}?span={one}#s-{one}")), "{panel}");
    assert!(text(&panel).contains(&format!("not here: trace {}", nowhere.0)), "{}", text(&panel));
    assert!(
        text(&panel).contains("messaging.message.id<m-1>"),
        "a link says which message it was: {}",
        text(&panel)
    );
    let api = site.json(&format!("/api/v1/journeys/{}", JourneyId(other))).await;
    let links = &api["spans"][0]["links"];
    assert_eq!(links[0], serde_json::json!({"key": one.to_string()}));
    assert_eq!(links[1]["attributes"]["messaging.message.id"], "<m-1>");
    let back = site.html(&format!("/journeys/{one}/panel?span={one}")).await;
    assert_eq!(values(&back, "data-link-in"), [JourneyId(other).to_string()]);
}

#[tokio::test]
async fn a_large_journey_is_sent_in_parts() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let id = pipeline.large(1_300);
    let site = Site::of(pipeline).await;
    let first = site.html(&format!("/journeys/{id}")).await;
    let mut seen: Vec<usize> = values(&first, "data-row").iter().map(|row| row.parse().unwrap()).collect();
    assert_eq!(seen, (0..500).collect::<Vec<_>>());
    let mut more = values(&first, "data-more");
    while let Some(address) = more.pop() {
        let part = site.html(&address).await;
        seen.extend(values(&part, "data-row").iter().map(|row| row.parse::<usize>().unwrap()));
        more = values(&part, "data-more");
    }
    // One row for each span, and one for the wait.
    assert_eq!(seen, (0..1_301).collect::<Vec<_>>());

    // A span far below is shown by its address, and there is a way to what is above.
    let part = site.html(&format!("/journeys/{id}/rows?from=1200")).await;
    let span = key(parts(&part, "<div class=\"row ")[0]);
    let html = site.html(&format!("/journeys/{id}?span={span}")).await;
    assert_eq!(values(&html, "data-row")[0], "1000");
    assert!(text(&html).contains("Show the 500 rows before"));
    assert_eq!(site.html(&format!("/journeys/{id}/size")).await, "1300");
}

#[tokio::test]
async fn a_closer_look_leaves_out_the_bars_beyond() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}?zoom=0-20000000")).await;
    let rows = parts(&html, "<div class=\"row ");
    let bar = |row: &str| values(parts(row, "<svg class=\"lane\"")[0], "width").get(1).cloned();
    let edge = rows.iter().find(|row| text(row).contains("POST /orders")).unwrap();
    assert_eq!(bar(edge).as_deref(), Some("100%"), "24 ms are cut at 20");
    let shipped = rows.iter().rfind(|row| text(row).contains("process shipments")).unwrap();
    assert_eq!(bar(shipped), None);
    assert!(html.contains("class=\"view\""), "the minimap shows what is looked at");
    let answer = site.get(&format!("/journeys/{id}?zoom=wide")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_the_picture_cannot_show_is_said_above_it() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let letter = pipeline.newsletter();
    let legacy = pipeline.legacy();
    let site = Site::of(pipeline).await;
    let html = site.html(&format!("/journeys/{letter}")).await;
    assert_eq!(values(&html, "data-note"), ["waiting"]);
    assert!(text(&html).contains("Nobody has handled what storefront sent to newsletter."));
    let html = site.html(&format!("/journeys/{legacy}")).await;
    assert_eq!(values(&html, "data-note"), ["no-context"]);
}

#[tokio::test]
async fn a_journey_that_is_not_here_is_told_with_what_may_be_the_reason() {
    let site = Site::empty();
    for (path, told) in [
        ("/journeys/4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "It may have been dropped"),
        ("/journeys/4bf92f35", "ends with a trace id and a span id"),
        ("/journeys/%3Cscript%3E", "ends with a trace id and a span id"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(text(&answer.text).contains(told), "{path}");
    }
}

#[tokio::test]
async fn a_span_in_the_midst_leads_to_the_journey_that_has_it() {
    let (site, id) = order().await;
    let html = site.html(&format!("/journeys/{id}")).await;
    for row in [rows(&html, "process", "try 2/2")[0], rows(&html, "process", "process shipments")[0]] {
        let span = key(row);
        let answer = site.get(&format!("/journeys/{span}")).await;
        assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(answer.headers["location"], format!("/journeys/{id}?span={span}#s-{span}").as_str());
        let part = site.json(&format!("/api/v1/journeys/{span}")).await;
        assert_eq!(
            (part["part_of"].as_str(), part["summary"].is_null()),
            (Some(id.to_string().as_str()), true)
        );
    }
    let whole = site.json(&format!("/api/v1/journeys/{id}")).await;
    assert!(whole["part_of"].is_null() && whole["summary"].is_object());
}

#[tokio::test]
async fn what_came_of_a_span_that_is_not_here_says_that_it_is_a_part() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let edge = pipeline.span("storefront", "POST /orders", 77, 0, 24).kind(SpanKind::Server);
    let edge = pipeline.keep(edge);
    let lost = pipeline.key(77);
    let work = pipeline.span("storefront", "price", 77, 2, 4).below(lost);
    pipeline.keep(work);
    let site = Site::of(pipeline).await;
    let html = site.html(&format!("/journeys/{}", JourneyId(lost))).await;
    let note = parts(&html, "<li data-note=\"part\"")[0];
    assert!(text(note).starts_with("This is only a part"), "{}", text(note));
    assert_eq!(values(note, "href")[0], format!("/journeys/{}", JourneyId(edge)));
}
