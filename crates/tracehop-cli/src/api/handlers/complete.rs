//! What a search may go on with.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::answer::{json, written};
use crate::api::params::Params;
use crate::api::state::AppState;
use crate::search::{Known, complete as completions};

/// How many journeys are looked at for names: it must be quick, and the newest ones are meant.
const JOURNEYS: usize = 20_000;

/// How many completions one answer has.
const MOST: usize = 12;

#[derive(Serialize)]
struct CompletionsJson {
    completions: Vec<CompletionJson>,
}

#[derive(Serialize)]
struct CompletionJson {
    /// The search with it.
    search: String,
    /// Where the cursor stands then, in UTF-16 units.
    cursor: usize,
    text: String,
    about: String,
}

/// `GET /api/v1/complete`
pub(in crate::api) async fn complete(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let text = params.raw("q").unwrap_or_default();
        let cursor = params.number("cursor")?.map_or(text.len(), |units| from_utf16(text, units));
        let snapshot = app.store.snapshot();
        let known = Known::of(snapshot.journeys.iter().take(JOURNEYS))
            .with_tags(app.store.tags().iter().map(String::as_str));
        let found = completions(text, cursor, &known).into_iter().take(MOST).map(|completion| {
            let (search, cursor) = completion.apply(text);
            let before = search.get(..cursor).unwrap_or(&search);
            CompletionJson {
                cursor: before.encode_utf16().count(),
                search,
                text: completion.text.clone(),
                about: completion.about.clone().into_owned(),
            }
        });
        Ok(written(&CompletionsJson { completions: found.collect() }))
    })
    .await
}

/// Browsers count in UTF-16 units.
fn from_utf16(text: &str, units: usize) -> usize {
    let mut left = units;
    for (place, char) in text.char_indices() {
        if left < char.len_utf16() {
            return place;
        }
        left -= char.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_a_browser_stands_between_characters() {
        for (units, expected) in [(0, 0), (1, 1), (2, 3), (3, 3), (4, 7), (9, 8)] {
            assert_eq!(from_utf16("aé💡b", units), expected, "{units}");
        }
    }
}
