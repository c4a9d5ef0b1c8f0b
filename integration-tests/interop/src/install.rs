//! What the peers need, installed once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use crate::command::output;
use crate::language::Language;

/// For each command. On a slow connection the packages of a language take minutes.
const DEADLINE: Duration = Duration::from_secs(600);

/// Holds the pinned files that the installation was made of.
const STAMP: &str = "installed";

/// Where a language's peers were installed.
///
/// # Errors
///
/// A command of the language fails. The message has what it printed.
pub(crate) async fn install(language: Language) -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = here.join(language.folder());
    let root = here.ancestors().nth(2).context("the package is not in its workspace")?;
    let folder = root.join("target/interop").join(language.folder());
    let pinned = copied(&sources, &folder, language)
        .with_context(|| format!("{} cannot be copied to {}", sources.display(), folder.display()))?;
    let stamp = folder.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(folder);
    }
    println!("installing what the peers in {} need", language.name());
    // An installation that breaks off is not taken for a whole one.
    let _ = fs::remove_file(&stamp);
    for mut command in language.installers() {
        output(command.current_dir(&folder), DEADLINE).await?;
    }
    fs::write(&stamp, pinned)?;
    Ok(folder)
}

/// Copies the sources, and returns all that the installation depends on.
fn copied(sources: &Path, folder: &Path, language: Language) -> io::Result<Vec<u8>> {
    let mut pinned = Vec::new();
    for file in files(sources)? {
        let to = folder.join(file.strip_prefix(sources).unwrap_or(&file));
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        fs::copy(&file, to)?;
        let is_pinned = match language {
            Language::Python | Language::Node => {
                file.extension().is_some_and(|kind| kind == "txt" || kind == "json")
            }
            // Its sources are compiled.
            Language::Java => true,
        };
        if is_pinned {
            pinned.extend(fs::read(&file)?);
        }
    }
    Ok(pinned)
}

/// All files below a folder, in an order that is always the same.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else {
            found.push(entry);
        }
    }
    Ok(found)
}
