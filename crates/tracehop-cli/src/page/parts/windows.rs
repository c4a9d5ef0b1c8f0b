//! The choice of a window.

use maud::{Markup, html};

use crate::api::{Address, Window};

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

/// The same as addresses. A form alters what it passes on: browsers drop or replace some characters of its fields, and names have any.
pub(crate) fn window_links(chosen: Window, address: impl Fn(Window) -> Address) -> Markup {
    html! {
        nav.windows aria-label="Time" {
            @for window in Window::EACH {
                a href=(address(window)) aria-current=[(window == chosen).then_some("true")] { (window.label()) }
            }
        }
    }
}
