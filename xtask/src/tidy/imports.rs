//! Which file imports what from which other file of its package.

use std::collections::BTreeMap;

use super::names::{self, Named};
use super::program::{self, Place, Program};
use super::tree::Tree;

/// The imports of each package, by its folder.
pub(super) type Packages = BTreeMap<String, Imports>;

/// The imports of one package.
#[derive(Clone, Debug, Default)]
pub(super) struct Imports {
    /// By the file that imports and the file that defines.
    arrows: BTreeMap<(String, String), Names>,
}

/// Names that are imported, each with the first line that does.
pub(super) type Names = BTreeMap<String, usize>;

impl Imports {
    pub(super) fn arrows(&self) -> impl Iterator<Item = (&str, &str, &Names)> {
        self.arrows.iter().map(|((from, to), names)| (from.as_str(), to.as_str(), names))
    }

    pub(super) fn get(&self, from: &str, to: &str) -> Option<&Names> {
        self.arrows.get(&(from.to_owned(), to.to_owned()))
    }

    pub(super) fn remove(&mut self, from: &str, to: &str) {
        self.arrows.remove(&(from.to_owned(), to.to_owned()));
    }

    fn read(&mut self, program: &Program) {
        for (place, module) in program.modules() {
            for import in &module.content.uses {
                // What comes through `*` is seen where it is used.
                if import.name.is_some() {
                    self.add(program, place, &import.path, import.line, import.is_export);
                }
            }
            for mention in &module.content.mentions {
                self.add(program, place, &mention.path, mention.line, false);
            }
        }
    }

    fn add(&mut self, program: &Program, place: Place, path: &[String], line: usize, is_export: bool) {
        let Some(module) = program.module(place) else { return };
        for named in names::find(program, place, path) {
            // An imported module is no more than a name for what is then used of it.
            let Named::Item { file, name } = named else { continue };
            // A re-export of its own parts makes nobody need them. Where it uses them too, that is a mention.
            if file == module.file || is_export && program.is_below(&file, place) {
                continue;
            }
            let names = self.arrows.entry((module.file.clone(), file)).or_default();
            let first = names.entry(name).or_insert(line);
            *first = line.min(*first);
        }
    }
}

/// Reads every program of the tree.
pub(super) fn of(tree: &Tree) -> anyhow::Result<Packages> {
    let mut packages = Packages::new();
    for (package, root) in program::roots(tree) {
        packages.entry(package.to_owned()).or_default().read(&Program::read(tree, root)?);
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        let packages = of(&Tree::from(files)).unwrap();
        let arrow = |(from, to, names): (&str, &str, &Names)| format!("{from} -> {to} {names:?}");
        packages.values().flat_map(Imports::arrows).map(arrow).collect()
    }

    #[test]
    fn an_import_through_a_re_export_is_one_of_the_file_that_defines() {
        let found = arrows([
            ("x/src/lib.rs", "mod a; mod b; pub use a::A;"),
            ("x/src/a.rs", "pub struct A;"),
            ("x/src/b.rs", "\nuse crate::A;\nfn f() -> A { A }"),
        ]);
        assert_eq!(found, ["x/src/b.rs -> x/src/a.rs {\"A\": 2}"]);
    }

    #[test]
    fn a_folder_that_uses_what_it_re_exports_imports_it() {
        let files = |code| {
            [
                ("x/src/lib.rs", "mod a;"),
                ("x/src/a/mod.rs", code),
                ("x/src/a/b.rs", "pub struct B; pub fn b() {}"),
            ]
        };
        assert!(arrows(files("mod b; pub use b::{B, b}; fn f() { let b = 1; g(b) }")).is_empty());
        let expected = ["x/src/a/mod.rs -> x/src/a/b.rs {\"B\": 1}"];
        assert_eq!(arrows(files("mod b; pub use b::{B, b}; fn f(b: B) {}")), expected);
        assert_eq!(arrows(files("mod b; use b::B;")), expected);
    }

    #[test]
    fn paths_in_code_and_macros_are_imports() {
        let found = arrows([
            ("x/src/lib.rs", "mod a; mod b; mod c;"),
            ("x/src/a.rs", "pub fn f() {} pub const C: u8 = 1;"),
            ("x/src/b.rs", "use crate::a;\nfn g() {\n a::f() }"),
            ("x/src/c.rs", "macro_rules! m { () => {\n $crate::a::C } }"),
        ]);
        assert_eq!(found, ["x/src/b.rs -> x/src/a.rs {\"f\": 3}", "x/src/c.rs -> x/src/a.rs {\"C\": 2}"]);
    }
}
