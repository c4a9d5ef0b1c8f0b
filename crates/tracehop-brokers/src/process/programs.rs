//! Where the brokers' programs are.

use std::path::{Path, PathBuf};

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
    fetched_beside(&std::env::current_exe().ok()?, name)
}

fn fetched_beside(program: &Path, name: &str) -> Option<PathBuf> {
    // Cargo marks its folder with this file.
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(target.join("brokers").join(name)).filter(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fetched_is_in_cargos_folder_and_in_none_above() {
        let above = tempfile::tempdir().unwrap();
        let target = above.path().join("target");
        let program = target.join("debug/deps/test");
        for folder in [above.path(), &target] {
            std::fs::create_dir_all(folder.join("brokers")).unwrap();
        }
        std::fs::write(above.path().join("brokers/planted"), "").unwrap();
        std::fs::write(target.join("brokers/fetched"), "").unwrap();
        assert_eq!(fetched_beside(&program, "fetched"), None, "it is not marked");
        std::fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(fetched_beside(&program, "fetched"), Some(target.join("brokers/fetched")));
        assert_eq!(fetched_beside(&program, "planted"), None);
    }
}
