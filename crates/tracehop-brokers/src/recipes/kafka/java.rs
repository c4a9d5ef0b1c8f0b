//! A Java that Kafka runs on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::timeout;

use crate::process;

/// Kafka 4's broker needs it.
const OLDEST: u32 = 17;

const HELP: &str = "`apt-get install default-jre-headless`, or set JAVA_HOME, or set TRACEHOP_KAFKA_BROKERS";

/// Finds one: in `JAVA_HOME`, or on the path.
pub(super) async fn find() -> anyhow::Result<PathBuf> {
    let home = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let java = home.filter(|java| java.is_file()).or_else(|| process::find("TRACEHOP_JAVA", "java", &[]));
    let Some(java) = java else { bail!("there is no Java: {HELP}") };
    let mut command = Command::new(&java);
    command.arg("-version").kill_on_drop(true);
    let output = timeout(Duration::from_secs(20), command.output())
        .await
        .ok()
        .and_then(Result::ok)
        .with_context(|| format!("{} does not run: {HELP}", java.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    match major(&said) {
        Some(major) if major >= OLDEST => Ok(java),
        _ => {
            let first = said.lines().next().unwrap_or_default();
            bail!("{} says {first:?}, and Kafka needs Java {OLDEST} or newer: {HELP}", java.display())
        }
    }
}

/// Reads `openjdk version "17.0.15" 2025-04-15`. Before 9 it was `"1.8.0_402"`, which is old enough as 1.
fn major(said: &str) -> Option<u32> {
    let version = said.split('"').nth(1)?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_comes_first() {
        for (said, expected) in [
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime", Some(17)),
            ("openjdk version \"25-ea\" 2025-09-16", Some(25)),
            ("java version \"1.8.0_402\"", Some(1)),
            ("command not found", None),
        ] {
            assert_eq!(major(said), expected, "{said}");
        }
    }
}
