//! What a source file says of itself: what it defines, declares, imports and mentions.
//!
//! Attributes are passed over, and with them doc comments; so is what is compiled for tests only.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ImplItem, Item, Meta, UseTree, Visibility};

use super::mention::Mention;
use super::tokens;

/// What stands in a module: in a file, or in a `mod name { ... }` inside of one.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Names of what is defined here.
    pub(super) defined: Vec<String>,
    /// Those of macros that are exported, and thereby defined at the crate's root.
    pub(super) exported_macros: Vec<String>,
    /// Modules in files of their own, with the path that an attribute gives.
    pub(super) declared: Vec<(String, Option<String>)>,
    pub(super) inline: Vec<(String, Self)>,
    pub(super) uses: Vec<Use>,
    pub(super) mentions: Vec<Mention>,
}

/// One name of a `use`.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) path: Vec<String>,
    /// What it is called here; `None` for `*`.
    pub(super) name: Option<String>,
    pub(super) line: usize,
    /// Whether others may import it from here.
    pub(super) is_export: bool,
}

impl Content {
    pub(super) fn read(text: &str) -> syn::Result<Self> {
        Ok(Self::of(&syn::parse_file(text)?.items))
    }

    fn of(items: &[Item]) -> Self {
        let mut content = Self::default();
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            content.define(item);
            content.visit_item(item);
        }
        content
    }

    fn define(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => {
                let Some(name) = &item.ident else { return };
                if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                    self.exported_macros.push(name.to_string());
                }
                name
            }
            _ => return,
        };
        self.defined.push(text(name));
    }

    fn import(&mut self, tree: &UseTree, path: &[String], is_export: bool) {
        let below = |name: &Ident| [path, &[text(name)]].concat();
        let mut add = |path: Vec<String>, name: Option<String>, line| {
            self.uses.push(Use { path, name, line, is_export });
        };
        match tree {
            // `use a::{self}` is `use a`.
            UseTree::Name(tree) if tree.ident == "self" => {
                add(path.to_vec(), path.last().cloned(), line(&tree.ident));
            }
            UseTree::Rename(tree) if tree.ident == "self" && !path.is_empty() => {
                add(path.to_vec(), Some(text(&tree.rename)), line(&tree.ident));
            }
            UseTree::Name(tree) => add(below(&tree.ident), Some(text(&tree.ident)), line(&tree.ident)),
            UseTree::Rename(tree) => add(below(&tree.ident), Some(text(&tree.rename)), line(&tree.ident)),
            UseTree::Glob(tree) => add(path.to_vec(), None, tree.star_token.spans[0].start().line),
            UseTree::Path(tree) => self.import(&tree.tree, &below(&tree.ident), is_export),
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.import(tree, path, is_export)),
        }
    }
}

impl Visit<'_> for Content {
    fn visit_attribute(&mut self, _: &Attribute) {}

    fn visit_visibility(&mut self, _: &Visibility) {}

    fn visit_item(&mut self, item: &Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !is_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        match &item.content {
            Some((_, items)) => self.inline.push((text(&item.ident), Self::of(items))),
            None => self.declared.push((text(&item.ident), item.attrs.iter().find_map(path_attribute))),
        }
    }

    // Also of those inside of functions: their names are taken for the module's.
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            match path.get_ident() {
                Some(name) => self.mentions.extend(Mention::alone(name, false)),
                None => self.mentions.push(Mention::of(path.segments.iter().map(|segment| &segment.ident))),
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(called) = &*call.func
            && let Some(name) = called.path.get_ident()
        {
            self.mentions.extend(Mention::alone(name, true));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        if let Some(name) = call.path.get_ident() {
            self.mentions.extend(Mention::alone(name, true));
        }
        self.mentions.extend(tokens::mentions(call.tokens.clone()));
        visit::visit_macro(self, call);
    }
}

fn text(name: &Ident) -> String {
    name.unraw().to_string()
}

fn line(name: &Ident) -> usize {
    name.span().start().line
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether an attribute is `cfg(test)`, or `cfg(all(test, ...))`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
            match tokens.as_slice() {
                [TokenTree::Ident(only)] => only == "test",
                [TokenTree::Ident(all), TokenTree::Group(conditions)] if all == "all" => {
                    let is_test = |token| matches!(token, TokenTree::Ident(name) if name == "test");
                    conditions.stream().into_iter().any(is_test)
                }
                _ => false,
            }
        }
        _ => false,
    })
}

/// The file in `#[path = "file.rs"]`.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_keep_their_names_and_lines() {
        let text = "use crate::a::{self, B,\n c::D as E};\npub use x::*;\nfn f() { use super::y; }";
        let content = Content::read(text).unwrap();
        let uses: Vec<_> = content
            .uses
            .iter()
            .map(|import| (import.path.join("::"), import.name.as_deref(), import.line, import.is_export))
            .collect();
        let expected = [
            ("crate::a".to_owned(), Some("a"), 1, false),
            ("crate::a::B".to_owned(), Some("B"), 1, false),
            ("crate::a::c::D".to_owned(), Some("E"), 2, false),
            ("x".to_owned(), None, 3, true),
            ("super::y".to_owned(), Some("y"), 4, false),
        ];
        assert_eq!(uses, expected);
    }

    #[test]
    fn tests_and_documentation_are_passed_over() {
        let content = Content::read(
            "/// [`a::B`]
            #[cfg(test)] mod tests { use crate::x; }
            #[cfg(all(test, unix))] fn f() { a::b() }
            struct S;
            impl S { #[cfg(test)] fn g() { a::b() } }
            #[cfg(not(test))] fn h() { c::d() }",
        )
        .unwrap();
        assert!(content.uses.is_empty() && content.inline.is_empty(), "{content:?}");
        let mentions: Vec<String> = content.mentions.iter().map(|mention| mention.path.join("::")).collect();
        assert_eq!(mentions, ["S", "c::d"]);
        assert_eq!(content.defined, ["S", "h"]);
    }

    #[test]
    fn a_module_may_say_where_its_file_is() {
        let content = Content::read("mod a; #[path = \"../b.rs\"] mod b; mod c { struct D; }").unwrap();
        assert_eq!(content.declared, [("a".to_owned(), None), ("b".to_owned(), Some("../b.rs".to_owned()))]);
        assert!(
            matches!(content.inline.as_slice(), [(name, inner)] if name == "c" && inner.defined == ["D"])
        );
    }
}
