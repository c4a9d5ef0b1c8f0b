//! What may be printed of a carrier.

use std::fmt;

use super::Carrier;

/// Prints the names of a carrier's headers, in their order. Values may be private, and are left out.
///
/// ```
/// use tracehop::{HeaderNames, MemoryHeaders};
///
/// let headers = MemoryHeaders::from_iter([("tenant", Some("a")), ("tag", Some("1"))]);
/// assert_eq!(format!("{:?}", HeaderNames(&headers)), r#"["tenant", "tag"]"#);
/// ```
pub struct HeaderNames<'a, C: ?Sized>(pub &'a C);

impl<C: Carrier + ?Sized> fmt::Debug for HeaderNames<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.0.for_each(&mut |name, _| {
            list.entry(&String::from_utf8_lossy(name));
        });
        list.finish()
    }
}
