//! What is said when there is nothing to show: what to do next.

use maud::{Markup, html};

use crate::api::{Asked, WaysIn, Window};
use crate::page::parts::count;

pub(super) fn nothing_yet(ways: &WaysIn) -> Markup {
    let lines = [
        format!("export OTEL_EXPORTER_OTLP_ENDPOINT={}", ways.http),
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf".to_owned(),
        "export OTEL_TRACES_EXPORTER=otlp".to_owned(),
    ];
    html! {
        section.empty data-empty="nothing" {
            h2 { "No journeys yet" }
            p { "Send spans here from any service that has an OpenTelemetry SDK. Set these, and start it:" }
            div.copybox {
                pre #send-here { @for line in &lines { (line) "\n" } }
                button type="button" data-copy-from="send-here" { "Copy" }
            }
            p.soft { "OTLP over HTTP at " code { (ways.http) } " (protobuf or JSON), over gRPC at " code { (ways.grpc) } ". This page shows them as they arrive." }
            h3 { "Nothing to send yet?" }
            p { "The demo runs a pipeline of eight services over three brokers in memory, and needs nothing installed:" }
            div.copybox {
                pre #demo { "tracehop view --demo" }
                button type="button" data-copy-from="demo" { "Copy" }
            }
        }
    }
}

pub(super) fn no_match(asked: &Asked, kept: usize, is_plain: bool) -> Markup {
    let all = Asked { window: Window::All, page: 1, until: None, ..asked.clone() };
    html! {
        section.empty data-empty="no-match" {
            @if is_plain {
                h2 { "No journey " (asked.window.within()) }
            } @else {
                h2 { "No journey matches" }
            }
            p { (count(kept as u64)) " are kept. You can:" }
            ul {
                @if asked.window != Window::All { li { a href=(all.address("/")) { "look at all that is kept" } ", not only the " (asked.window.label()) } }
                @if !asked.text.is_empty() { li { a href="/" { "take the search away" } } }
            }
        }
    }
}
