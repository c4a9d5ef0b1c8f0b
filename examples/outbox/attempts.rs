//! How often the message of an order was sent, as the database says.

use std::collections::BTreeMap;

use rusqlite::Connection;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// How often a relay was about to send it.
    pub(crate) begun: u32,
    /// How often the broker said that it has it. A relay that is killed while it waits for the answer does not know: then it came
    /// at least so often, and at most as often as an attempt was begun.
    pub(crate) answered: u32,
}

impl Attempts {
    /// Those of each order.
    pub(crate) fn of_orders(database: &Connection) -> anyhow::Result<BTreeMap<String, Self>> {
        let mut statement = database.prepare(
            "SELECT key, COUNT(*), SUM(answered) FROM outbox JOIN attempts ON outbox_id = outbox.id GROUP BY key",
        )?;
        let attempts = statement.query_map((), |row| {
            let (key, begun, answered) = row.try_into()?;
            Ok((key, Self { begun, answered }))
        })?;
        Ok(attempts.collect::<Result<_, _>>()?)
    }
}
