//! Where the brokers' programs are.

use std::path::PathBuf;

/// Finds a program: by its variable, at its usual places, in [`fetched`], or on the path.
pub(crate) fn find(variable: &str, name: &str, places: &[&str]) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    let fetched = fetched(name);
    places.iter().map(PathBuf::from).chain(fetched).chain(on_path).find(|path| path.is_file())
}

/// Something in the folder `brokers` of cargo's target folder that the running program was built into, if it is there. Not of any
/// other folder above the program: that may be somebody else's to write.
pub(crate) fn fetched(name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    // Cargo marks its folder with this file.
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("brokers").join(name)).filter(|path| path.exists())
}
