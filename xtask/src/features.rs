//! Each feature alone: that one compiles only beside another is seen by the first user who turns off the other.

use crate::libraries::Library;
use crate::workspace::cargo;

/// Checks each published crate without features, with each of them alone, and with all. Warnings are errors.
pub(crate) fn run() -> anyhow::Result<()> {
    for library in Library::all()? {
        for features in combinations(&library) {
            let features: Vec<&str> = features.iter().map(String::as_str).collect();
            let package = ["clippy", "--quiet", "--package", &library.name, "--locked"];
            cargo(&[&package, &*features, &["--", "-D", "warnings"]].concat(), &[])?;
        }
    }
    Ok(())
}

/// The arguments for cargo. A crate without features needs to be looked at once.
fn combinations(library: &Library) -> Vec<Vec<String>> {
    let none = || vec!["--no-default-features".to_owned()];
    let mut all = vec![none()];
    for feature in &library.features {
        all.push([none(), vec![format!("--features={feature}")]].concat());
    }
    if library.features.len() > 1 {
        all.push(vec!["--all-features".to_owned()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_is_checked_alone() {
        let library = |features: &[&str]| Library {
            name: "x".into(),
            rust_version: None,
            features: features.iter().map(ToString::to_string).collect(),
        };
        let lines = |features: &[&str]| -> Vec<String> {
            combinations(&library(features)).iter().map(|arguments| arguments.join(" ")).collect()
        };
        assert_eq!(lines(&[]), ["--no-default-features"]);
        let expected = [
            "--no-default-features",
            "--no-default-features --features=a",
            "--no-default-features --features=default",
            "--all-features",
        ];
        assert_eq!(lines(&["a", "default"]), expected);
    }
}
