//! The page of `tracehop view` in a real browser.
//!
//! - [`Viewer`]: the program `tracehop view` as a child process, and what its addresses answer.
//! - [`Browser`]: headless Chromium, by its `WebDriver`. [`Tab`]: what a person does with it, and what it noticed itself.
//!
//! Both end when they are dropped, with all that they started.

#![forbid(unsafe_code)]

mod browser;
mod child;
mod log;
mod tab;
mod viewer;

pub use browser::Browser;
pub use log::Noticed;
pub use tab::Tab;
pub use viewer::Viewer;
