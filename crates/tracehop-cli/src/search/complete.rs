//! What may come next in a search.

use std::borrow::Cow;
use std::sync::Arc;

use super::field::{Field, FieldKind};
use super::known::Known;
use super::pattern::quoted;
use super::query::{OUTCOMES, tag_key};
use super::signs::{Sign, terms, text_of};

/// How many completions are offered.
const MAX_COMPLETIONS: usize = 20;

/// How many characters of a search are looked at: as many as are read.
const MAX_CHARS: usize = 1_000;

/// What may come next: the bytes `from..to` of the search are replaced by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Where the replaced part begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What is written there.
    pub text: String,
    /// What it means.
    pub about: Cow<'static, str>,
}

impl Completion {
    /// The whole search with this in it, and where the cursor stands then, in bytes.
    pub fn apply(&self, search: &str) -> (String, usize) {
        let before = search.get(..self.from).unwrap_or_default();
        let after = search.get(self.to..).unwrap_or_default();
        (format!("{before}{}{after}", self.text), before.len() + self.text.len())
    }
}

/// What may come next where the cursor stands, counted in bytes: at most 20, best first.
///
/// ```
/// use tracehop_cli::search::{Known, complete};
///
/// let offered = complete("service:billing sta", 19, &Known::default());
/// assert_eq!(offered[0].apply("service:billing sta").0, "service:billing status:");
/// ```
pub fn complete(text: &str, cursor: usize, known: &Known) -> Vec<Completion> {
    let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(end, _)| end);
    let text = text.get(..end).unwrap_or_default();
    let cursor = (0..=cursor.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let term = terms(text).into_iter().find(|term| (term.place.start..=term.place.end).contains(&cursor));
    let Some(term) = term else {
        return offer(cursor..cursor, names("", "", known));
    };
    let mut signs: &[Sign] = &term.signs;
    let mut place = term.place;
    let mut minus = "";
    if let [first, rest @ ..] = signs
        && first.is('-')
        && first.at < cursor
    {
        (signs, minus) = (rest, "-");
    }
    let typed: Vec<Sign> = signs.iter().copied().take_while(|sign| sign.at < cursor).collect();
    let Some(operator) = typed.iter().position(|sign| sign.is_operator()) else {
        return offer(place, names(&text_of(&typed), minus, known));
    };
    let (key, value) = typed.split_at_checked(operator).unwrap_or_default();
    let is_quoted = !key.is_empty() && key.iter().all(|sign| sign.quoted);
    let key = text_of(key);
    // The alternative that the cursor stands in: after the operator, or after the last comma.
    let is_border = |sign: &Sign| sign.is_operator() || sign.is(',');
    let start = value.iter().rposition(is_border).unwrap_or(0);
    let (border, value) = value.split_at_checked(start + 1).unwrap_or_default();
    place.start = border.last().map_or(place.start, |sign| sign.at + sign.c.len_utf8());
    place.end = signs.iter().find(|sign| sign.at >= cursor && sign.is(',')).map_or(place.end, |sign| sign.at);
    let typed = text_of(value);
    if let Some(field) = Field::named(&key).filter(|_| !is_quoted) {
        return offer(place, values(field, &typed, border, known));
    }
    let values = known.tags.iter().find(|(other, _)| other.eq_ignore_ascii_case(&key));
    let values = values.into_iter().flat_map(|(_, values)| values);
    offer(place, ranked(values.map(|it| (&**it, quoted(it), Cow::Owned(key.clone()))), &typed))
}

/// A text to write and what it means.
type Offer = (String, Cow<'static, str>);

fn offer(place: std::ops::Range<usize>, offers: Vec<Offer>) -> Vec<Completion> {
    let offers = offers.into_iter().take(MAX_COMPLETIONS);
    offers.map(|(text, about)| Completion { from: place.start, to: place.end, text, about }).collect()
}

/// Names of fields and attributes, and then values that look like it.
fn names(typed: &str, minus: &str, known: &Known) -> Vec<Offer> {
    let fields = Field::all().map(|field| {
        let operator = if matches!(field.kind(), FieldKind::Number | FieldKind::Length) { ">" } else { ":" };
        (field.name(), format!("{minus}{}{operator}", field.name()), Cow::Borrowed(field.about()))
    });
    let about = Cow::Borrowed("an attribute");
    let tags = known.tags.keys().map(|key| (&**key, format!("{minus}{}:", tag_key(key)), about.clone()));
    let mut offers = ranked(fields.chain(tags), typed);
    if typed.is_empty() {
        // In the order of the table, which is that of importance.
        offers = Field::all()
            .filter_map(|field| offers.iter().find(|(_, about)| *about == field.about()).cloned())
            .chain(offers.iter().filter(|(_, other)| *other == about).cloned())
            .collect();
        return offers;
    }
    for (field, values) in [
        (Field::Service, &known.services),
        (Field::Destination, &known.destinations),
        (Field::Error, &known.errors),
    ] {
        let text = |value: &Arc<str>| format!("{minus}{}:{}", field.name(), quoted(value));
        let values = values.iter().map(|value| (&**value, text(value), Cow::Borrowed(field.about())));
        offers.extend(ranked(values, typed));
    }
    offers
}

fn values(field: Field, typed: &str, border: &[Sign], known: &Known) -> Vec<Offer> {
    let about = Cow::Borrowed(field.about());
    let fixed = |values: &[&str]| values.iter().map(|&it| (it.to_owned(), about.clone())).collect::<Vec<_>>();
    let known = match field {
        Field::Service | Field::Producer | Field::Consumer => &known.services,
        Field::Destination => &known.destinations,
        Field::Group => &known.groups,
        Field::Partition => &known.partitions,
        Field::System => &known.systems,
        Field::Error => &known.errors,
        Field::Status => {
            let names = OUTCOMES.iter().take(4).map(|(name, _)| (*name, (*name).to_owned(), about.clone()));
            return ranked(names, typed);
        }
        Field::Trace => return Vec::new(),
        Field::Attempt | Field::Spans if typed.is_empty() => return fixed(&["1", "2", "4"]),
        _ if typed.is_empty() && border.iter().any(|sign| sign.is('<') || sign.is('>')) => {
            return fixed(&["100ms", "500ms", "1s", "5s", "1m"]);
        }
        _ if !typed.is_empty()
            && typed.bytes().all(|b| b.is_ascii_digit())
            && field.kind() == FieldKind::Length =>
        {
            return ["ms", "s", "m"].map(|unit| (format!("{typed}{unit}"), about.clone())).into();
        }
        Field::Attempt | Field::Spans | Field::Wait | Field::Took | Field::Waiting | Field::Working => {
            return Vec::new();
        }
    };
    ranked(known.iter().map(|it| (&**it, quoted(it), about.clone())), typed)
}

/// What begins with `typed`, and then what has it elsewhere, each by the alphabet.
fn ranked<'a>(
    candidates: impl Iterator<Item = (&'a str, String, Cow<'static, str>)>,
    typed: &str,
) -> Vec<Offer> {
    let typed = typed.to_lowercase();
    let mut found: Vec<_> = candidates
        .filter_map(|(name, text, about)| Some((name.to_lowercase().find(&typed)? > 0, text, about)))
        .collect();
    found.sort();
    found.into_iter().take(MAX_COMPLETIONS).map(|(_, text, about)| (text, about)).collect()
}
