//! The shop's database, in a file that several processes have open.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use rusqlite::Connection;

/// How long a process waits while another one writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the database.
pub(crate) fn create(file: &Path) -> anyhow::Result<Connection> {
    let connection = open(file)?;
    connection.execute_batch(include_str!("schema.sql"))?;
    Ok(connection)
}

/// Opens the database, which may be open elsewhere too.
pub(crate) fn open(file: &Path) -> anyhow::Result<Connection> {
    let connection =
        Connection::open(file).with_context(|| format!("cannot open the database {}", file.display()))?;
    connection.busy_timeout(PATIENCE)?;
    // Whoever reads does not keep others from writing.
    connection.pragma_update(None, "journal_mode", "wal")?;
    Ok(connection)
}

/// A time as it is in the tables: milliseconds since 1970.
pub(crate) fn millis(time: SystemTime) -> anyhow::Result<i64> {
    Ok(time.duration_since(SystemTime::UNIX_EPOCH)?.as_millis().try_into()?)
}
