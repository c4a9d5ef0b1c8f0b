//! A journey as a page that needs nothing else.

use std::time::Duration;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tracehop_journey::{Attribute, Journey, JourneyId, JourneyRow, JourneySpan, RowKind, Source};

use crate::page::parts::{human, moment, plain, service_class};
use crate::sources::{SCRIPT, SCRIPT_END};

/// How many rows and how many spans are shown. All of them are in the page as OTLP.
const MAX_ROWS: usize = 1_000;
const MAX_SPANS: usize = 500;

/// How wide the bars are, in units of the drawing.
const WIDTH: u64 = 10_000;

const STYLE: &str = include_str!("export.css");

/// The page. `otlp` is the journey as JSON.
pub(super) fn page(id: JourneyId, journey: &Journey, otlp: &str) -> String {
    let rows = journey.rows();
    let errors = rows.iter().filter(|row| row.error.is_some()).count();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (plain(journey.name())) " · tracehop" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (plain(journey.name())) }
                    p.facts {
                        (moment(journey.started())) " · " (human(journey.duration())) " · "
                        @match errors {
                            0 => { "no errors" }
                            1 => { strong.error { "✗ 1 error" } }
                            _ => { strong.error { "✗ " (errors) " errors" } }
                        }
                        " · " (journey.spans().len()) " spans · journey " code { (id.to_string()) }
                    }
                    (drawing(journey, &rows))
                    p.legend {
                        (waiting_mark()) " waiting in a queue   ◆ on the critical path   ✗ error"
                    }
                    (details(journey))
                    p.legend { code { "tracehop import" } " brings this journey back into a running " code { "tracehop view" } "." }
                }
            }
        }
    };
    let mut page = page.into_string();
    page.push_str(SCRIPT);
    push_script(&mut page, otlp);
    page.push_str(SCRIPT_END);
    page.push('\n');
    page
}

/// Within JSON, `<` and what is hidden where the page shows text can stand in strings only.
fn push_script(page: &mut String, json: &str) {
    let is_as_it_is = |char: char| match char {
        '<' | '\u{7f}' => false,
        '\0'..='\u{7e}' => true,
        other => {
            let mut bytes = [0; 4];
            let text: &str = other.encode_utf8(&mut bytes);
            plain(text) == text
        }
    };
    for char in json.chars() {
        if is_as_it_is(char) {
            page.push(char);
        } else {
            page.extend(char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
}

fn drawing(journey: &Journey, rows: &[JourneyRow]) -> Markup {
    let whole = rows.iter().map(|row| row.start.saturating_add(row.took)).max().unwrap_or_default();
    let whole = whole.max(journey.duration());
    html! {
        table.rows {
            thead { tr { th { "what" } th { "service" } th.number { "start" } th.number { "took" } th.bar { "when" } } }
            tbody { @for row in rows.iter().take(MAX_ROWS) { (drawn(row, whole)) } }
        }
        @if rows.len() > MAX_ROWS {
            p { "… " (rows.len() - MAX_ROWS) " more rows" }
        }
    }
}

fn drawn(row: &JourneyRow, whole: Duration) -> Markup {
    let indent = format!("padding-left:{}px", 12 * row.depth.min(40));
    html! {
        tr.wait[row.kind == RowKind::Wait] {
            td.what style=(indent) {
                span.critical { @if row.critical { "◆ " } }
                @if row.kind == RowKind::Wait { "in queue " }
                (plain(&row.label))
                @if row.attempts > 1 { " · try " (row.attempt) " of " (row.attempts) }
                @if row.batch > 1 { " · batch of " (row.batch) }
                @if !row.place.is_empty() { " · " (plain(&row.place)) }
                @if let Some(error) = &row.error { strong.error { " ✗ " (plain(error)) } }
                @if let Some(error) = &row.handled_error { span.error { " ✗ " (plain(error)) ", taken care of" } }
                @if !row.skew.is_zero() { " · clocks differ by at least " (human(row.skew)) }
            }
            td { (plain(&row.service)) }
            td.number { (human(row.start)) }
            td.number { (human(row.took)) }
            td.bar { (bar(row, whole)) }
        }
    }
}

fn bar(row: &JourneyRow, whole: Duration) -> Markup {
    let from = scaled(row.start, whole);
    // What is too short to be seen is still there.
    let width = scaled(row.took, whole).clamp(WIDTH / 200, WIDTH);
    let from = from.min(WIDTH - width);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " 100" } preserveAspectRatio="none" role="presentation" {
            @if row.kind == RowKind::Wait {
                @for stripe in stripes(from, width) {
                    rect x=(stripe.0) y="35" width=(stripe.1) height="30" {}
                }
            } @else {
                rect class=(service_class(&row.service)) x=(from) y="10" width=(width) height="80" {}
            }
        }
    }
}

/// The hatch of what waits: a pattern would be stretched with the drawing.
fn stripes(from: u64, width: u64) -> impl Iterator<Item = (u64, u64)> {
    const STEP: u64 = WIDTH / 100;
    (0..width.div_ceil(STEP)).map(move |place| (from + place * STEP, (STEP / 2).min(width - place * STEP)))
}

fn waiting_mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 300 100" role="presentation" {
            @for (x, width) in [(0, 50), (100, 50), (200, 50)] {
                rect x=(x) y="35" width=(width) height="30" {}
            }
        }
    }
}

fn scaled(part: Duration, whole: Duration) -> u64 {
    let scaled = part.as_nanos().saturating_mul(u128::from(WIDTH)) / whole.as_nanos().max(1);
    u64::try_from(scaled).unwrap_or(WIDTH).min(WIDTH)
}

fn details(journey: &Journey) -> Markup {
    let count = journey.spans().len();
    html! {
        details {
            summary { "All that is known of each span" }
            @for span in journey.spans().take(MAX_SPANS) { (detail(span)) }
            @if count > MAX_SPANS { p { "… " (count - MAX_SPANS) " more spans" } }
        }
    }
}

fn detail(span: &JourneySpan) -> Markup {
    html! {
        h2 { (plain(span.name())) " · " (plain(span.service())) }
        p.facts { "span " code { (span.span_id().to_string()) } " of trace " code { (span.trace_id().to_string()) } }
        (attributes(span.attributes()))
        @for event in span.events() {
            h3 { (plain(&event.name)) " · " (moment(event.at)) }
            (attributes(&event.attributes))
        }
        @for ((trace, id), said) in span.links_with_attributes() {
            p.facts { "links to span " code { (id.to_string()) } " of trace " code { (trace.to_string()) } }
            (attributes(said))
        }
        h3 { "resource" }
        (attributes(span.source().resource()))
        (scope(span.source()))
    }
}

fn scope(source: &Source) -> Markup {
    html! {
        @if !source.scope_name().is_empty() || !source.scope_attributes().is_empty() {
            h3 { "recorded by " (plain(source.scope_name())) " " (plain(source.scope_version())) }
            (attributes(source.scope_attributes()))
        }
    }
}

fn attributes(attributes: &[Attribute]) -> Markup {
    html! {
        @if !attributes.is_empty() {
            table.attributes {
                @for attribute in attributes {
                    tr { th { (plain(&attribute.key)) } td { (plain(&attribute.value.to_text())) } }
                }
            }
        }
    }
}
