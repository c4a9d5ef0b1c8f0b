//! One row, tried.

use std::path::Path;
use std::time::Duration;

use browser::{EXPORTING, Viewer, expect_order};
use tokio::time::timeout;

use super::row::Row;
use crate::missing::Missing;
use crate::peer::Peer;

/// Java's agent starts within ten seconds on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// What became of a row.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The spans are as they were made.
    Ok,
    /// They are not, or could not be sent.
    Failed(String),
    /// There is nothing that could send.
    NotRun(Missing),
}

/// Sends spans to a viewer of its own by the program in `folder`, and looks at them.
pub(crate) async fn run(row: &Row, folder: &Path) -> Outcome {
    match try_it(row, folder).await {
        Ok(()) => Outcome::Ok,
        Err(error) => Outcome::Failed(format!("{error:#}")),
    }
}

async fn try_it(row: &Row, folder: &Path) -> anyhow::Result<()> {
    let viewer = Viewer::start(&[]).await?;
    let mut command = row.language.command(folder, "export");
    // Of OpenTelemetry's variables it has those of this run and no others.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    let endpoint = if row.protocol == "grpc" { viewer.grpc() } else { viewer.http() };
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("OTEL_EXPORTER_OTLP_PROTOCOL", row.protocol);
    command.env("OTEL_SERVICE_NAME", EXPORTING);
    // Python's exporter for gRPC takes no "none".
    if row.compression != "none" {
        command.env("OTEL_EXPORTER_OTLP_COMPRESSION", row.compression);
    }
    command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
    // The viewer is on this machine.
    for variable in ["NO_PROXY", "no_proxy"] {
        command.env(variable, "127.0.0.1,localhost");
    }
    let mut peer = Peer::start(command.arg(row.protocol))?;
    let Ok(ended) = timeout(DEADLINE, peer.ended()).await else {
        anyhow::bail!("it takes longer than {DEADLINE:?}{}", peer.last_words());
    };
    ended?;
    expect_order(&viewer).await
}
