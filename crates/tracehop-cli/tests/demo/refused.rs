//! What the demo cannot do is told, and what nobody takes is counted.

use tokio::net::TcpListener;
use tracehop_cli::demo::{self, DemoConfig};

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_with_one_line() {
    for (config, expected) in [
        (DemoConfig { rate: 0.0, ..DemoConfig::default() }, "choose a number from 0.1 to 100"),
        (DemoConfig { rate: f64::NAN, ..DemoConfig::default() }, "choose a number from 0.1 to 100"),
        (DemoConfig { rate: 101.0, ..DemoConfig::default() }, "choose a number from 0.1 to 100"),
        (DemoConfig { endpoint: "no address".to_owned(), ..DemoConfig::default() }, "cannot be sent"),
        (DemoConfig { token: Some("a\nb".to_owned()), ..DemoConfig::default() }, "cannot be sent"),
    ] {
        let error = demo::start(&config).expect_err(expected).to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_demo_without_a_runtime_is_refused() {
    let error = demo::start(&DemoConfig::default()).expect_err("there is no runtime");
    assert_eq!(error.to_string(), "the demo needs to be started inside a runtime of tokio");
}

#[tokio::test]
async fn spans_that_nobody_takes_are_lost_and_counted_and_the_end_comes() {
    // Nobody listens any more where somebody did.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let demo = demo::start(&DemoConfig { endpoint, rate: 100.0, ..DemoConfig::default() }).unwrap();
    let counts = demo.stop().await;
    assert!(counts.lost > 0, "{counts:?}");
    assert_eq!(counts.spans.values().sum::<u64>(), 0);
}
