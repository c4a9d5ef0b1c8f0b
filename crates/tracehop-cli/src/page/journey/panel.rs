//! What is known of one span.

use std::time::Duration;

use maud::{Markup, html};
use tracehop_journey::{Attribute, JourneySpan, LogLine, Lost, Source, SpanEvent, SpanKey, SpanStatus};

use super::parts::Opened;
use crate::api::{Address, AppState, key_text, kind_text_of_span};
use crate::page::parts::{clipped, error_mark, human, moment, named, plain, service};

/// How many links of each direction are shown.
const LINKS: usize = 100;

pub(super) fn panel(app: &AppState, opened: &Opened, span: &JourneySpan) -> Markup {
    let links_in = opened.open.links_in.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
    let logs = opened.open.logs.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
    let key = key_text(span.key());
    html! {
        div data-selected=(key) {
            h2 { (named(span.name())) }
            p { (service(span.service())) " · " (kind_text_of_span(span.kind())) }
            @if let Some(error) = span.error() { p { (error_mark(error)) (status_text(span)) } }
            @if let Some(error) = span.handled_error() { p.soft { "✗ " (plain(error)) ", taken care of" } }
            dl.facts {
                div { dt { "started" } dd { (moment(span.started())) } }
                div { dt { "took" } dd { (human(span.duration())) } }
            }
            (links(app, opened, span, links_in))
            h3 { "Attributes" }
            (attributes(span.attributes()))
            (lost(span.lost()))
            @if !span.events().is_empty() {
                h3 { "Events" }
                ul.lines data-events { @for event in span.events() { (event_line(span, event)) } }
            }
            @if !logs.is_empty() {
                h3 { "Log lines" }
                ul.lines data-logs { @for line in logs { (log_line(span, line)) } }
            }
            details {
                summary { "Resource of " (clipped(span.service())) }
                (attributes(span.source().resource()))
                (scope(span.source()))
            }
            (copy(opened, span))
        }
    }
}

fn status_text(span: &JourneySpan) -> Markup {
    match span.status() {
        SpanStatus::Error(text) if !text.is_empty() => html! { " " (plain(text)) },
        _ => html! {},
    }
}

fn links(app: &AppState, opened: &Opened, span: &JourneySpan, links_in: &[SpanKey]) -> Markup {
    html! {
        @if let Some(parent) = span.parent() {
            p.link { "child of " (anchor(app, opened, parent, Direction::Parent)) }
        }
        @if !span.links().is_empty() {
            h3 { "Links to" }
            ul.bare {
                @for (link, said) in span.links_with_attributes().take(LINKS) {
                    li.link {
                        span.soft { "→ " } (anchor(app, opened, link, Direction::Out))
                        @if !said.is_empty() { (attributes(said)) }
                    }
                }
            }
            (more(span.links().len()))
        }
        @if !links_in.is_empty() {
            h3 { "Linked from" }
            ul.bare {
                @for &link in links_in.iter().take(LINKS) { li.link { span.soft { "← " } (anchor(app, opened, link, Direction::In)) } }
            }
            (more(links_in.len()))
        }
    }
}

fn more(links: usize) -> Markup {
    html! { @if links > LINKS { p.soft { "and " (links - LINKS) " more" } } }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Parent,
    Out,
    In,
}

/// The way to another span: its row here, or its row in its own journey.
fn anchor(app: &AppState, opened: &Opened, key: SpanKey, direction: Direction) -> Markup {
    let text = key_text(key);
    let out = (direction == Direction::Out).then_some(text.as_str());
    let into = (direction == Direction::In).then_some(text.as_str());
    let there = |id: &dyn std::fmt::Display| {
        format!("{}#s-{text}", Address::of(format!("/journeys/{id}")).with("span", &text))
    };
    if let Some(other) = opened.open.journey.spans().find(|span| span.key() == key) {
        return html! {
            a href=(there(&opened.id)) data-go=(text) data-link-out=[out] data-link-in=[into] { (clipped(other.name())) }
            " " span.soft { "in " (clipped(other.service())) }
        };
    }
    let Some(journey) = app.store.journey_of_span(key) else {
        return html! {
            span.soft data-link-out=[out] data-link-in=[into] { "not here: trace " code { (key.0) } " span " code { (key.1) } }
        };
    };
    html! {
            a href=(there(&journey)) data-link-out=[out] data-link-in=[into] { "another journey" }
            " " span.soft { "span " code { (key.1) } }
    }
}

fn scope(source: &Source) -> Markup {
    let said = source.scope_attributes();
    html! {
        @if !source.scope_name().is_empty() || !said.is_empty() {
            p.soft { "recorded by " (plain(source.scope_name())) " " (plain(source.scope_version())) }
        }
        @if !said.is_empty() { (attributes(said)) }
    }
}

fn attributes(attributes: &[Attribute]) -> Markup {
    html! {
        @if attributes.is_empty() { p.soft { "none" } } @else {
            dl.attributes {
                @for attribute in attributes {
                    div { dt { (breakable(&attribute.key)) } dd { (plain(&attribute.value.to_text())) } }
                }
            }
        }
    }
}

/// A key that may break behind its dots, where there is no room.
fn breakable(key: &str) -> Markup {
    let key = plain(key);
    html! { @for part in key.split_inclusive(['.', '_', '-']) { (part) wbr; } }
}

fn lost(lost: Lost) -> Markup {
    let total = u64::from(lost.attributes) + u64::from(lost.events) + u64::from(lost.links);
    html! {
        @if total > 0 {
            p.notes { "Lost to limits: " (lost.attributes) " attributes, " (lost.events) " events, " (lost.links) " links." }
        }
    }
}

fn event_line(span: &JourneySpan, event: &SpanEvent) -> Markup {
    let after = event.at.duration_since(span.started()).unwrap_or_default();
    html! {
        li {
            p { span.at title=(moment(event.at)) { "+" (after_text(after)) } " " b { (named(&event.name)) } }
            @if !event.attributes.is_empty() { (attributes(&event.attributes)) }
        }
    }
}

fn log_line(span: &JourneySpan, line: &LogLine) -> Markup {
    let after = line.at.duration_since(span.started()).unwrap_or_default();
    html! {
        li {
            p {
                span.at title=(moment(line.at)) { "+" (after_text(after)) } " "
                @if !line.severity.is_empty() { b.severity { (plain(&line.severity)) } " " }
                (plain(&line.body))
            }
            @if !line.attributes.is_empty() { (attributes(&line.attributes)) }
        }
    }
}

fn after_text(after: Duration) -> String {
    if after.is_zero() { "0".to_owned() } else { human(after) }
}

fn copy(opened: &Opened, span: &JourneySpan) -> Markup {
    let api = format!("/api/v1/journeys/{}/spans/{}", opened.id, key_text(span.key()));
    html! {
        h3.off-paper { "Copy" }
        p.buttons {
            button type="button" data-copy-url=(api) { "JSON" }
            button type="button" data-copy-url={ (api) "/otlp" } { "OTLP" }
            button type="button" data-copy={ "tracehop trace " (span.trace_id()) } { "tracehop trace …" }
        }
    }
}
