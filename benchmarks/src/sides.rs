//! The ways of doing the same work that are compared.

use serde::Serialize;

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The least that any way of doing it must do.
    Floor,
    /// OpenTelemetry's own, or what people write by hand.
    ByHand,
    /// tracehop.
    Ours,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::Floor, Self::ByHand, Self::Ours];
}

/// One value for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Sides {
    pub(crate) floor: Option<f64>,
    pub(crate) by_hand: Option<f64>,
    pub(crate) ours: Option<f64>,
}

impl Sides {
    pub(crate) fn collect(of: impl Fn(Side) -> Option<f64>) -> Self {
        Self { floor: of(Side::Floor), by_hand: of(Side::ByHand), ours: of(Side::Ours) }
    }

    pub(crate) fn set(&mut self, side: Side, value: f64) {
        let slot = match side {
            Side::Floor => &mut self.floor,
            Side::ByHand => &mut self.by_hand,
            Side::Ours => &mut self.ours,
        };
        *slot = Some(value);
    }
}
