//! Which messages the journeys of the list must have.

use maud::{Markup, html};

use crate::api::{Address, Asked, Listing, MessagesAsked};
use crate::page::parts::{clipped, count, lengths, named, times};

/// What is counted, and the way back to all journeys.
pub(super) fn messages(listing: &Listing, asked: &Asked) -> Markup {
    let (Some(messages), Some(number)) = (&asked.messages, listing.messages) else { return html! {} };
    let all = Asked { messages: None, page: 1, until: None, ..asked.clone() };
    html! {
        p.notes data-messages=(number) {
            b { (count(number as u64)) @if number == 1 { " message" } @else { " messages" } }
            " to " a href=(hop(messages)) { (clipped(&messages.hop.destination)) }
            @for (what, name) in [(" from ", &messages.hop.producer), (" to ", &messages.hop.consumer), (" of group ", &messages.hop.group)] {
                @if let Some(name) = name { (what) b { (named(name)) } }
            }
            @if let Some(during) = messages.during { ", handled " (times(during)) }
            @if let Some(waited) = messages.waited { ", that waited " (lengths(waited)) }
            @if let Some(handled) = messages.handled { ", whose handling took " (lengths(handled)) }
            ". Each try counts once, also if several journeys have it. "
            a href=(all.address("/")) { "Journeys with any messages" }
        }
    }
}

/// What a form must pass on to ask for the same messages. Browsers change line ends: then another search begins anew.
pub(super) fn hidden(asked: &Asked) -> Markup {
    let params = asked.messages.as_ref().map(MessagesAsked::params).unwrap_or_default();
    let stays = |(_, value): &(&str, String)| !value.contains(['\r', '\n', '\0']);
    html! {
        @if params.iter().all(stays) {
            @for (name, value) in &params { input type="hidden" name=(name) value=(value); }
        }
    }
}

fn hop(messages: &MessagesAsked) -> Address {
    MessagesAsked { during: None, waited: None, handled: None, ..messages.clone() }
        .add_to(Address::of("/hop"))
}
