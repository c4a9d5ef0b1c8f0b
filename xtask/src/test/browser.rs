//! Which tests need a browser, and whether there is one.

use super::needs::UNIT;
use crate::install::on_path;

/// The package of tests of the page. Its directory has that name.
const PACKAGE: &str = "browser";

/// The program of that package whose tests ask the viewer without a browser.
const WITHOUT: &str = "exporters";

/// Chromium and its driver, with the packages that Debian has them in.
const NEEDED: [(&str, &str); 2] = [("chromium", "chromium"), ("chromedriver", "chromium-driver")];

/// Whether a test program is about a viewer that runs as a program of its own.
pub(super) fn asks_the_viewer(package: &str) -> bool {
    package == PACKAGE
}

/// Whether all tests of a program need a browser.
pub(super) fn is_needed(package: &str, target: &str) -> bool {
    package == PACKAGE && ![UNIT, WITHOUT].contains(&target)
}

/// Why there is none, if there is none.
pub(super) fn missing() -> Option<String> {
    let lacks = NEEDED.into_iter().filter(|(program, _)| on_path(program).is_none());
    let (programs, packages): (Vec<&str>, Vec<&str>) = lacks.unzip();
    (!programs.is_empty()).then(|| {
        format!(
            "no browser: not installed: {}; on Debian: apt-get install {}",
            programs.join(", "),
            packages.join(" ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_of_the_page_need_a_browser() {
        for (package, target, expected) in [
            ("browser", "page", true),
            ("browser", "exporters", false),
            ("browser", UNIT, false),
            ("tracehop-cli", "page", false),
        ] {
            assert_eq!(is_needed(package, target), expected, "{package} {target}");
        }
    }
}
