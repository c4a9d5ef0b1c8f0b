//! Spans by the scope that they are of.

use std::collections::HashMap;

use opentelemetry::InstrumentationScope;

use super::attribute::attributes;
use super::wire;

/// What is of one scope, in its order.
pub(super) struct Group<'a, T> {
    pub(super) scope: &'a InstrumentationScope,
    pub(super) items: Vec<T>,
}

/// Up to here it is faster to look at each group than to hash a scope, which sorts its attributes. Programs have a handful.
const FEW: usize = 8;

/// Groups by scope. The groups are in the order in which their scopes first appear.
pub(super) fn groups<'a, T>(
    items: impl ExactSizeIterator<Item = (&'a InstrumentationScope, T)>,
) -> Vec<Group<'a, T>> {
    let mut groups: Vec<Group<'_, T>> = Vec::new();
    let mut by_scope: HashMap<&InstrumentationScope, usize> = HashMap::new();
    let mut last = 0;
    let count = items.len();
    for (scope, item) in items {
        if groups.get(last).is_none_or(|group| !is_same(group.scope, scope)) {
            let known = if by_scope.is_empty() {
                groups.iter().position(|group| is_same(group.scope, scope))
            } else {
                by_scope.get(scope).copied()
            };
            last = known.unwrap_or(groups.len());
        }
        if let Some(group) = groups.get_mut(last) {
            group.items.push(item);
            continue;
        }
        let mut items = Vec::with_capacity(if groups.is_empty() { count } else { 4 });
        items.push(item);
        groups.push(Group { scope, items });
        if !by_scope.is_empty() {
            by_scope.insert(scope, last);
        } else if groups.len() > FEW {
            by_scope = groups.iter().enumerate().map(|(index, group)| (group.scope, index)).collect();
        }
    }
    groups
}

/// Whether two scopes are equal. To compare the attributes in their own order first spares a sorted copy of both.
pub(crate) fn is_same(a: &InstrumentationScope, b: &InstrumentationScope) -> bool {
    a.name() == b.name()
        && a.version() == b.version()
        && a.schema_url() == b.schema_url()
        && (a.attributes().eq(b.attributes()) || a == b)
}

/// Writes the message `InstrumentationScope`.
pub(super) fn write(scope: &InstrumentationScope, out: &mut Vec<u8>) {
    wire::text(1, scope.name(), out);
    wire::text(2, scope.version().unwrap_or_default(), out);
    attributes(3, scope.attributes().map(|attribute| (attribute.key.as_str(), &attribute.value)), out);
}
