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

/// How many spans were dropped, for whatever reason.
pub(crate) async fn dropped(viewer: &Viewer) -> anyhow::Result<u64> {
    let counts = viewer.get("/api/v1/counts").await?;
    let dropped = counts.get("dropped").and_then(serde_json::Value::as_object);
    let dropped = dropped.with_context(|| format!("the viewer does not count what it drops: {counts}"))?;
    Ok(dropped.values().filter_map(serde_json::Value::as_u64).sum())
}

/// Waits until as many spans were looked at, whether they were kept or dropped: until the queue is empty.
pub(crate) async fn settled(viewer: &Viewer, spans: u64) -> anyhow::Result<()> {
    let seen = |counts: &serde_json::Value| counts.get("taken_in")?.as_u64().filter(|seen| *seen >= spans);
    viewer.wait_for("/api/v1/counts", seen).await.map(|_| ())
}
