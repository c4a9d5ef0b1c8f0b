//! Spans that were sent are what the page shows.

use std::time::{Duration, SystemTime};

use browser::Viewer;
use opentelemetry::trace::{
    Link, Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::support::Page;

/// A service that sends its spans to a viewer.
struct Service {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    started: SystemTime,
}

impl Service {
    fn new(viewer: &Viewer, name: &'static str, started: SystemTime) -> Self {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(viewer.grpc()).build().unwrap();
        let resource = Resource::builder_empty().with_service_name(name).build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("shop");
        Self { provider, tracer, started }
    }

    /// A span from one millisecond of the journey to another.
    fn span(&self, of: Of, times: [u64; 2]) -> SpanContext {
        let at = |milliseconds| self.started + Duration::from_millis(milliseconds);
        let builder = SpanBuilder::from_name(of.name).with_kind(of.kind).with_start_time(at(times[0]));
        let builder = builder
            .with_attributes(of.attributes)
            .with_links(of.link.into_iter().map(Link::with_context).collect());
        let parent =
            of.parent.map(|parent| Context::new().with_remote_span_context(parent)).unwrap_or_default();
        let mut span = self.tracer.build_with_context(builder, &parent);
        if let Some(error) = of.error {
            span.set_attribute(KeyValue::new("error.type", error));
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(at(times[1]));
        span.span_context().clone()
    }

    async fn stop(self) {
        tokio::task::spawn_blocking(move || self.provider.shutdown()).await.unwrap().unwrap();
    }
}

/// What a span is.
struct Of {
    name: &'static str,
    kind: SpanKind,
    attributes: Vec<KeyValue>,
    parent: Option<SpanContext>,
    link: Option<SpanContext>,
    error: Option<&'static str>,
}

impl Of {
    fn new(name: &'static str, kind: SpanKind) -> Self {
        Self { name, kind, attributes: Vec::new(), parent: None, link: None, error: None }
    }

    fn message(name: &'static str, operation: &'static str) -> Self {
        let kind = if operation == "send" { SpanKind::Producer } else { SpanKind::Consumer };
        let attributes = vec![
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.destination.name", "orders"),
            KeyValue::new("messaging.destination.partition.id", "3"),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", operation),
        ];
        Self { attributes, ..Self::new(name, kind) }
    }
}

/// A name that would run if it were taken for HTML.
const HOSTILE: &str =
    "<script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\">";

/// A request sends an order; its first handler fails after 40 ms of waiting, its second one succeeds.
async fn send_an_order(viewer: &Viewer) -> [SpanContext; 4] {
    send_an_order_at(viewer, SystemTime::now() - Duration::from_secs(10)).await
}

/// The same at a time of one's choice.
pub(crate) async fn send_an_order_at(viewer: &Viewer, started: SystemTime) -> [SpanContext; 4] {
    let (storefront, checkout) =
        (Service::new(viewer, "storefront", started), Service::new(viewer, "checkout", started));
    let request = storefront.span(Of::new(HOSTILE, SpanKind::Server), [0, 12]);
    let send =
        storefront.span(Of { parent: Some(request.clone()), ..Of::message("send orders", "send") }, [2, 10]);
    let link = || Some(send.clone());
    let process = || Of { link: link(), ..Of::message("process orders", "process") };
    let failed = checkout.span(Of { error: Some("timeout"), ..process() }, [50, 80]);
    let done = checkout.span(process(), [210, 310]);
    storefront.stop().await;
    checkout.stop().await;
    [request, send, failed, done]
}

fn key(span: &SpanContext) -> String {
    format!("{}-{}", span.trace_id(), span.span_id())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_is_what_the_page_shows() {
    let page = Page::empty().await;
    page.open("/", "journeys").await;
    let [request, send, failed, done] = send_an_order(&page.viewer).await.map(|span| key(&span));
    // The page that was opened before shows it by itself.
    page.until("the journey arrives", "return document.querySelectorAll('tr[data-journey]').length === 1")
        .await;
    page.until(
        "all spans are in it",
        "return document.querySelector('tr[data-journey][data-outcome=ok]') !== null",
    )
    .await;
    let row = page.tab().texts("tr[data-journey]").await.unwrap().concat();
    assert!(row.contains(HOSTILE), "{row:?}");
    for said in ["orders", "storefront", "310 ms"] {
        assert!(row.contains(said), "{said} is not in {row:?}");
    }

    page.tab().click("tr[data-journey] td.what a").await.unwrap();
    page.is_on("journey").await;
    let spans = page.attributes("[data-row]:not([data-kind=wait])", "data-span").await;
    assert_eq!(spans, [request, send.clone(), failed.clone(), done.clone()]);
    let waits = page.tab().texts("[data-kind=wait] .took").await.unwrap();
    assert_eq!(page.tab().count("[data-kind=wait]").await.unwrap(), 2, "each try had its wait");
    // The first try is folded away: its text is not visible.
    assert!(waits.iter().any(|wait| wait == "200 ms"), "{waits:?}");
    let wait = page.tab().texts("[data-kind=wait]").await.unwrap().concat();
    assert!(wait.contains("orders") && wait.contains("partition 3"), "{wait:?}");

    // The first try is folded, and opens.
    let first = format!(
        "return document.querySelector(\"[data-span='{failed}'][data-kind=process]\").getClientRects().length"
    );
    page.until("the first try is folded away", &format!("{first} === 0")).await;
    page.tab().click("[data-tries]").await.unwrap();
    page.until("the first try is shown", &first).await;
    let text =
        page.tab().texts(&format!("[data-span='{failed}'][data-kind=process]")).await.unwrap().concat();
    assert!(text.contains("timeout") && text.contains("try 1 of 2"), "{text:?}");

    page.tab().click(&format!("[data-span='{done}'][data-kind=process] a.open")).await.unwrap();
    page.tab().element(&format!("[data-selected='{done}'] [data-link-out='{send}']")).await.unwrap();
    let panel = page.tab().texts("#panel").await.unwrap().concat();
    for said in ["process orders", "checkout", "100 ms", "messaging.destination.partition.id"] {
        assert!(panel.contains(said), "{said} is not in {panel:?}");
    }
    let title = page.tab().script("return document.title").await.unwrap();
    assert!(title.as_str().is_some_and(|title| title.contains("<script>")), "a title is a text: {title}");
    page.tab().fits().await.unwrap();

    page.open("/map", "map").await;
    let arrows = page.attributes("[data-arrow]", "data-arrow").await;
    for arrow in ["storefront → orders", "orders → checkout"] {
        assert!(arrows.iter().any(|it| it == arrow), "{arrow} is not in {arrows:?}");
    }
    page.open("/hop?destination=orders", "hop").await;
    assert_eq!(
        page.tab().texts("[data-figure=count]").await.unwrap(),
        ["2"],
        "both tries are handled messages"
    );
    page.was_quiet().await;
}
