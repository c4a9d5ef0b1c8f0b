//! Where the brokers' programs are.

use std::path::{Path, PathBuf};

/// What `cargo xtask test` put by, in the workspace's target folder.
pub(crate) fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/brokers")
}

/// Finds a program: by its variable, at its usual places, in the workspace's cache, or on the path.
pub(crate) fn find(variable: &str, name: &str, places: &[&str]) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    places.iter().map(PathBuf::from).chain([cache().join(name)]).chain(on_path).find(|path| path.is_file())
}
