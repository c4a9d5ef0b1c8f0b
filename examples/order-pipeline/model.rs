//! What the services tell each other: JSON, as it is on the wire.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a customer wants.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) country: String,
    pub(crate) card: Card,
    pub(crate) items: Vec<Item>,
}

/// How the customer's card behaves, so that every run has the same failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Card {
    Good,
    /// The bank does not answer the first time.
    Flaky,
    Stolen,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
    pub(crate) price_cents: u32,
}

/// An order that is paid for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) order: Order,
}

/// An order that is on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shipment {
    pub(crate) order_id: String,
}

/// Reads a file of orders, one JSON object a line.
pub(crate) fn read_orders(path: &Path, limit: Option<usize>) -> anyhow::Result<Vec<Order>> {
    let file = File::open(path).with_context(|| format!("cannot read the orders in {}", path.display()))?;
    let mut orders = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate().take(limit.unwrap_or(usize::MAX)) {
        let place = || format!("line {} of {} is not an order", number + 1, path.display());
        orders.push(serde_json::from_str(&line.with_context(place)?).with_context(place)?);
    }
    ensure!(!orders.is_empty(), "there are no orders in {}", path.display());
    Ok(orders)
}

/// Reads a message's payload.
pub(crate) fn parse<T: DeserializeOwned>(payload: &[u8]) -> anyhow::Result<T> {
    serde_json::from_slice(payload).context("a message is not what its topic says")
}
