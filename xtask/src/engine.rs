//! The Docker engine, through its command.

use std::process::Command;
use std::time::Duration;

use crate::program;

/// An engine that works answers in milliseconds.
const ANSWER: Duration = Duration::from_secs(10);

/// The largest image has half a gigabyte.
const PULL: Duration = Duration::from_secs(600);

/// Whether an engine answers. Without Docker's command there is none to make images with.
pub(crate) fn answers() -> bool {
    docker(&["version", "--format", "{{.Server.Version}}"]).is_ok()
}

/// Whether the image is on this machine.
pub(crate) fn has(image: &str) -> bool {
    docker(&["image", "inspect", "--format", "{{.Id}}", image]).is_ok()
}

/// Fetches an image from where its name says.
pub(crate) fn pull(image: &str) -> anyhow::Result<()> {
    println!("pulling {image}");
    program::output(Command::new("docker").args(["pull", "--quiet", image]), PULL).map(drop)
}

fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    program::output(Command::new("docker").args(arguments), ANSWER)
}
