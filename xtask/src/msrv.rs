//! The oldest compilers that the published crates say they need.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::ensure;

use crate::install::PROBE;
use crate::libraries::Library;
use crate::workspace::root;
use crate::{loud, program};

/// Checks each published crate with the compiler of its `rust-version`, if that one is installed.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut by_version = BTreeMap::<String, Vec<String>>::new();
    for library in Library::all()? {
        if let Some(version) = library.rust_version {
            by_version.entry(version).or_default().push(library.name);
        }
    }
    // Where there is no rustup there is one compiler.
    let installed =
        program::output(Command::new("rustup").args(["toolchain", "list"]), PROBE).unwrap_or_default();
    for (version, libraries) in by_version {
        match find(&installed, &version) {
            Some(toolchain) => check(toolchain, &libraries)?,
            None => loud::say(&[
                format!("NOT CHECKED WITH RUST {version}, which is not installed:"),
                format!("{}.", libraries.join(", ")),
                format!("To check it: rustup toolchain install {version} --profile minimal"),
            ]),
        }
    }
    Ok(())
}

/// The toolchain of a version such as "1.88": its name is that, or goes on with `.0` or with the platform.
fn find<'l>(installed: &'l str, version: &str) -> Option<&'l str> {
    let names = installed.lines().filter_map(|line| line.split_whitespace().next());
    names.into_iter().find(|name| {
        name.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    })
}

fn check(toolchain: &str, libraries: &[String]) -> anyhow::Result<()> {
    println!("cargo +{toolchain} check: {}", libraries.join(", "));
    let mut command = Command::new("rustup");
    // The variables of the cargo that runs this would choose its own compiler.
    command.current_dir(root()).env_remove("CARGO").env_remove("RUSTC");
    command.args(["run", toolchain, "cargo", "check", "--quiet", "--all-features", "--locked"]);
    command.args(libraries.iter().flat_map(|library| ["--package", library]));
    ensure!(command.status()?.success(), "{} need a newer compiler than {toolchain}", libraries.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_is_found_by_its_version() {
        let installed = "stable-x (active, default)\n1.88.0-x\n1.8-x\n1.90\n";
        for (version, expected) in
            [("1.88", Some("1.88.0-x")), ("1.8", Some("1.8-x")), ("1.90", Some("1.90")), ("1.89", None)]
        {
            assert_eq!(find(installed, version), expected, "{version}");
        }
    }
}
