//! `cargo xtask check`: all that must hold before a test runs.

use crate::workspace::cargo;
use crate::{deny, features, msrv, platforms};

/// Formatting, lints, documentation; each feature alone; the oldest compiler; other systems; licences and advisories.
pub(crate) fn run() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(
        &["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"],
        &[],
    )?;
    cargo(
        &["doc", "--workspace", "--all-features", "--no-deps", "--locked"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    features::run()?;
    msrv::run()?;
    platforms::run()?;
    deny::run()
}
