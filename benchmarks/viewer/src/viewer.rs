//! The viewer that is measured.

use anyhow::Context;
use browser::Viewer;

use crate::core_of;
use crate::process::Process;

/// Starts a viewer that has a core for itself.
pub(crate) async fn start(arguments: &[&str]) -> anyhow::Result<(Viewer, Process)> {
    let viewer = Viewer::start(arguments).await?;
    let id = viewer.id().context("the viewer has ended")?;
    core_of::viewer(id)?;
    Ok((viewer, Process::new(id)))
}

/// A number that the viewer counts.
pub(crate) async fn count(viewer: &Viewer, name: &str) -> anyhow::Result<u64> {
    let counts = viewer.get("/api/v1/counts").await?;
    let count = counts.get(name).and_then(serde_json::Value::as_u64);
    count.with_context(|| format!("the viewer counts no {name}: {counts}"))
}

/// Waits until as many spans were looked at, whether they were kept or dropped: until the queue is empty.
pub(crate) async fn settled(viewer: &Viewer, spans: u64) -> anyhow::Result<()> {
    let seen =
        |counts: &serde_json::Value| counts.get("received_spans")?.as_u64().filter(|seen| *seen >= spans);
    viewer.wait_for("/api/v1/counts", seen).await.map(|_| ())
}
