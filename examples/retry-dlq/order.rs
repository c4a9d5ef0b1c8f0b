//! What a customer wants.

use serde::Deserialize;

/// The orders of a run, as they are on the wire: one for each way that an order may take.
pub(crate) const ALL: [&str; 4] = [
    r#"{"id": "ord_overdrawn", "card": "overdrawn"}"#,
    r#"{"id": "ord_stolen", "card": "stolen"}"#,
    "two apples and a pear, please",
    r#"{"id": "ord_expired", "card": "expired"}"#,
];

/// What these are, for the report.
pub(crate) const STORIES: [&str; 4] = [
    "Paid at the third try",
    "Given up: a dead letter that nobody could help with",
    "Parked: it is no order, and would be none at the next try",
    "Given up, replayed from the dead letters, and paid",
];

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) card: Card,
}

/// How the customer's card behaves, so that every run has the same failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Card {
    /// Declined for a while: twice.
    Overdrawn,
    /// Declined for ever.
    Stolen,
    /// Declined until support has renewed it.
    Expired,
}
