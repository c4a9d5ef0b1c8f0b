//! Which half of a hop.

use crate::mode::Mode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Send,
    Receive,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::Send, Self::Receive];
}

/// What a row of the table is called, and a line of the counting program.
pub(crate) fn row_name(direction: Direction, mode: Mode) -> String {
    let direction = match direction {
        Direction::Send => "Kafka send",
        Direction::Receive => "Kafka receive + process",
    };
    format!("{direction}, {}", mode.name())
}
