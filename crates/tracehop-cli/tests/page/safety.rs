//! What browsers are told, and what they load.

use axum::http::StatusCode;

use crate::site::{Site, values};

#[tokio::test]
async fn every_answer_forbids_what_is_inline_and_what_is_elsewhere() {
    let site = Site::empty();
    for path in
        ["/", "/map", "/nowhere", "/api/v1/journeys", "/api/v1/nowhere", "/healthz", "/assets/0/app.js"]
    {
        let answer = site.get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn a_page_has_nothing_that_its_own_policy_forbids() {
    let site = Site::empty();
    let html = site.html("/").await;
    assert!(!html.contains(" style=") && !html.contains("<style"), "styles are in the style sheet");
    assert!(!html.contains("javascript:") && !html.contains(" onclick="));
    for address in values(&html, "src").into_iter().chain(values(&html, "href")) {
        assert!(address.starts_with('/') || address.starts_with('#'), "{address} is elsewhere");
    }
}

#[tokio::test]
async fn what_the_browser_loads_may_be_kept_for_good() {
    let site = Site::empty();
    let html = site.html("/").await;
    let script = values(&html, "src")[0].clone();
    let folder = script.strip_suffix("app.js").unwrap();
    let answer = site.get(&script).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));
    for import in answer.text.split("from \"./").skip(1) {
        let name = import.split('"').next().unwrap();
        assert_eq!(site.get(&format!("{folder}{name}")).await.status, StatusCode::OK, "{name}");
    }
    let other = site.get("/assets/00000000/app.js").await;
    assert_eq!(other.headers["cache-control"], "no-store", "of another version");
}

#[tokio::test]
async fn light_or_dark_is_known_before_the_first_paint() {
    let site = Site::empty();
    for (path, cookie, expected) in [
        ("/", "", None),
        ("/", "a=b; theme=dark", Some("dark")),
        ("/?theme=light", "theme=dark", Some("light")),
        ("/", "theme=<script>", None),
    ] {
        let answer = site.get_with(path, &[("cookie", cookie)]).await;
        assert_eq!(
            values(&answer.text, "data-theme").first().map(String::as_str),
            expected,
            "{path} {cookie}"
        );
    }
}

#[tokio::test]
async fn a_page_works_without_a_mouse() {
    let html = Site::empty().html("/").await;
    assert!(html.contains("<a class=\"skip\" href=\"#main\">") && html.contains("<main id=\"main\""));
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(html.contains("<dialog id=\"help\" aria-labelledby=\"help-title\">"));
    assert!(html.contains("aria-current=\"page\""));
    assert!(html.contains("<html lang=\"en\""));
}
