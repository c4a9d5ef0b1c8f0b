//! Small curves.

use maud::{Markup, html};

use crate::api::real;

/// A small curve of values over time, with the last one at the right. It is a picture of numbers that stand beside it.
pub(crate) fn spark(values: &[f64]) -> Markup {
    let most = values.iter().copied().fold(0.0_f64, f64::max);
    let step = 120.0 / real(values.len().max(1));
    let height = |value: f64| {
        if most > 0.0 { (value / most * 22.0).max(if value > 0.0 { 1.5 } else { 0.0 }) } else { 0.0 }
    };
    html! {
        svg.spark viewBox="0 0 120 24" width="120" height="24" aria-hidden="true" focusable="false" {
            line x1="0" y1="23.5" x2="120" y2="23.5" {}
            @for (place, value) in values.iter().enumerate() {
                @let tall = height(*value);
                @if tall > 0.0 {
                    rect x=(format!("{:.1}", real(place) * step)) y=(format!("{:.1}", 23.0 - tall))
                        width=(format!("{:.1}", (step - 1.0).max(1.0))) height=(format!("{tall:.1}")) {}
                }
            }
        }
    }
}
