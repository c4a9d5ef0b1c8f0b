//! The order of a crate's wings: a file imports from its own wing and from those listed before it, never from a later one.

use std::collections::BTreeSet;

use super::imports::{Imports, Packages};
use super::tree::Tree;

/// A crate, and its wings from the lowest to the highest: folders and files of its `src`. `name/` is also `name.rs` beside
/// the folder. `lib.rs` is above all of them and need not be listed.
type Layers<'a> = (&'a str, &'a [&'a str]);

/// To add a wing, put it before the first one that imports from it.
const LAYERS: [Layers<'static>; 1] = [(
    "crates/tracehop",
    &[
        "semconv.rs",
        "error.rs",
        "caught.rs",
        "codec/",
        "carrier/",
        "context/",
        "propagation/",
        "message/",
        "policy/",
        "operation/",
        "observe/",
        "bridge/",
        "tracer/",
        "client/",
    ],
)];

const TABLE: &str = "xtask/src/tidy/layers.rs";

/// Describes every import that runs upwards, and what is not in the list.
pub(super) fn check(tree: &Tree, packages: &Packages) -> Vec<String> {
    LAYERS.iter().flat_map(|layers| check_crate(tree, packages, *layers)).collect()
}

fn check_crate(tree: &Tree, packages: &Packages, (package, wings): Layers<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let src = format!("{package}/src/");
    let inside: Vec<&str> = tree.files().filter_map(|(path, _)| path.strip_prefix(&src)).collect();
    let unlisted: BTreeSet<&str> =
        inside.iter().filter(|file| rank(wings, file).is_none()).map(|file| wing(file)).collect();
    found.extend(unlisted.iter().map(|wing| format!("{src}{wing}: not in the list of wings, see {TABLE}")));
    for (index, wing) in wings.iter().enumerate() {
        if !inside.iter().any(|file| rank(wings, file) == Some(index)) {
            found.push(format!("{src}{wing}: in the list of wings, and not there, see {TABLE}"));
        }
    }
    let imports = packages.get(package).into_iter().flat_map(Imports::arrows);
    for (from, to, names) in imports {
        let (Some(from_rank), Some(to_rank)) = (ranked(from, &src, wings), ranked(to, &src, wings)) else {
            continue;
        };
        if to_rank > from_rank {
            let line = names.values().min().copied().unwrap_or_default();
            let names: Vec<&str> = names.keys().map(String::as_str).collect();
            let (from_wing, to_wing) = (wing_at(wings, from_rank), wing_at(wings, to_rank));
            found.push(format!(
                "{from}:{line}: imports {} from {to}, but {to_wing} stands above {from_wing}: move that import up to \
                 {to_wing}, or what it names down to {from_wing}",
                names.join(", ")
            ));
        }
    }
    found
}

fn ranked(path: &str, src: &str, wings: &[&str]) -> Option<usize> {
    rank(wings, path.strip_prefix(src)?)
}

/// The place of a file's wing in the list; `lib.rs` comes after all.
fn rank(wings: &[&str], file: &str) -> Option<usize> {
    if file == "lib.rs" {
        return Some(wings.len());
    }
    wings.iter().position(|wing| match wing.strip_suffix('/') {
        Some(folder) => file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || rest == ".rs"),
        None => file == *wing,
    })
}

/// The wing that a file would be in.
fn wing(file: &str) -> &str {
    file.find('/').and_then(|end| file.get(..=end)).unwrap_or(file)
}

fn wing_at<'a>(wings: &[&'a str], rank: usize) -> &'a str {
    wings.get(rank).copied().unwrap_or("lib.rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::imports;

    const WINGS: [&str; 3] = ["error.rs", "codec/", "client/"];

    fn faults<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        let tree = Tree::from(files);
        check_crate(&tree, &imports::of(&tree).unwrap(), ("x", &WINGS))
    }

    #[test]
    fn an_import_that_runs_upwards_is_named() {
        let found = faults([
            ("x/src/lib.rs", "mod client; mod codec; mod error; pub use client::Client;"),
            ("x/src/client/mod.rs", "mod own; use own::Own; pub struct Client(crate::codec::Codec, Own);"),
            ("x/src/client/own.rs", "pub struct Own;"),
            ("x/src/codec.rs", "pub struct Codec(crate::error::Error);"),
            ("x/src/error.rs", "\nuse crate::Client;\npub struct Error;"),
        ]);
        let expected = "x/src/error.rs:2: imports Client from x/src/client/mod.rs, but client/ stands above error.rs: \
                        move that import up to client/, or what it names down to error.rs";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn nothing_may_be_imported_from_the_root() {
        let found = faults([
            ("x/src/lib.rs", "mod client; mod codec; mod error; pub struct Header;"),
            ("x/src/client/mod.rs", "use crate::Header;"),
            ("x/src/codec/mod.rs", ""),
            ("x/src/error.rs", ""),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|text| text.contains("imports Header from x/src/lib.rs")), "{found:?}");
    }

    #[test]
    fn the_list_is_complete_and_no_longer_than_the_crate() {
        let found = faults([
            ("x/src/lib.rs", ""),
            ("x/src/error.rs", ""),
            ("x/src/codec/a.rs", ""),
            ("x/src/span.rs", ""),
            ("x/src/spans/a.rs", ""),
            ("x/src/spans/b.rs", ""),
        ]);
        assert_eq!(
            found,
            [
                "x/src/span.rs: not in the list of wings, see xtask/src/tidy/layers.rs",
                "x/src/spans/: not in the list of wings, see xtask/src/tidy/layers.rs",
                "x/src/client/: in the list of wings, and not there, see xtask/src/tidy/layers.rs",
            ]
        );
    }
}
