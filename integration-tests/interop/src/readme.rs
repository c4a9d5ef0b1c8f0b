//! Where the table is written to.

use std::path::Path;

use anyhow::Context;

const BEGIN: &str = "<!-- `cargo xtask interop --write` writes what follows -->\n";
const END: &str = "<!-- until here -->\n";

/// Writes the table into the README of this package.
///
/// # Errors
///
/// The file cannot be read or written, or lacks its marks.
pub(crate) fn write(table: &str) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let name = path.display();
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
    let text = replaced(&text, table).with_context(|| format!("{name} lacks the marks of the table"))?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {name}"))?;
    println!("written to {name}");
    Ok(())
}

/// `None` if there are no marks.
fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = format!("# Title\n{BEGIN}old\n{END}rest\n");
        let written = replaced(&text, "new\n").unwrap();
        assert_eq!(written, format!("# Title\n{BEGIN}\nnew\n\n{END}rest\n"));
        assert_eq!(replaced(&written, "new\n").unwrap(), written);
        assert_eq!(replaced("# Title\n", "new"), None);
        assert!(replaced(include_str!("../README.md"), "").is_some());
    }
}
