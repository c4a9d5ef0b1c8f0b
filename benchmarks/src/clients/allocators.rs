//! What an allocator gives: the same cells in programs that differ in Rust's allocator alone, each beside its own bare client.

use serde::Serialize;

use super::cell::{Broker, Cell, Direction, Pipeline, Style};
use super::measure::{Budget, measure_styles};
use super::outcome::Outcome;
use super::stage::Stage;
use crate::servers::Size;

/// What `--only` finds it by.
pub(crate) const ALLOCATORS: &str = "what an allocator gives";

/// What is compared: the bare client is the first and the last of a round.
const TURNS: [Style; 5] = [Style::Bare, Style::ByHand, Style::Ours, Style::Whole, Style::Bare];

/// A cell with an allocator.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WithAllocator {
    pub(crate) allocator: String,
    pub(crate) outcome: Outcome,
}

impl WithAllocator {
    /// All cells with the system's allocator and with each of these programs', which are pairs of a name and a path. They share the
    /// time.
    pub(crate) fn measure(
        stage: &Stage,
        programs: &[(&str, &str)],
        budget: Budget,
        mut tell: impl FnMut(&str),
    ) -> anyhow::Result<Vec<Self>> {
        let mut measured = Vec::new();
        let all = [("the system's", stage.program())].into_iter().chain(programs.iter().copied());
        let directions = [Direction::Send, Direction::Receive];
        let each = budget.time / u32::try_from(directions.len() * (programs.len() + 1))?;
        for direction in directions {
            for (allocator, program) in all.clone() {
                let (broker, pipeline, size) = (Broker::Kafka, Pipeline::Otlp, Size::Small);
                let cell = Cell { broker, direction, pipeline, size };
                tell(&format!("{ALLOCATORS}: {}, {allocator}", cell.name()));
                let budget = Budget { time: each, ..budget };
                let outcome = measure_styles(stage, program, &TURNS, cell, budget)?;
                measured.push(Self { allocator: allocator.to_owned(), outcome });
            }
        }
        Ok(measured)
    }

    /// As the table names it.
    pub(super) fn name(&self) -> String {
        let Cell { broker, direction, .. } = self.outcome.cell;
        format!("{} {}, {}", broker.name(), direction.name(), self.allocator)
    }
}
