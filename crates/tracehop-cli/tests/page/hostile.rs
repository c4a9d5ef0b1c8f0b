//! Span names, keys and values are written by anybody.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanKind;
use tracehop_journey::JourneyId;

use crate::samples::Pipeline;
use crate::site::{Site, text, values};

const HOSTILE: [&str; 4] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'); alert(1); //\u{202e}\u{0}\u{1b}[31m",
    "&lt;b&gt; javascript:alert(1)",
];

/// A journey in which all that can be named has this name.
fn named(pipeline: &mut Pipeline, name: &str, trace: u64) -> JourneyId {
    let edge =
        pipeline.span(name, name, trace, 0, 30).kind(SpanKind::Server).with(name, name).with("user.id", name);
    let edge = pipeline.keep(edge);
    let send = pipeline.span(name, name, trace, 1, 2).below(edge).sends(name, name);
    let send = pipeline.keep(send);
    let failed =
        pipeline.span(name, name, trace, 10, 5).below_remote(send).processes(name, name, name).failed(name);
    let failed = pipeline.keep(failed);
    let done =
        pipeline.span(name, name, trace, 20, 5).below_remote(send).processes(name, name, name).event(name, 3);
    let done = pipeline.keep(done);
    let lost = pipeline.span(name, name, trace, 25, 2).below(done).sends(name, name);
    pipeline.keep(lost);
    let alone = pipeline.span(name, name, trace + 100, 25, 2).processes(name, name, name);
    pipeline.keep(alone);
    pipeline.log(failed, 12, name, name);
    JourneyId(edge)
}

#[tokio::test]
async fn no_text_from_the_wire_becomes_markup() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(60));
    let names = HOSTILE.iter().zip(700..);
    let journeys: Vec<_> = names.map(|(name, trace)| (*name, named(&mut pipeline, name, trace))).collect();
    let site = Site::of(pipeline).await;
    for (name, journey) in journeys {
        let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let detail = site.html(&format!("/journeys/{journey}?tries=all")).await;
        let mut paths = vec![
            "/".to_owned(),
            format!("/?q={encoded}"),
            format!("/?q=service%3A%22{encoded}%22&window=all"),
            "/map".to_owned(),
            "/map?compare=before".to_owned(),
            format!("/hop?destination={encoded}&producer={encoded}&group={encoded}"),
            "/trouble".to_owned(),
            format!("/of?key=user.id&value={encoded}"),
            format!("/of?key={encoded}&value={encoded}"),
            format!("/journeys/{journey}?tries=all"),
            format!("/journeys/{encoded}"),
        ];
        paths.extend(
            values(&detail, "data-span").iter().map(|span| format!("/journeys/{journey}/panel?span={span}")),
        );
        for path in &paths {
            let html = site.get(path).await.text;
            assert!(!html.contains("<img") && !html.contains("<script>"), "{path}");
            assert!(html.matches("<script").count() <= 1, "{path}: the page's own alone");
            // A form must pass on what it was given, as it is: nobody sees it there.
            let seen =
                html.split(" value=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
            let seen = [html.split(" value=\"").next().unwrap()].into_iter().chain(seen.skip(1));
            for part in seen {
                assert!(
                    !part.contains(['\u{0}', '\u{1b}', '\u{202e}']),
                    "{path}: what cannot be seen is shown"
                );
            }
            for link in values(&html, "href") {
                assert!(link.starts_with(['/', '?', '#']), "{path}: {link}");
            }
        }
        let shown = text(&detail);
        let start: String = name.chars().take(12).collect();
        assert!(shown.contains(&start), "{start} is not in {shown}");
    }
}

#[tokio::test]
async fn times_far_away_are_drawn_within_the_page() {
    let mut pipeline = Pipeline::starting(SystemTime::UNIX_EPOCH);
    let old = pipeline.order("1", 30);
    pipeline.at = SystemTime::UNIX_EPOCH + Duration::from_secs(4_200_000_000);
    let ahead = pipeline.order("2", 30);
    let long = pipeline.span("slow", "for ever", 90, 0, u64::from(u32::MAX) * 1_000);
    let long = JourneyId(pipeline.keep(long));
    let site = Site::of(pipeline).await;
    for path in [
        "/?window=all",
        "/map?window=all",
        "/hop?destination=orders&window=all",
        "/trouble?window=all",
        "/of?key=user.id&value=1",
    ] {
        site.html(path).await;
    }
    for id in [old, ahead, long] {
        let html = site.html(&format!("/journeys/{id}")).await;
        for x in values(&html, "x").iter().filter_map(|x| x.strip_suffix('%')) {
            assert!((0.0..=100.0).contains(&x.parse::<f64>().unwrap()), "{x}");
        }
    }
}
