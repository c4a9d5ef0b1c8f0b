//! Which journeys are asked for.

use std::time::{Duration, SystemTime};

use super::address::Address;
use super::messages_asked::MessagesAsked;
use super::params::{BadParam, Params};
use super::window::Window;
use crate::search::{Parsed, Query};

/// How many journeys one answer has if nothing is said, and at most.
const LIMIT: usize = 100;
const MOST: usize = 1_000;

/// Which journeys are asked for, in which order: the parameters `q`, `window`, `sort`, `order`, `page`, `limit` and `until`, and those
/// of [`MessagesAsked`].
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The search as it was typed.
    pub(crate) text: String,
    pub(crate) parsed: Parsed,
    pub(crate) window: Window,
    /// Messages, one of which a journey must have.
    pub(crate) messages: Option<MessagesAsked>,
    pub(crate) sort: Sort,
    pub(crate) ascending: bool,
    /// From 1.
    pub(crate) page: usize,
    pub(crate) limit: usize,
    /// Journeys that started later are left out, so that pages stay as they are while new journeys arrive. In nanoseconds.
    pub(crate) until: Option<u64>,
}

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Started,
    Name,
    Took,
    Waiting,
    Tries,
    Spans,
}

impl Sort {
    const EACH: [(Self, &'static str); 6] = [
        (Self::Started, "started"),
        (Self::Name, "name"),
        (Self::Took, "took"),
        (Self::Waiting, "waiting"),
        (Self::Tries, "tries"),
        (Self::Spans, "spans"),
    ];

    /// As it stands in an address.
    pub(crate) fn text(self) -> &'static str {
        Self::EACH.into_iter().find(|(sort, _)| *sort == self).map_or("started", |(_, text)| text)
    }
}

impl Asked {
    /// Journeys can be searched by the attributes of these `tags`.
    pub(crate) fn of(params: &Params, tags: &[String]) -> Result<Self, BadParam> {
        let text = params.get("q").unwrap_or_default().to_owned();
        let sort = match params.get("sort") {
            None => Sort::default(),
            Some(text) => {
                let known = Sort::EACH.into_iter().find(|(_, known)| *known == text);
                let (sort, _) = known.ok_or_else(|| {
                    BadParam(format!("sort={text} is none of started, name, took, waiting, tries, spans"))
                })?;
                sort
            }
        };
        let ascending = match params.get("order") {
            None => sort == Sort::Name,
            Some("asc") => true,
            Some("desc") => false,
            Some(other) => return Err(BadParam(format!("order={other} is none of asc, desc"))),
        };
        Ok(Self {
            parsed: Query::parse_with(tags, &text),
            text,
            window: Window::of(params)?,
            messages: MessagesAsked::of(params)?,
            sort,
            ascending,
            page: params.number_within("page", 1..=usize::MAX)?.unwrap_or(1),
            limit: params.number_within("limit", 1..=MOST)?.unwrap_or(LIMIT),
            until: params.number("until")?,
        })
    }

    pub(crate) fn until(&self) -> Option<SystemTime> {
        self.until.and_then(|nanos| SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos)))
    }

    /// The address of a list at `path` that asks for the same, from its first page.
    pub(crate) fn address(&self, path: &str) -> Address {
        let order = if self.ascending { "asc" } else { "desc" };
        let address = Address::of(path)
            .maybe("q", (!self.text.is_empty()).then_some(&self.text))
            .maybe("window", (self.window != Window::default()).then_some(self.window.text()))
            .maybe("sort", (self.sort != Sort::default()).then_some(self.sort.text()))
            .maybe("order", (self.ascending != (self.sort == Sort::Name)).then_some(order))
            .maybe("limit", (self.limit != LIMIT).then_some(self.limit));
        match &self.messages {
            Some(messages) => messages.add_to(address),
            None => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_back_from_its_address() {
        let rows = [
            "/",
            "/?q=dest%3Aorders+wait%3E2s",
            "/?window=all",
            "/?sort=took",
            "/?sort=took&order=asc",
            "/?sort=name",
            "/?sort=name&order=desc",
            "/?q=a%26b%3Dc&window=1h&sort=tries&order=asc&limit=5",
            "/?destination=orders",
            "/?window=all&destination=+a%0A&producer=&consumer=b&group=c&during=5-9&waited=1000-&handled=0-7",
        ];
        for address in rows {
            let query = address.split_once('?').map_or("", |(_, query)| query);
            let asked = Asked::of(&Params::of(query), &[]).unwrap();
            assert_eq!(asked.address("/").to_string(), address);
        }
    }

    #[test]
    fn a_parameter_that_says_something_else_is_told() {
        let rows = [
            ("sort=size", "sort=size is none of started, name"),
            ("order=up", "order=up is none of asc, desc"),
            ("page=-1", "page=-1 is not a number"),
            ("limit=many", "limit=many is not a number"),
            ("page=0", "page=0 is less than 1"),
            ("limit=0", "limit=0 is not within 1 and 1000"),
            ("limit=1001", "limit=1001 is not within 1 and 1000"),
            ("destination=orders&during=5-1", "during=5-1 ends before it begins"),
            ("window=1y", "window=1y is none of 5m"),
            ("waited=5-9", "the parameter destination is missing"),
            ("destination=orders&during=today", "during=today is no pair of nanoseconds"),
        ];
        for (query, expected) in rows {
            let told = Asked::of(&Params::of(query), &[]).unwrap_err().0;
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn the_longest_answer_can_be_asked_for() {
        assert_eq!(Asked::of(&Params::of("limit=1000&page=1"), &[]).unwrap().limit, MOST);
    }
}
