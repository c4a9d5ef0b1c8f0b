//! What looks like a path in the tokens of a macro. Nobody but the compiler knows for sure.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

use super::mention::Mention;

/// Every path in the tokens, also inside of their groups.
pub(super) fn mentions(tokens: TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    scan(tokens, &mut found);
    found
}

fn scan(tokens: TokenStream, found: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        rest = after;
        match token {
            TokenTree::Group(group) => scan(group.stream(), found),
            TokenTree::Ident(first) => {
                let path;
                (path, rest) = gather(first, rest);
                if let Some(group) = braces_after_colons(rest) {
                    scan_group(group.stream(), &path, found);
                    rest = rest.get(3..).unwrap_or_default();
                } else if path.path.len() > 1 {
                    found.push(path);
                } else {
                    found.extend(Mention::alone(first, is_called(rest)));
                }
            }
            // `::name` is another crate's or a type's own, `.name` a method or a field.
            TokenTree::Punct(punct) if punct.as_char() == '.' => rest = skip_path(rest),
            TokenTree::Punct(_) => {
                if let Some(after) = after_colons(std::slice::from_ref(token), rest) {
                    rest = skip_path(after);
                }
            }
            TokenTree::Literal(_) => {}
        }
    }
}

/// The names of `path::{a, b::C, d::{E}}`.
fn scan_group(tokens: TokenStream, path: &Mention, found: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for tree in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
        let [TokenTree::Ident(first), rest @ ..] = tree else { continue };
        let (inner, rest) = gather(first, rest);
        let full = path.path.iter().cloned().chain(inner.path.into_iter().filter(|name| name != "self"));
        let full = Mention { path: full.collect(), line: inner.line };
        match braces_after_colons(rest) {
            Some(group) => scan_group(group.stream(), &full, found),
            None => found.push(full),
        }
    }
}

/// The path that begins with `first`, and what follows it.
fn gather<'a>(first: &Ident, mut rest: &'a [TokenTree]) -> (Mention, &'a [TokenTree]) {
    let mut path = Mention::of(std::iter::once(first));
    while let Some((colons, after)) = rest.split_at_checked(2)
        && is_colons(colons)
        && let [TokenTree::Ident(next), after @ ..] = after
    {
        path.push(next);
        rest = after;
    }
    (path, rest)
}

fn skip_path(rest: &[TokenTree]) -> &[TokenTree] {
    match rest {
        [TokenTree::Ident(first), rest @ ..] => gather(first, rest).1,
        _ => rest,
    }
}

fn after_colons<'a>(one: &[TokenTree], rest: &'a [TokenTree]) -> Option<&'a [TokenTree]> {
    let (two, after) = rest.split_at_checked(1)?;
    is_colons(&[one, two].concat()).then_some(after)
}

fn braces_after_colons(rest: &[TokenTree]) -> Option<&Group> {
    let (colons, after) = rest.split_at_checked(2)?;
    match after.first() {
        Some(TokenTree::Group(group)) if is_colons(colons) && group.delimiter() == Delimiter::Brace => {
            Some(group)
        }
        _ => None,
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(one), TokenTree::Punct(two)]
        if one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':')
}

fn is_called(rest: &[TokenTree]) -> bool {
    matches!(rest.first(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_among_other_tokens() {
        for (tokens, expected) in [
            ("$crate::a::B::new(x, c::d())", &["crate::a::B::new", "c::d"][..]),
            ("use super::{a, b::{C, self}, d as e};", &["super::a", "super::b::C", "super::b", "super::d"]),
            ("x.iter::<a::B>().y::z()", &["a::B"]),
            ("::std::mem::swap(a); <T>::b::c()", &["T"]),
            ("name: b::C, f(1), MAX", &["b::C", "f", "MAX"]),
        ] {
            let found: Vec<String> =
                mentions(tokens.parse().unwrap()).iter().map(|mention| mention.path.join("::")).collect();
            assert_eq!(found, expected, "{tokens}");
        }
    }
}
