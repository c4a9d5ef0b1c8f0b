//! A real Jaeger.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use tempfile::NamedTempFile;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::child::Child;

/// What it says when all of its parts have started.
const READY: &str = "Everything is ready";

/// A trace that was sent can be asked for by then.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often to ask.
const LOOK: Duration = Duration::from_millis(50);

/// Jaeger as a child process, on ports that are free. It keeps traces in memory only.
#[derive(Debug)]
pub struct Jaeger {
    child: Child,
    query: String,
    otlp: String,
    /// It is read at the start only, and deleted at the end.
    _config: NamedTempFile,
}

impl Jaeger {
    /// Starts it, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// It does not start. The message has its last lines.
    pub async fn start(program: &Path) -> anyhow::Result<Self> {
        let [query, query_grpc, otlp] = free_ports()?;
        let config = NamedTempFile::with_suffix(".yaml")?;
        std::fs::write(&config, yaml(query, query_grpc, otlp))?;
        let mut command = Command::new(program);
        command.arg("--config").arg(config.path());
        let mut child = Child::start("jaeger", &mut command)?;
        child.said(|line| line.contains(READY).then_some(())).await?;
        let url = |port| format!("http://127.0.0.1:{port}");
        Ok(Self { child, query: url(query), otlp: url(otlp), _config: config })
    }

    /// Where it is asked, such as `http://127.0.0.1:16686`.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Where OTLP over HTTP goes, without the path.
    #[must_use]
    pub fn otlp(&self) -> &str {
        &self.otlp
    }

    /// Waits until it has a trace.
    ///
    /// # Errors
    ///
    /// It does not have it within a minute. The message has its last lines.
    pub async fn until_it_has(&self, trace: &str) -> anyhow::Result<()> {
        let url = format!("{}/api/v3/traces/{trace}", self.query);
        let until = Instant::now() + DEADLINE;
        loop {
            let asked = url.clone();
            let answer = tokio::task::spawn_blocking(move || ureq::get(&asked).call().map(drop)).await?;
            let Err(error) = answer else { return Ok(()) };
            let late = || format!("{url} answers {error}; it printed last:\n{}", self.child.last_words());
            ensure!(Instant::now() < until, late());
            sleep(LOOK).await;
        }
    }
}

/// Ports that nobody has now.
fn free_ports() -> anyhow::Result<[u16; 3]> {
    // All are open before the first is closed, so that none comes twice.
    let open = [0; 3].map(|_| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [0; 3];
    for (port, open) in ports.iter_mut().zip(open) {
        *port = open.and_then(|open| open.local_addr()).context("no port is free")?.port();
    }
    Ok(ports)
}

fn yaml(query: u16, query_grpc: u16, otlp: u16) -> String {
    format!(
        "
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [jaeger_storage_exporter]
  telemetry:
    metrics:
      level: none
    logs:
      output_paths: [stdout]
extensions:
  jaeger_storage:
    backends:
      memory:
        memory:
          max_traces: 10000
  jaeger_query:
    storage:
      traces: memory
    http:
      endpoint: 127.0.0.1:{query}
    grpc:
      endpoint: 127.0.0.1:{query_grpc}
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:{otlp}
exporters:
  jaeger_storage_exporter:
    trace_storage: memory
"
    )
}
