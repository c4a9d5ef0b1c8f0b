//! A path outside of a `use`.

use proc_macro2::Ident;
use syn::ext::IdentExt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// `crate`, `a`, `B`.
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

impl Mention {
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Self {
        let mut mention = Self { path: Vec::new(), line: 0 };
        for name in names {
            mention.push(name);
        }
        mention
    }

    /// A name alone: of a type, a constant, or something that is called. A variable's would only mislead.
    pub(super) fn alone(name: &Ident, is_called: bool) -> Option<Self> {
        let is_meant = is_called || name.unraw().to_string().starts_with(char::is_uppercase);
        is_meant.then(|| Self::of([name]))
    }

    pub(super) fn push(&mut self, name: &Ident) {
        if self.path.is_empty() {
            self.line = name.span().start().line;
        }
        self.path.push(name.unraw().to_string());
    }
}
