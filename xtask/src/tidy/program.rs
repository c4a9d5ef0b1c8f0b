//! The programs of the workspace - libraries, binaries, tests - as trees of modules.

use std::collections::BTreeMap;

use anyhow::anyhow;

use super::reading::Content;
use super::tree::Tree;

/// The place of a module in its program.
pub(super) type Place = usize;

/// The root is the first.
pub(super) const ROOT: Place = 0;

#[derive(Debug)]
pub(super) struct Program {
    modules: Vec<Module>,
    /// Macros that are exported, and the files that define them.
    pub(super) exported_macros: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Module {
    pub(super) file: String,
    pub(super) parent: Option<Place>,
    pub(super) children: BTreeMap<String, Place>,
    pub(super) content: Content,
}

/// The files where programs begin, each with the folder of its package.
pub(super) fn roots(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter_map(|(path, _)| {
        let (folder, name) = path.rsplit_once('/')?;
        let is_root = matches!(name, "lib.rs" | "main.rs")
            || ["/tests", "/benches", "/src/bin", "/fuzz_targets"].iter().any(|own| folder.ends_with(own));
        is_root.then(|| (package(path), path))
    })
}

/// `crates/name` of a file below it, or the folder at the root.
fn package(path: &str) -> &str {
    let depth = if path.starts_with("crates/") { 2 } else { 1 };
    path.match_indices('/').nth(depth - 1).and_then(|(end, _)| path.get(..end)).unwrap_or(path)
}

impl Program {
    /// Reads the program that begins in the file `root`. A module whose file is missing is left to the compiler.
    pub(super) fn read(tree: &Tree, root: &str) -> anyhow::Result<Self> {
        let mut program = Self { modules: Vec::new(), exported_macros: BTreeMap::new() };
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        let content = content(tree, root)?;
        program.add(tree, root, folder, None, content)?;
        Ok(program)
    }

    /// Adds a module, and all below it. `folder` is where the files of its children are.
    fn add(
        &mut self,
        tree: &Tree,
        file: &str,
        folder: &str,
        parent: Option<Place>,
        mut content: Content,
    ) -> anyhow::Result<Place> {
        let place = self.modules.len();
        let inline = std::mem::take(&mut content.inline);
        let declared = content.declared.clone();
        for name in &content.exported_macros {
            self.exported_macros.insert(name.clone(), file.to_owned());
        }
        self.modules.push(Module { file: file.to_owned(), parent, children: BTreeMap::new(), content });
        let mut children = BTreeMap::new();
        for (name, content) in inline {
            let folder = format!("{folder}/{name}");
            children.insert(name, self.add(tree, file, &folder, Some(place), content)?);
        }
        for (name, path) in declared {
            let (beside, below) = match path {
                Some(path) => {
                    let path = normal(&format!("{}/{path}", folder_of(file)));
                    (path.clone(), path)
                }
                None => (format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")),
            };
            let Some(found) = [beside, below].into_iter().find(|path| tree.text(path).is_some()) else {
                continue;
            };
            let own = if found.ends_with("/mod.rs") {
                folder_of(&found).to_owned()
            } else {
                found.trim_end_matches(".rs").to_owned()
            };
            let content = self::content(tree, &found)?;
            children.insert(name, self.add(tree, &found, &own, Some(place), content)?);
        }
        if let Some(module) = self.modules.get_mut(place) {
            module.children = children;
        }
        Ok(place)
    }

    pub(super) fn modules(&self) -> impl Iterator<Item = (Place, &Module)> {
        self.modules.iter().enumerate()
    }

    pub(super) fn module(&self, place: Place) -> Option<&Module> {
        self.modules.get(place)
    }

    /// Whether the file holds a module below that of `place`.
    pub(super) fn is_below(&self, file: &str, place: Place) -> bool {
        self.modules.iter().filter(|module| module.file == file).any(|module| {
            let mut parent = module.parent;
            while let Some(above) = parent {
                if above == place {
                    return true;
                }
                parent = self.module(above).and_then(|module| module.parent);
            }
            false
        })
    }
}

fn content(tree: &Tree, file: &str) -> anyhow::Result<Content> {
    Content::read(tree.text(file).unwrap_or_default())
        .map_err(|error| anyhow!("{file}:{}: {error}", error.span().start().line))
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Without `..`.
fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_where_the_compiler_finds_them() {
        let tree = Tree::from([
            ("x/src/lib.rs", "mod a; mod b; mod c { mod d; }"),
            ("x/src/a.rs", "mod e;"),
            ("x/src/a/e.rs", ""),
            ("x/src/b/mod.rs", "mod f; #[path = \"../../other.rs\"] mod g; mod missing;"),
            ("x/src/b/f.rs", ""),
            ("x/src/c/d.rs", ""),
            ("x/other.rs", ""),
        ]);
        let program = Program::read(&tree, "x/src/lib.rs").unwrap();
        let files: Vec<&str> = program.modules().map(|(_, module)| module.file.as_str()).collect();
        assert_eq!(
            files,
            [
                "x/src/lib.rs",
                "x/src/lib.rs",
                "x/src/c/d.rs",
                "x/src/a.rs",
                "x/src/a/e.rs",
                "x/src/b/mod.rs",
                "x/src/b/f.rs",
                "x/other.rs"
            ]
        );
        assert!(program.is_below("x/src/b/f.rs", ROOT) && !program.is_below("x/src/lib.rs", 3));
    }

    #[test]
    fn each_test_program_is_a_root() {
        let tree = Tree::from([
            ("crates/x/src/lib.rs", ""),
            ("crates/x/src/a.rs", ""),
            ("crates/x/tests/hop.rs", ""),
            ("crates/x/tests/support/mod.rs", ""),
            ("examples/pipeline/main.rs", ""),
        ]);
        assert_eq!(
            roots(&tree).collect::<Vec<_>>(),
            [
                ("crates/x", "crates/x/src/lib.rs"),
                ("crates/x", "crates/x/tests/hop.rs"),
                ("examples", "examples/pipeline/main.rs"),
            ]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let tree = Tree::from([("x/src/lib.rs", "\nfn f( {}")]);
        let error = Program::read(&tree, "x/src/lib.rs").unwrap_err().to_string();
        assert!(error.starts_with("x/src/lib.rs:2: "), "{error}");
    }
}
