//! One journey: what stands above its waterfall, the waterfall, and the panel beside it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tracehop_journey::{JourneyId, JourneyRow, JourneySpan, JourneySummary, SpanKey};

use super::asked_id::AskedId;
use super::folds::Folds;
use super::minimap::minimap;
use super::notes::notes;
use super::overview::overview;
use super::panel::panel as span_panel;
use super::parts::Opened;
use super::ruler::{grid, ruler};
use super::tree::{Part, ROWS, heads, tree_rows};
use crate::api::{Address, AppState, BadParam, Params, key_text, read_key};
use crate::page::answer::{Answer, fragment, page};
use crate::page::parts::{Frame, Look, Screen, clock, count, human, outcome_mark, service};

/// So many rows fit on one sheet if they are small. Fewer need not be, and more do not fit.
const DENSE: RangeInclusive<usize> = 59..=90;

/// `GET /journeys/{id}`
pub(crate) async fn get(
    State(app): State<AppState>,
    AskedId(id): AskedId,
    params: Params,
    look: Look,
) -> Response {
    page(look, move || {
        let Some(opened) = Opened::of(&app, &id) else { return Ok(Answer::NotFound(missing(&id))) };
        if let Some(address) = whole(&app, &opened, &params) {
            return Ok(Answer::Elsewhere(address));
        }
        let title = opened.name().into_owned();
        let main = main(&app, &opened, &params)?;
        Ok(Answer::Found(Frame { title: &title, screen: Screen::Journey, look }.page(&main)))
    })
    .await
}

/// Where the whole journey shows the span that the address names, if that is in the midst of one.
fn whole(app: &AppState, opened: &Opened, params: &Params) -> Option<String> {
    let whole = opened.part_of?;
    let snapshot = app.store.snapshot();
    let key = opened.id.0;
    let is_listed = snapshot.journeys.iter().any(|summary| summary.id == whole);
    if !is_listed || opened.row_of(key).is_none() {
        return None;
    }
    let span = params.get("span").map_or_else(|| key_text(key), str::to_owned);
    let anchor = read_key(&span).map_or_else(String::new, |key| format!("#s-{}", key_text(key)));
    Some(format!("{}{anchor}", Address::of(format!("/journeys/{whole}")).with("span", span)))
}

/// `GET /journeys/{id}/rows?from=`: the rows from one on.
pub(crate) async fn rows(State(app): State<AppState>, AskedId(id): AskedId, params: Params) -> Response {
    fragment(move || {
        let Some(opened) = Opened::of(&app, &id) else { return Ok(Answer::NotFound(missing(&id))) };
        let from = params.number("from")?.unwrap_or(0);
        let folds = Folds::of(&opened.rows);
        Ok(Answer::Found(tree_rows(&opened, &folds, &Part::of(&opened, from, &params)?)))
    })
    .await
}

/// `GET /journeys/{id}/panel?span=`: what is known of one span.
pub(crate) async fn panel(State(app): State<AppState>, AskedId(id): AskedId, params: Params) -> Response {
    fragment(move || {
        let Some(opened) = Opened::of(&app, &id) else { return Ok(Answer::NotFound(missing(&id))) };
        Ok(match selected(&opened, &params)? {
            Some(span) => Answer::Found(span_panel(&app, &opened, span)),
            None => Answer::Found(overview(&opened)),
        })
    })
    .await
}

/// `GET /journeys/{id}/size`: how many spans there are by now.
pub(crate) async fn size(State(app): State<AppState>, AskedId(id): AskedId) -> Response {
    fragment(move || {
        let open = id.parse().ok().and_then(|id| app.store.journey(id));
        let Some(open) = open else { return Ok(Answer::NotFound(missing(&id))) };
        Ok(Answer::Found(html! { (open.journey.spans().len()) }))
    })
    .await
}

fn missing(id: &str) -> String {
    if id.parse::<JourneyId>().is_err() {
        return "A journey's address ends with a trace id and a span id in hex, joined by a dash.".to_owned();
    }
    "No such journey is kept. It may have been dropped because of its age, or because there was no room."
        .to_owned()
}

/// The span that the address names.
fn selected<'a>(opened: &'a Opened, params: &Params) -> Result<Option<&'a JourneySpan>, BadParam> {
    let Some(text) = params.get("span") else { return Ok(None) };
    let key = read_key(text);
    let key =
        key.ok_or_else(|| BadParam(format!("span={text} is no trace id and span id, joined by a dash")))?;
    Ok(opened.open.journey.spans().find(|span| span.key() == key))
}

fn main(app: &AppState, opened: &Opened, params: &Params) -> Result<Markup, BadParam> {
    let span = selected(opened, params)?;
    let folds = Folds::of(&opened.rows);
    // An address that names a span shows the rows around it.
    let row = span.and_then(|span| opened.row_of(span.key()));
    let from = match params.number("from")? {
        Some(from) => from,
        None => row.map_or(0, |row| row / ROWS * ROWS),
    };
    let part = Part::of(opened, from, params)?;
    Ok(html! {
        (head(opened))
        (notes(opened))
        div.split {
            section.waterfall.dense[DENSE.contains(&opened.rows.len())] aria-label="Waterfall" {
                p #grown.notes hidden { "Spans have arrived since. " a href=(here(opened, span)) { "Show them" } }
                (minimap(opened, &part))
                // On paper it stands above the rows of each page.
                div.again { (ruler(part.zoom)) }
                @if part.from > 0 {
                    p.more { a href=(here(opened, span).with("from", part.from.saturating_sub(ROWS))) { "Show the " (ROWS.min(part.from)) " rows before" } }
                }
                div.lanes {
                    (grid(part.zoom))
                    div #rows role="treegrid" aria-label="Spans and waits, in the order of their causes" data-journey=(opened.id)
                        data-rows=(opened.rows.len()) data-spans=(opened.open.journey.spans().len()) {
                        (heads())
                        (tree_rows(opened, &folds, &part))
                    }
                }
            }
            aside #panel aria-label="The selected span" data-panel={ "/journeys/" (opened.id) "/panel" } {
                @match span {
                    Some(span) => (span_panel(app, opened, span)),
                    None => {
                        @if params.get("span").is_some() { p.notes { "The span that the address names is not in this journey." } }
                        (overview(opened))
                    }
                }
            }
        }
    })
}

/// The address of what is shown.
pub(super) fn here(opened: &Opened, span: Option<&JourneySpan>) -> Address {
    Address::of(format!("/journeys/{}", opened.id)).maybe("span", span.map(|span| key_text(span.key())))
}

fn head(opened: &Opened) -> Markup {
    let journey = &opened.open.journey;
    let waiting = opened.summary.as_deref().map(|summary| summary.waiting);
    html! {
        header.journey {
            h1 title=(opened.name()) { (opened.name()) }
            @if let Some(summary) = &opened.summary { (outcome_mark(summary)) }
            dl.facts {
                div { dt { "started" } dd { (clock(journey.started())) " UTC" } }
                div { dt { "took" } dd data-took { (human(journey.duration())) } }
                @if let Some(waiting) = waiting { div { dt { "waited" } dd { (human(waiting)) } } }
                div { dt { "spans" } dd { (count(journey.spans().len() as u64)) } }
                div { dt { "traces" } dd { (journey.trace_ids().len()) } }
                @if let Some(summary) = opened.summary.as_deref() && summary.attempts > 1 {
                    div { dt { "tries" } dd { (summary.attempts) } }
                }
            }
            ul.legend aria-label="Services" {
                @for name in opened.services() { li { (service(name)) } }
                li { span.svc { svg.swatch width="14" height="10" aria-hidden="true" { rect.wait width="14" height="10" {} } "waiting" } }
                li { "strong: the critical path" }
            }
        }
    }
}

impl Opened {
    fn of(app: &AppState, id: &str) -> Option<Self> {
        let id: JourneyId = id.parse().ok()?;
        let open = app.store.journey(id)?;
        let rows: Vec<JourneyRow> = open.journey.rows();
        let snapshot = app.store.snapshot();
        let summary: Option<Arc<JourneySummary>> =
            snapshot.journeys.iter().find(|summary| summary.id == id).map(Arc::clone);
        let part_of = app.store.journey_around(id.0).filter(|_| summary.is_none());
        Some(Self { id, open, rows, summary, part_of })
    }

    fn row_of(&self, key: SpanKey) -> Option<usize> {
        self.rows.iter().position(|row| row.key == key)
    }
}
