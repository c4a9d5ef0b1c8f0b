//! Allocations in Rust for each message, counted by a worker whose allocator counts, beyond the bare client's.

use serde::Serialize;

use super::cell::{Broker, Cell, Direction, Pipeline, Style};
use super::stage::Stage;
use crate::servers::Size;

/// What each style allocates for a message.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Allocations(pub(crate) Vec<Counted>);

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) broker: Broker,
    pub(crate) direction: Direction,
    pub(crate) bare: f64,
    /// Beyond those of the bare client.
    pub(crate) header: f64,
    pub(crate) by_hand: f64,
    pub(crate) tracing: f64,
    pub(crate) ours: f64,
}

impl Allocations {
    /// Counts with a stage whose workers count. Spans end in a processor that drops them.
    pub(crate) fn take(
        stage: &Stage,
        brokers: &[Broker],
        messages: u32,
        mut tell: impl FnMut(&str),
    ) -> anyhow::Result<Self> {
        let mut counted = Vec::new();
        for broker in brokers {
            for direction in [Direction::Send, Direction::Receive] {
                let cell =
                    Cell { broker: *broker, direction, pipeline: Pipeline::Discarded, size: Size::Small };
                tell(&cell.name());
                let count = |style| {
                    let mut worker = stage.worker(cell, style)?;
                    // Lists have grown and names are known after the first.
                    worker.slice(messages)?;
                    let took = worker.slice(messages)?;
                    anyhow::Ok(took.allocations / took.messages)
                };
                let bare = count(Style::Bare)?;
                counted.push(Counted {
                    broker: *broker,
                    direction,
                    bare,
                    header: count(Style::Header)? - bare,
                    by_hand: count(Style::ByHand)? - bare,
                    tracing: count(Style::Tracing)? - bare,
                    ours: count(Style::Ours)? - bare,
                });
            }
        }
        Ok(Self(counted))
    }

    /// Of a send and a receive together.
    pub(crate) fn hop(&self, broker: Broker, style: Style) -> Option<f64> {
        let mut both = self.0.iter().filter(|counted| counted.broker == broker).map(|counted| match style {
            Style::Bare => counted.bare,
            Style::Header => counted.header,
            Style::ByHand => counted.by_hand,
            Style::Tracing => counted.tracing,
            // Spans are dropped where they end, so there is nothing of a processor or an exporter to count.
            Style::Ours | Style::Whole => counted.ours,
        });
        Some(both.next()? + both.next()?)
    }
}
