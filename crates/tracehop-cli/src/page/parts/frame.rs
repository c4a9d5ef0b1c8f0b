//! What stands around every screen.

use maud::{DOCTYPE, Markup, html};

use super::look::Look;
use crate::page::assets;

/// What stands around a screen: the head, the ways to the other screens, and the help.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) screen: Screen,
    pub(crate) look: Look,
}

/// The screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    Journeys,
    Journey,
    Map,
    Hop,
    Trouble,
    Of,
    Other,
}

impl Screen {
    fn text(self) -> &'static str {
        match self {
            Self::Journeys => "journeys",
            Self::Journey => "journey",
            Self::Map => "map",
            Self::Hop => "hop",
            Self::Trouble => "trouble",
            Self::Of => "of",
            Self::Other => "other",
        }
    }
}

const KEYS: [(&str, &str); 12] = [
    ("/", "search"),
    ("j  k", "next row, row before; on the map, node"),
    ("enter", "open, or show the span beside"),
    ("h  l", "fold, unfold"),
    ("← ↑ → ↓", "in a heat map: from cell to cell"),
    ("g", "journeys"),
    ("m", "map"),
    ("t", "trouble"),
    ("p", "pause, or go on"),
    ("d", "light or dark"),
    ("esc", "close what is shown beside, or leave the search"),
    ("?", "this help"),
];

impl Frame<'_> {
    pub(crate) fn page(&self, main: &Markup) -> Markup {
        let asset = |name: &str| assets::address(name);
        let here = |screens: &[Screen]| screens.contains(&self.screen).then_some("page");
        html! {
            (DOCTYPE)
            html lang="en" data-theme=[self.look.text()] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · tracehop" }
                    link rel="stylesheet" href=(asset("page.css"));
                    link rel="icon" type="image/svg+xml" href=(asset("icon.svg"));
                    script type="module" src=(asset("app.js")) {}
                }
                body data-screen=(self.screen.text()) {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href="/" { (mark()) "tracehop" }
                        nav aria-label="Screens" {
                            a href="/" aria-current=[here(&[Screen::Journeys, Screen::Journey, Screen::Of])] { "Journeys" }
                            a href="/map" aria-current=[here(&[Screen::Map, Screen::Hop])] { "Map" }
                            a href="/trouble" aria-current=[here(&[Screen::Trouble])] { "Trouble" }
                        }
                        span.grow {}
                        button #live type="button" hidden aria-pressed="true" title="Pause (p)" { "live" }
                        button #theme type="button" title="Light or dark (d)" { "◐" span.vh { "Light or dark" } }
                        button #help-open type="button" title="Keys (?)" { "?" span.vh { "Keys" } }
                    }
                    (hatch())
                    main #main tabindex="-1" { (main) }
                    p #told.vh role="status" aria-live="polite" {}
                    dialog #help aria-labelledby="help-title" {
                        h2 #help-title { "Keys" }
                        dl.keys {
                            @for (key, does) in KEYS {
                                dt { @for key in key.split("  ") { kbd { (key) } } }
                                dd { (does) }
                            }
                        }
                        form method="dialog" { button { "Close" } }
                    }
                }
            }
        }
    }
}

/// Three stations, and the hop between them.
fn mark() -> Markup {
    html! {
        svg viewBox="0 0 26 16" width="26" height="16" aria-hidden="true" focusable="false" {
            path d="M4 11 C7 1, 10 1, 13 11 C16 1, 19 1, 22 11" {}
            circle cx="4" cy="12" r="3" {}
            circle cx="13" cy="12" r="3" {}
            circle cx="22" cy="12" r="3" {}
        }
    }
}

/// The hatch that means waiting, for all drawings of the page.
fn hatch() -> Markup {
    html! {
        svg.defs width="0" height="0" aria-hidden="true" focusable="false" {
            defs {
                pattern #hatch width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.hatch-ground width="6" height="6" {}
                    rect.hatch-line width="2" height="6" {}
                }
            }
        }
    }
}
