//! Which file defines what a path names, through every re-export on the way.

use std::collections::BTreeSet;

use super::program::{Place, Program, ROOT};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Module(Place),
    Item {
        /// The file that defines it.
        file: String,
        name: String,
    },
}

/// What `path` names in the module at `place`: several things, if a type, a function or a macro have the same name, and
/// nothing if it is another crate's.
pub(super) fn find(program: &Program, place: Place, path: &[String]) -> Vec<Named> {
    Search { program, seen: BTreeSet::new() }.path(place, path)
}

struct Search<'a> {
    program: &'a Program,
    /// Names that are being looked up: a `use` may lead back to itself.
    seen: BTreeSet<(Place, String)>,
}

impl Search<'_> {
    fn path(&mut self, place: Place, path: &[String]) -> Vec<Named> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let mut found = match first.as_str() {
            "crate" => vec![Named::Module(ROOT)],
            "self" => vec![Named::Module(place)],
            "super" => self.parent(place),
            name => self.name(place, name, !rest.is_empty()),
        };
        for (at, name) in rest.iter().enumerate() {
            let goes_on = at + 1 < rest.len();
            found = found
                .into_iter()
                .flat_map(|named| match named {
                    Named::Module(place) if name == "super" => self.parent(place),
                    Named::Module(place) => self.name(place, name, goes_on),
                    // A variant, or what is associated with a type.
                    item @ Named::Item { .. } => vec![item],
                })
                .collect();
        }
        found
    }

    fn parent(&self, place: Place) -> Vec<Named> {
        let parent = self.program.module(place).and_then(|module| module.parent);
        parent.map(Named::Module).into_iter().collect()
    }

    /// What a name means in a module. Where a path goes on, a module of this name is meant.
    fn name(&mut self, place: Place, name: &str, goes_on: bool) -> Vec<Named> {
        let Some(module) = self.program.module(place) else { return Vec::new() };
        if goes_on && let Some(child) = module.children.get(name) {
            return vec![Named::Module(*child)];
        }
        if !self.seen.insert((place, name.to_owned())) {
            return Vec::new();
        }
        let item = |file: &String| Named::Item { file: file.clone(), name: name.to_owned() };
        let mut found = Vec::new();
        if module.content.defined.iter().any(|defined| defined == name) {
            found.push(item(&module.file));
        }
        found.extend(module.children.get(name).copied().map(Named::Module));
        if place == ROOT {
            found.extend(self.program.exported_macros.get(name).map(item));
        }
        for import in &module.content.uses {
            if import.name.as_deref() == Some(name) {
                found.extend(self.path(place, &import.path));
            }
        }
        if found.is_empty() {
            for import in module.content.uses.iter().filter(|import| import.name.is_none()) {
                for named in self.path(place, &import.path) {
                    if let Named::Module(place) = named {
                        found.extend(self.name(place, name, goes_on));
                    }
                }
            }
        }
        self.seen.remove(&(place, name.to_owned()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn files(lib: &str, path: &str) -> Vec<String> {
        let tree = Tree::from([
            ("x/src/lib.rs", lib),
            ("x/src/a/mod.rs", "mod b; pub use b::B; pub use super::c::*; pub fn a() {}"),
            ("x/src/a/b.rs", "pub struct B; #[macro_export] macro_rules! m { () => {} }"),
            ("x/src/c.rs", "pub struct C; pub use crate::a::B as Again;"),
        ]);
        let program = Program::read(&tree, "x/src/lib.rs").unwrap();
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        find(&program, ROOT, &path)
            .into_iter()
            .filter_map(|named| match named {
                Named::Item { file, .. } => Some(file),
                Named::Module(_) => None,
            })
            .collect()
    }

    #[test]
    fn re_exports_are_followed_to_where_the_name_is_defined() {
        let lib = "mod a; mod c; pub use a::{a, C}; use c::Again as More; pub use self::a::B;";
        for (path, expected) in [
            ("crate::a::B", &["x/src/a/b.rs"][..]),
            ("crate::B::new", &["x/src/a/b.rs"]),
            ("a::C", &["x/src/c.rs"]),
            ("C", &["x/src/c.rs"]),
            ("More", &["x/src/a/b.rs"]),
            ("crate::m", &["x/src/a/b.rs"]),
            ("crate::a", &["x/src/a/mod.rs"]),
            ("a::a", &["x/src/a/mod.rs"]),
            ("std::fmt::Debug", &[]),
        ] {
            assert_eq!(files(lib, path), expected, "{path}");
        }
    }

    #[test]
    fn imports_that_lead_back_to_themselves_name_nothing() {
        assert!(files("use self::x as y; use self::y as x;", "x::Y").is_empty());
    }
}
