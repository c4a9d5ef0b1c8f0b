//! One row, tried.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::Command;
use tokio::time::timeout;
use tracehop_testing::OtlpRecorder;

use crate::journey::Journey;
use crate::ours::{Application, Half, address};
use crate::peer::Peer;
use crate::row::{Direction, Row};
use crate::seen::Seen;

/// For the whole row. Java's agent starts within ten seconds on a slow machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Makes one hop, with the peer that was installed in `folder`. The number tells its message from those of other rows.
///
/// # Errors
///
/// The hop could not be made within a minute, or it cannot be told what came of it. The message has the spans that arrived, and what
/// the peer printed last.
pub(crate) async fn run(row: &Row, number: usize, folder: &Path) -> anyhow::Result<Seen> {
    let recorder = OtlpRecorder::start().await?;
    let app = Application::start(&recorder)?;
    let destination = format!("interop-{}-{number}", std::process::id());
    let journey = Journey::new(number);
    let mut command = command(row, folder, &recorder);
    command.args([row.library.client(), row.shape, &address(row.library.broker())?, &destination]);
    command.envs(journey.variables());
    let mut peer = None;
    let hop = async {
        let mut half = Half::open(&app, row, &destination).await?;
        let peer = peer.insert(Peer::start(&mut command)?);
        match row.direction {
            Direction::FromPeer => {
                let (headers, sent) = tokio::join!(half.handle_one(&app), peer.ended());
                sent?;
                headers
            }
            Direction::ToPeer => {
                peer.ready().await?;
                let (sent, handled) = tokio::join!(half.send(&app, journey), peer.ended());
                let mut handled = handled?;
                sent?;
                ensure!(handled.len() == 1, "the peer handled {} messages", handled.len());
                handled.pop().context("the peer handled no message")
            }
        }
    };
    let headers = match timeout(DEADLINE, hop).await {
        Ok(Ok(headers)) => headers,
        failed => {
            let why = match failed {
                Ok(failed) => failed.err().map(|error| format!("{error:#}")).unwrap_or_default(),
                Err(_) => format!("it takes longer than {DEADLINE:?}"),
            };
            let words = peer.as_mut().map(Peer::last_words).unwrap_or_default();
            anyhow::bail!("{why}{words}\n{}", recorder.tree());
        }
    };
    app.end().await?;
    let seen = Seen::of(&recorder.finished(), row.services(), journey, &headers, row.library.has_repeats());
    let seen = seen.with_context(|| format!("headers {headers:?}\n{}", recorder.tree()));
    if seen.as_ref().is_ok_and(|seen| *seen != row.expected) {
        eprintln!("{}: headers {headers:?}\n{}", row.name(), recorder.tree());
    }
    seen
}

/// The peer's program. Of OpenTelemetry's variables it has those of this run and no others.
fn command(row: &Row, folder: &Path, recorder: &OtlpRecorder) -> Command {
    let mut command = row.library.language().command(folder, "peer");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.envs(recorder.variables()).env("OTEL_SERVICE_NAME", Row::PEER);
    // Only spans are looked at.
    command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
    // The recorder is on this machine.
    for variable in ["NO_PROXY", "no_proxy"] {
        command.env(variable, "127.0.0.1,localhost");
    }
    if let Some(setting) = &row.setting {
        command.env(setting.variable.0, setting.variable.1);
    }
    command
}
