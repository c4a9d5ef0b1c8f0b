//! cargo-deny: licences, sources and known faults of everything that the workspace is built of. `deny.toml` says what may be.

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::install::cargo_tool;
use crate::loud;
use crate::workspace::root;

/// Installed when there is none; what its file means may change with its version.
const VERSION: &str = "0.20.2";

/// Set to `required`, advisories that cannot be checked are a failure.
const ADVISORIES: &str = "TRACEHOP_ADVISORIES";

/// What cargo-deny says where its database cannot be had.
const NO_DATABASE: [&str; 2] = ["failed to fetch advisory database", "failed to load advisory database"];

/// Checks licences, bans and sources; and advisories, where their database can be fetched.
pub(crate) fn run() -> anyhow::Result<()> {
    let program = cargo_tool("cargo-deny", VERSION)?;
    let deny = |checks: &[&str]| {
        let mut command = Command::new(&program);
        println!("cargo deny check {}", checks.join(" "));
        command.current_dir(root()).args(["--workspace", "--all-features", "--locked", "check"]).args(checks);
        command
    };
    let status = deny(&["--hide-inclusion-graph", "licenses", "bans", "sources"]).status()?;
    ensure!(status.success(), "cargo deny refuses a licence, a crate or a source");

    // The database is a repository of its own, which not every machine can reach.
    let output =
        deny(&["advisories"]).stdout(Stdio::inherit()).output().context("cargo-deny cannot be started")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        eprint!("{said}");
        return Ok(());
    }
    let is_unreachable = NO_DATABASE.iter().any(|text| said.contains(text));
    ensure!(is_unreachable, "cargo deny knows of faults:\n{said}");
    let is_required = std::env::var(ADVISORIES).is_ok_and(|value| value == "required");
    ensure!(!is_required, "{ADVISORIES}=required, and the database of advisories cannot be fetched:\n{said}");
    eprintln!("{said}");
    loud::say(&[
        "The database of advisories cannot be fetched from this machine:".to_owned(),
        "ADVISORIES WERE NOT CHECKED. Licences, bans and sources were.".to_owned(),
        format!("With {ADVISORIES}=required this is a failure."),
    ]);
    Ok(())
}
