//! No file may import, by whatever way, from one that imports from it: neither can then be understood alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;

use super::imports::{Imports, Names, Packages};

/// Describes every circle, and which import to move for it to be none.
pub(super) fn check(packages: &Packages) -> Vec<String> {
    let mut found = Vec::new();
    for (package, imports) in packages {
        for knot in knots(imports) {
            found.push(describe(package, imports, &knot));
        }
    }
    found
}

/// Groups of files each of which imports, by some way, from all others of its group.
fn knots(imports: &Imports) -> Vec<BTreeSet<&str>> {
    let targets = targets(imports);
    let mut left: BTreeSet<&str> = targets.keys().copied().collect();
    let mut knots = Vec::new();
    while let Some(file) = left.pop_first() {
        let knot: BTreeSet<&str> = reach(&targets, file)
            .into_iter()
            .filter(|other| *other == file || reach(&targets, other).contains(file))
            .collect();
        left.retain(|other| !knot.contains(other));
        if knot.contains(file) {
            knots.push(knot);
        }
    }
    knots
}

fn targets(imports: &Imports) -> BTreeMap<&str, Vec<&str>> {
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to, _) in imports.arrows() {
        targets.entry(from).or_default().push(to);
    }
    targets
}

/// All files to which arrows lead from `file`; itself, if it is in a circle.
fn reach<'a>(targets: &BTreeMap<&'a str, Vec<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for to in targets.get(file).into_iter().flatten() {
            if seen.insert(*to) {
                next.push(to);
            }
        }
    }
    seen
}

fn describe(package: &str, imports: &Imports, knot: &BTreeSet<&str>) -> String {
    let files: Vec<&str> = knot.iter().map(|file| inside(package, file)).collect();
    let mut text = format!("{package}: an import circle of {} files: {}", files.len(), files.join(", "));
    let mut left = imports.clone();
    let mut advice = Vec::new();
    // Take the weakest arrow of the shortest circle away, until there is none.
    while let Some(circle) = shortest(&left, knot) {
        let mut arrows: Vec<_> = circle
            .iter()
            .zip(circle.iter().cycle().skip(1))
            .filter_map(|(from, to)| Some((from.as_str(), to.as_str(), left.get(from, to)?)))
            .collect();
        let way: Vec<&str> = circle.iter().chain(circle.first()).map(|file| inside(package, file)).collect();
        let _ = write!(text, "\n  {}", way.join(" -> "));
        for (from, to, names) in &arrows {
            let _ = write!(text, "\n    {}", arrow(from, to, names));
        }
        arrows.sort_by_key(|(from, to, names)| (names.len(), remaining(&left, from, to)));
        let Some((from, to, names)) = arrows.first() else { break };
        let line = names.values().min().copied().unwrap_or_default();
        advice.push(format!("move what `{from}:{line}` imports from `{to}`: {}", listed(names)));
        let (from, to) = ((*from).to_owned(), (*to).to_owned());
        left.remove(&from, &to);
    }
    for line in advice {
        let _ = write!(text, "\n  {line}");
    }
    text
}

/// How many arrows are still in circles if this one is taken away.
fn remaining(imports: &Imports, from: &str, to: &str) -> usize {
    let mut left = imports.clone();
    left.remove(from, to);
    let knots = knots(&left);
    left.arrows()
        .filter(|(from, to, _)| knots.iter().any(|knot| knot.contains(from) && knot.contains(to)))
        .count()
}

/// The first of the shortest circles among these files.
fn shortest(imports: &Imports, files: &BTreeSet<&str>) -> Option<Vec<String>> {
    let targets = targets(imports);
    let circles = files.iter().filter_map(|file| way_back(&targets, file, files));
    circles.min_by_key(Vec::len)
}

/// The shortest way from a file back to it.
fn way_back(targets: &BTreeMap<&str, Vec<&str>>, file: &str, files: &BTreeSet<&str>) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![file]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for to in way.last().and_then(|last| targets.get(last)).into_iter().flatten() {
            if *to == file {
                return Some(way.into_iter().map(str::to_owned).collect());
            }
            if files.contains(to) && seen.insert(*to) {
                ways.push_back([way.as_slice(), &[*to]].concat());
            }
        }
    }
    None
}

/// `x/src/a.rs:3,7: imports B, C from x/src/b.rs`.
fn arrow(from: &str, to: &str, names: &Names) -> String {
    let lines: BTreeSet<&usize> = names.values().collect();
    let lines: Vec<String> = lines.into_iter().map(ToString::to_string).collect();
    format!("{from}:{}: imports {} from {to}", lines.join(","), listed(names))
}

fn listed(names: &Names) -> String {
    names.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The path of a file inside of its package.
fn inside<'a>(package: &str, file: &'a str) -> &'a str {
    file.strip_prefix(package).and_then(|file| file.strip_prefix('/')).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::imports;
    use crate::tidy::tree::Tree;

    fn circles<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        check(&imports::of(&Tree::from(files)).unwrap())
    }

    #[test]
    fn a_circle_names_the_import_to_move() {
        let found = circles([
            ("x/src/lib.rs", "mod a; mod b; mod c; pub use a::Settlement;"),
            ("x/src/a.rs", "use crate::b::{One, Two};\npub struct Settlement;"),
            ("x/src/b.rs", "pub struct One; pub struct Two;\nuse crate::Settlement;"),
            ("x/src/c.rs", "use crate::a::Settlement;"),
        ]);
        assert_eq!(
            found,
            ["\
x: an import circle of 2 files: src/a.rs, src/b.rs
  src/a.rs -> src/b.rs -> src/a.rs
    x/src/a.rs:1: imports One, Two from x/src/b.rs
    x/src/b.rs:2: imports Settlement from x/src/a.rs
  move what `x/src/b.rs:2` imports from `x/src/a.rs`: Settlement"]
        );
    }

    #[test]
    fn two_circles_through_one_import_need_one_move() {
        let found = circles([
            ("x/src/lib.rs", "mod a; mod b; mod c;"),
            ("x/src/a.rs", "pub struct A; use crate::b::B;"),
            ("x/src/b.rs", "pub struct B; use crate::c::C; use crate::a::A;"),
            ("x/src/c.rs", "pub struct C; use crate::a::A;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|text| text.matches("move what").count() == 1), "{found:?}");
        assert!(
            found.iter().all(|text| text.contains("move what `x/src/a.rs:1` imports from `x/src/b.rs`: B"))
        );
    }

    #[test]
    fn what_only_tests_and_documentation_import_makes_no_circle() {
        let found = circles([
            ("x/src/lib.rs", "mod a; mod b;"),
            (
                "x/src/a.rs",
                "/// Of [`crate::b::B`].\npub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; }",
            ),
            ("x/src/b.rs", "pub struct B; use crate::a::A;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_folder_that_only_re_exports_makes_no_circle() {
        let found = circles([
            ("x/src/lib.rs", "mod a; pub use a::{A, B};"),
            ("x/src/a/mod.rs", "mod a; mod b; pub use self::{a::A, b::B};"),
            ("x/src/a/a.rs", "pub struct A; use super::B;"),
            ("x/src/a/b.rs", "pub struct B;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
