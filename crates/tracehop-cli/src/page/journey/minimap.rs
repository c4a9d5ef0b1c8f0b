//! The whole journey in small.

use maud::{Markup, html};
use tracehop_journey::{JourneyRow, RowKind};

use super::parts::Opened;
use super::tree::Part;
use crate::api::{nanos, real};
use crate::page::parts::{Bar, service_class};

/// How many rows the minimap draws, at most. Of more, it draws some.
const ROWS: usize = 240;

/// The whole journey in small. What a pointer marks on it is drawn large below.
pub(super) fn minimap(opened: &Opened, part: &Part) -> Markup {
    let whole = opened.whole();
    let step = opened.rows.len().div_ceil(ROWS).max(1);
    let drawn: Vec<&JourneyRow> = opened.rows.iter().step_by(step).collect();
    let tall = (44.0 / real(drawn.len().max(1))).clamp(0.18, 4.0);
    let zoom = part.zoom;
    html! {
        div.minimap {
            span.lab { "whole journey" }
            svg #minimap width="100%" height="46" preserveAspectRatio="none" data-whole=(nanos(whole)) role="img" focusable="false"
                aria-label="The whole journey in small. Drag over it to look closer." {
                @for (place, row) in drawn.iter().enumerate() {
                    @let (x, width) = Bar { start: row.start, took: row.took }.place(whole);
                    @let class = if row.kind == RowKind::Wait { "wait-flat" } else { service_class(&row.service) };
                    rect class=(class) x={ (x) "%" } width={ (width) "%" }
                        y=(format!("{:.2}", 1.0 + real(place) * tall)) height=(format!("{:.2}", (tall * 0.8).max(0.6))) {}
                }
                @if !zoom.is_whole(whole) {
                    @let (x, width) = Bar { start: zoom.from, took: zoom.length() }.place(whole);
                    rect.view x={ (x) "%" } width={ (width) "%" } height="100%" {}
                }
                rect #drag.view x="0" width="0" height="100%" {}
            }
            span.took {
                @if !zoom.is_whole(whole) { a href={ "/journeys/" (opened.id) } { "whole" } }
            }
        }
    }
}
