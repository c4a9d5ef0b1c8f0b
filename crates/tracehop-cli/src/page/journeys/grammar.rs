//! What can be searched, and what of a search was not understood.

use maud::{Markup, html};

use crate::api::{Address, Asked};
use crate::page::parts::plain;

const EXAMPLES: [(&str, &str); 13] = [
    ("service:billing", "a service takes part; service:a,b is either"),
    ("dest:orders", "a message was sent to this topic, queue or subject"),
    ("attempt>1", "a message took more than one try"),
    ("wait>2s", "one message waited longer"),
    ("took>=500ms", "it took as long, or longer"),
    ("error:*", "something failed; error:timeout is one kind"),
    ("status:waiting", "ok, failed, dead_lettered or waiting"),
    ("trace:4bf92f…", "it runs through a trace, whose id begins so"),
    ("user.id:42", "any attribute named at start with --tag"),
    ("-service:audit", "not so"),
    ("\"place order\"", "words of its name"),
    ("dest:ship*", "begins so"),
    ("group:\"\"", "empty, or not there"),
];

pub(super) fn grammar() -> Markup {
    html! {
        details.grammar {
            summary { "How to search" }
            dl {
                @for (term, means) in EXAMPLES {
                    dt { a href=(Address::of("/").with("q", term)) { code { (term) } } }
                    dd { (means) }
                }
            }
            p.soft { "Terms are joined by and. The list completes them as you type." }
        }
    }
}

pub(super) fn not_understood(asked: &Asked) -> Markup {
    let all = &asked.parsed.not_understood;
    html! {
        @if !all.is_empty() {
            ul.notes role="alert" data-not-understood=(all.len()) {
                @for one in all {
                    li {
                        code { (plain(&one.text)) } " was left out: " (plain(&one.why))
                        @if let Some(better) = &one.suggestion {
                            ". Did you mean "
                            a href=(Address::of("/").with("q", asked.text.replacen(one.text.as_str(), better.as_str(), 1))) { code { (plain(better)) } }
                            "?"
                        }
                    }
                }
            }
        }
    }
}
