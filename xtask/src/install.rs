//! Programs of this machine, where they are not there yet.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;

use crate::program;
use crate::workspace::{cargo_command, root};

/// For everything that is downloaded; on a slow connection Kafka's jars take minutes.
pub(crate) const DOWNLOAD: Duration = Duration::from_secs(900);

/// For a program that only tells its version.
pub(crate) const PROBE: Duration = Duration::from_secs(30);

const APT: &str = "/usr/bin/apt-get";

/// What was fetched for the brokers, in the target folder of the workspace.
pub(crate) fn cache() -> PathBuf {
    root().join("target/brokers")
}

/// Installs packages of the system, where that can be done.
pub(crate) fn packages(names: &[&str]) -> anyhow::Result<()> {
    ensure!(
        Path::new(APT).exists() && is_root(),
        "it needs {}, which root can install on Debian: `apt-get install {}`",
        names.join(" and "),
        names.join(" ")
    );
    println!("installing {} from the system's packages", names.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(APT);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        // A package with a service starts it, on ports that are not ours to take. systemctl obeys this one.
        command.env("SYSTEMD_OFFLINE", "1");
        program::run(command.args(arguments), DOWNLOAD)
    };
    apt(&["update", "-qq"])?;
    let options = ["install", "-qq", "--yes", "--no-install-recommends"];
    apt(&[&options, names].concat())
}

/// Whether this process may install packages and make root file systems.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A tool of cargo's: the installed one, or one of this version that is installed now, for this workspace only.
pub(crate) fn cargo_tool(name: &str, version: &str) -> anyhow::Result<PathBuf> {
    if let Some(program) = on_path(name) {
        return Ok(program);
    }
    let tools = root().join("target/tools");
    let program = tools.join("bin").join(name);
    if !program.exists() {
        println!("installing {name} {version}");
        let mut install = cargo_command();
        install.args(["install", "--locked", "--quiet", name, "--version", version, "--root"]);
        ensure!(install.arg(&tools).status()?.success(), "{name} cannot be installed");
    }
    Ok(program)
}
