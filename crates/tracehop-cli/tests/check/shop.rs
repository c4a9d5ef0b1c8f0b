//! Spans of the demo's shop, as they come in.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;
use tracehop_cli::demo::{self, DemoConfig};
use tracehop_cli::entrance::{Access, Bounds, Entrance, EntranceConfig, NotTaken, Redaction, Sink};
use tracehop_journey::{Index, JourneySpan, JourneySummary, LogLine};

/// Keeps what came in.
#[derive(Clone, Default)]
struct Kept(Arc<watch::Sender<Vec<JourneySpan>>>);

impl Sink for Kept {
    async fn spans(&self, spans: Vec<JourneySpan>, _: Option<Bytes>) -> Result<(), NotTaken> {
        self.0.send_modify(|kept| kept.extend(spans));
        Ok(())
    }

    async fn logs(&self, _: Vec<LogLine>, _: Option<Bytes>) -> Result<(), NotTaken> {
        Ok(())
    }
}

/// The journeys of a shop that took so many orders, and when it was closed.
pub(crate) async fn journeys(orders: usize) -> (Vec<Arc<JourneySummary>>, SystemTime) {
    let any_port = "127.0.0.1:0".parse().expect("an address");
    let entrance = Entrance::bind(EntranceConfig {
        grpc: any_port,
        http: any_port,
        access: Access::loopback(),
        redaction: Redaction::new([], false, "0123456789abcdef".parse().expect("a key")),
        bounds: Bounds::default(),
    });
    let entrance = entrance.await.expect("free ports");
    let endpoint = format!("http://{}", entrance.http_address().expect("an address"));
    let kept = Kept::default();
    let (close, mut closed) = watch::channel(false);
    let serving = tokio::spawn(entrance.serve(kept.clone(), async move {
        let _ = closed.wait_for(|closed| *closed).await;
    }));

    let demo = demo::start(&DemoConfig { endpoint, rate: 20.0, ..DemoConfig::default() }).expect("a shop");
    let mut spans = kept.0.subscribe();
    let placed = |spans: &Vec<JourneySpan>| {
        spans.iter().filter(|span| span.name() == "POST /orders").count() >= orders
    };
    let came = timeout(Duration::from_secs(60), spans.wait_for(placed)).await;
    assert!(came.is_ok(), "the orders did not come");
    drop(came);
    let sent = demo.stop().await;
    assert_eq!(sent.lost, 0, "{sent:?}");
    close.send_replace(true);
    serving.await.expect("an end");

    let now = SystemTime::now();
    let mut index = Index::new(tracehop_journey::Bounds::default());
    for span in kept.0.send_replace(Vec::new()) {
        index.insert(span, now);
    }
    index.refresh();
    (index.summaries().cloned().collect(), now)
}
