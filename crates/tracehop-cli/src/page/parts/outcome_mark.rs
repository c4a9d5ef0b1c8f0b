//! What became of a journey: a mark and a word, never a colour alone.

use maud::{Markup, html};
use tracehop_journey::{JourneySummary, Outcome};

use super::plain::plain;

pub(crate) fn outcome_mark(journey: &JourneySummary) -> Markup {
    let error = journey.error.as_deref();
    match journey.outcome {
        Outcome::Ok => html! {
            span.mark.ok { i aria-hidden="true" { "✓" } " ok" }
            @if let Some(error) = error { span.soft title={ "A try failed with " (plain(error)) ", a later one succeeded." } { " after ✗" } }
        },
        Outcome::Failed => error_mark(error.unwrap_or("failed")),
        Outcome::DeadLettered => html! {
            span.mark.bad title=[error.map(plain)] { i aria-hidden="true" { "✗" } " dead letter" }
        },
        _ => html! { span.mark.wait { i aria-hidden="true" { "…" } " waiting" } },
    }
}

/// A failure.
pub(crate) fn error_mark(error: &str) -> Markup {
    html! { span.mark.bad title=(plain(error)) { i aria-hidden="true" { "✗" } " " (plain(word(error))) } }
}

/// `_OTHER` is what instrumentations say that cannot say why.
fn word(error: &str) -> &str {
    if error == "_OTHER" { "failed" } else { error }
}
