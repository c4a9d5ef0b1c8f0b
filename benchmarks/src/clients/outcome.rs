//! What was found out in one cell.

use serde::Serialize;

use super::cell::{Cell, Style};
use super::estimate::Estimate;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) cell: Cell,
    pub(crate) messages_a_slice: u32,
    /// Microseconds of CPU for each message of the bare client, and its messages a second.
    pub(crate) bare_cpu: Estimate,
    pub(crate) bare_rate: Estimate,
    /// A second process of the bare client beside the first, in the same rounds: microseconds more, which should be none, and its
    /// throughput as a part, which should be one.
    pub(crate) itself_cpu: Estimate,
    pub(crate) itself_rate: Estimate,
    pub(crate) styles: Vec<StyleOutcome>,
}

/// What a style costs beyond the bare client.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StyleOutcome {
    pub(crate) style: Style,
    /// Microseconds of CPU for each message, all threads and the exporter's work included.
    pub(crate) cpu: Estimate,
    /// Throughput, as a part of the bare client's.
    pub(crate) rate: Estimate,
    /// Of the spans that should have been exported, this part was.
    pub(crate) exported: Option<f64>,
}

/// So much of the bare client's CPU is nothing, whoever uses it.
const NOTHING: f64 = 0.05;

impl Outcome {
    pub(crate) fn style(&self, style: Style) -> Option<&StyleOutcome> {
        self.styles.iter().find(|of| of.style == style)
    }

    /// What a style costs, and how far that may be off, if the bare client beside itself is looked at too.
    pub(crate) fn cpu(&self, style: Style) -> Option<Estimate> {
        Some(self.style(style)?.cpu.beside(self.itself_cpu))
    }

    /// The same for throughput.
    pub(crate) fn rate(&self, style: Style) -> Option<Estimate> {
        let off = Estimate { value: self.itself_rate.value - 1.0, ..self.itself_rate };
        Some(self.style(style)?.rate.beside(off))
    }

    /// A difference of so much is nothing.
    pub(crate) fn least(&self) -> f64 {
        self.bare_cpu.value * NOTHING
    }
}
