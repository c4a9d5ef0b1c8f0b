//! The choice of an earlier window to compare with.

use std::time::Duration;

use maud::{Markup, html};

use crate::api::{Compare, Past};

/// The slider, with what it says in words. Where there are no scripts, a choice stands in its place: a slider alone could not say what
/// its places mean.
pub(super) fn slider(past: &Past, chosen: Option<Compare>) -> Markup {
    let steps = past.steps(chosen);
    let place =
        chosen.and_then(|chosen| steps.iter().position(|step| *step == chosen)).map_or(0, |it| it + 1);
    let words = if steps.is_empty() { NOTHING_KEPT.to_owned() } else { words(past, chosen) };
    html! {
        label for="compare" { "compared with" }
        input #compare type="range" min="0" max=(steps.len().max(1)) step="1" value=(place) list="steps" autocomplete="off"
            disabled[steps.is_empty()] data-compare=(text(chosen)) data-none=(NOTHING_KEPT) aria-valuetext=(words);
        output #compared for="compare" aria-live="off" { (words) }
        noscript {
            select name="compare" aria-label="compared with" {
                @for step in std::iter::once(None).chain(steps.into_iter().map(Some)) {
                    option value=(text(step)) selected[step == chosen] { (self::words(past, step)) }
                }
            }
        }
    }
}

/// The places of the slider. They are fresh with the map, because there are more of them as time goes on.
pub(super) fn places(past: &Past, chosen: Option<Compare>) -> Markup {
    let steps = past.steps(chosen);
    html! {
        datalist #steps {
            @for (place, step) in std::iter::once(None).chain(steps.into_iter().map(Some)).enumerate() {
                option value=(place) label=(words(past, step)) data-step=(text(step)) {}
            }
        }
    }
}

const NOTHING_KEPT: &str = "nothing earlier is kept";

fn text(step: Option<Compare>) -> &'static str {
    step.map_or("", Compare::text)
}

/// `nothing`, `15 minutes earlier`.
pub(super) fn words(past: &Past, step: Option<Compare>) -> String {
    step.map_or("nothing".to_owned(), |step| format!("{} earlier", long(past.back(step))))
}

/// A whole number of the unit that fits.
fn long(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        seconds if seconds >= 86_400 && seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
        seconds if seconds >= 3_600 && seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        seconds if seconds >= 60 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_said_in_words() {
        let rows = [
            (12, "12 seconds"),
            (60, "1 minute"),
            (900, "15 minutes"),
            (3_600, "1 hour"),
            (5_400, "90 minutes"),
            (86_400, "1 day"),
            (345_600, "4 days"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(long(Duration::from_secs(seconds)), expected);
        }
    }
}
