//! The page of `tracehop view` in a real browser.
//!
//! - [`Viewer`]: the program `tracehop view` as a child process, and what its addresses answer.
//! - [`Browser`]: headless Chromium, by its `WebDriver`. [`Tab`]: what a person does with it, and what it noticed itself.
//! - [`Contrast`]: what can be told from what is behind it. [`Heard`]: what somebody hears of a page.
//!   [`Printed`]: what a page is on paper.
//! - [`Jaeger`]: a real one, and what it has.
//! - [`expect_order`]: what an exporter sent is there.
//!
//! The viewer, the browser and Jaeger end when they are dropped, with all that they started: a program that may be interrupted runs
//! [`until_interrupted`].

#![forbid(unsafe_code)]

mod accessibility;
mod browser;
mod child;
mod contrast;
mod devtools;
mod interrupted;
mod jaeger;
mod log;
mod order;
mod printed;
mod tab;
mod viewer;

pub use accessibility::Heard;
pub use browser::Browser;
pub use contrast::Contrast;
pub use interrupted::until_interrupted;
pub use jaeger::Jaeger;
pub use log::Noticed;
pub use order::{EXPORTING, expect_order};
pub use printed::{Paper, Printed, PrintedLink, Sheet};
pub use tab::Tab;
pub use viewer::{Viewer, program};
