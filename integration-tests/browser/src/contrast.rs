//! Whether what a page shows can be told from what is behind it.

use anyhow::Context;

use crate::tab::Tab;

/// Finds what is too faint. See there what is looked at.
const SCRIPT: &str = include_str!("scripts/contrast.js");

/// What was looked at, and what of it is too faint.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Contrast {
    /// How many texts.
    pub texts: usize,
    /// How many bars, lines and marks.
    pub parts: usize,
    /// How many places where the focus can be.
    pub rings: usize,
    /// What is below what WCAG 2 asks for at level AA: what it is, its colour, and what is behind it.
    pub faint: Vec<String>,
}

impl Tab {
    /// Compares all that is shown with what is behind it, by WCAG 2 at level AA: 4.5 for text, 3 for large text, for what a drawing
    /// says without words, and for the ring of the focus.
    ///
    /// # Errors
    ///
    /// The page cannot be read.
    pub async fn contrast(&self) -> anyhow::Result<Contrast> {
        // A ring is drawn for those who use keys. This one does nothing.
        self.press("\u{e008}").await?;
        let found = self.script(SCRIPT).await?;
        serde_json::from_value(found).context("the script says something else")
    }
}
