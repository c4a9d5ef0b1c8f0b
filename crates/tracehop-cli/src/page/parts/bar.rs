//! Bars to scale.

use std::time::Duration;

use maud::{Markup, html};

/// A stretch of time in a drawing that is 100 % wide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bar {
    /// Where it begins, from the begin of the drawing.
    pub(crate) start: Duration,
    pub(crate) took: Duration,
}

impl Bar {
    /// A rectangle. It is never too narrow to be seen.
    pub(crate) fn rect(self, whole: Duration, class: &str) -> Markup {
        let (x, width) = self.place(whole);
        html! { rect class=(class) x={ (x) "%" } width={ (width) "%" } height="100%" {} }
    }

    /// Where it begins and how wide it is, in per cent.
    pub(crate) fn place(self, whole: Duration) -> (String, String) {
        let (start, end) = (percent(self.start, whole), percent(self.start.saturating_add(self.took), whole));
        let start = start.min(99.7);
        (number(start), number((end - start).max(0.3)))
    }
}

/// How much of the whole it is: 0 to 100.
pub(crate) fn percent(part: Duration, whole: Duration) -> f64 {
    if whole.is_zero() {
        return 0.0;
    }
    (part.as_secs_f64() * 100.0 / whole.as_secs_f64()).clamp(0.0, 100.0)
}

/// At most two decimals.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_the_drawing_and_can_be_seen() {
        let rows = [
            (0, 50, 100, ("0", "50")),
            (25, 10, 100, ("25", "10")),
            (50, 0, 100, ("50", "0.3")),
            (100, 0, 100, ("99.7", "0.3")),
            (0, 500, 100, ("0", "100")),
            (3, 5, 0, ("0", "0.3")),
        ];
        for (start, took, whole, expected) in rows {
            let millis = Duration::from_millis;
            let (x, width) = Bar { start: millis(start), took: millis(took) }.place(millis(whole));
            assert_eq!((x.as_str(), width.as_str()), expected);
        }
    }
}
