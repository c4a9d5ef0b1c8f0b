//! The way to the next hundred.

use maud::{Markup, html};

use crate::api::{Address, Asked, Listing};
use crate::page::parts::count;

pub(super) fn pages(listing: &Listing, asked: &Asked) -> Markup {
    // The first page stays live; all others stay as they are.
    let address = |page: usize| -> Address {
        let until = (page > 1).then_some(listing.until).flatten();
        asked.address("/").maybe("page", (page > 1).then_some(page)).maybe("until", until)
    };
    let first = (listing.page - 1) * asked.limit + 1;
    let last = first + listing.rows.len().saturating_sub(1);
    html! {
        @if listing.pages > 1 {
            nav.pages aria-label="Pages" {
                @if listing.page > 1 { a href=(address(listing.page - 1)) rel="prev" { "← before" } }
                span { (count(first as u64)) " – " (count(last as u64)) " of " (count(listing.matched as u64)) }
                @if listing.page < listing.pages { a href=(address(listing.page + 1)) rel="next" { "next →" } }
            }
        }
    }
}
