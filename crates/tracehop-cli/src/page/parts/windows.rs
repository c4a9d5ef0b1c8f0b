//! The choice of a window.

use maud::{Markup, html};

use crate::api::Window;

pub(crate) fn window_select(chosen: Window) -> Markup {
    html! {
        label.vh for="window" { "Time" }
        select #window name="window" data-submit {
            @for window in Window::EACH {
                option value=(window.text()) selected[window == chosen] { (window.label()) }
            }
        }
    }
}
