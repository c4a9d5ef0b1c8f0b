//! Where a broker that runs as processes has its files and ports.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::ports;

/// The same when it is started again.
#[derive(Debug)]
pub(crate) struct Home {
    /// Removed on drop.
    directory: TempDir,
    /// As many as any broker needs. The first is that of its clients.
    pub(super) ports: [u16; 3],
}

impl Home {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("tracehop-broker-").tempdir()?;
        Ok(Self { directory, ports: [ports::free()?, ports::free()?, ports::free()?] })
    }

    pub(crate) fn port(&self) -> u16 {
        let [port, ..] = self.ports;
        port
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}
