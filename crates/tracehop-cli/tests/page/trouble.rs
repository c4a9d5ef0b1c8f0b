//! Trouble.

use std::time::{Duration, SystemTime};

use crate::samples::Pipeline;
use crate::site::{Site, parts, text, values};

#[tokio::test]
async fn each_trouble_says_what_it_means_what_to_do_and_where_it_was_seen() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(120));
    let letter = pipeline.newsletter().to_string();
    let legacy = pipeline.legacy().to_string();
    pipeline.order("42", 30);
    let site = Site::of(pipeline).await;
    let html = site.html("/trouble").await;
    let troubles = parts(&html, "<li data-trouble");
    assert_eq!(values(&html, "data-trouble"), ["not_handled", "no_context"], "worst first");
    assert_eq!(values(&html, "data-about"), ["newsletter", "imports"]);
    for (trouble, journey) in troubles.iter().zip([letter, legacy]) {
        for said in ["What this means", "What to do"] {
            assert!(text(trouble).contains(said), "{trouble}");
        }
        assert_eq!(values(trouble, "data-journey"), std::slice::from_ref(&journey));
        site.html(&format!("/journeys/{journey}")).await;
    }
    assert!(text(troubles[0]).contains("✗ not handled"));
}

#[tokio::test]
async fn no_trouble_is_said() {
    let mut pipeline = Pipeline::starting(SystemTime::now() - Duration::from_secs(20));
    pipeline.order("42", 30);
    let site = Site::of(pipeline).await;
    let html = site.html("/trouble").await;
    assert!(text(&html).contains("No trouble in the last 15 min"), "{}", text(&html));
}
