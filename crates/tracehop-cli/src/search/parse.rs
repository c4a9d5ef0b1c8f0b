//! A search, read.

use super::field::{Field, FieldKind};
use super::misunderstood::Misunderstood;
use super::pattern::Pattern;
use super::query::{Comparison, Fact, OUTCOMES, Query, Wanted, is_of_a_key, is_trace_id, tag_key};
use super::signs::{Sign, Term, terms, text_of};
use super::trace_prefix::TracePrefix;
use crate::duration_text::{self, NoDuration};

/// How many characters of a search are read.
const MAX_CHARS: usize = 1_000;

/// A search that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// What was understood.
    pub query: Query,
    /// What was not, and is left out.
    pub not_understood: Vec<Misunderstood>,
}

impl Query {
    /// Reads a search. It never fails: what is not understood is left out, and said. The first 1,000 characters are read.
    ///
    /// ```
    /// use tracehop_cli::search::Query;
    ///
    /// let parsed = Query::parse("service:billing attempt>1 wait>2");
    /// assert_eq!(parsed.query.to_string(), "service:billing attempt>1");
    /// let [missed] = &parsed.not_understood[..] else { panic!("one part is not clear") };
    /// assert_eq!(missed.text, "wait>2");
    /// assert_eq!(missed.suggestion.as_deref(), Some("wait>2s"));
    /// ```
    pub fn parse(text: &str) -> Parsed {
        Self::read(text, |_| Ok(()))
    }

    /// The same where only these attributes are searched by: another one is not understood.
    ///
    /// ```
    /// use tracehop_cli::search::Query;
    ///
    /// let parsed = Query::parse_with(&["user.id"], "user.id:42 tenant:5");
    /// assert_eq!(parsed.query.to_string(), "user.id:42");
    /// assert_eq!(parsed.not_understood[0].text, "tenant:5");
    /// ```
    pub fn parse_with<K: AsRef<str>>(keys: &[K], text: &str) -> Parsed {
        Self::read(text, |wanted| match &wanted.fact {
            Fact::Tag(key, _) => known_key(keys, key, wanted),
            _ => Ok(()),
        })
    }

    fn read(text: &str, check: impl Fn(&Wanted) -> Result<(), Misunderstood>) -> Parsed {
        let mut parsed = Parsed::default();
        let end = text.char_indices().nth(MAX_CHARS).map_or(text.len(), |(end, _)| end);
        let (text, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let mut room = MAX_CHARS;
        for term in terms(text) {
            let found = closed(text, &term).and_then(|found| match found {
                Some(wanted) => check(&wanted).map(|()| Some(wanted)),
                None => Ok(None),
            });
            match found {
                Ok(None) => {}
                Ok(Some(wanted)) => {
                    // A query's text must be readable again, and may be longer than what it was read from.
                    let length = wanted.to_string().chars().count() + 1;
                    match room.checked_sub(length) {
                        Some(left) => {
                            room = left;
                            parsed.query.terms.push(wanted);
                        }
                        None => {
                            parsed.not_understood.push(raw(text, &term).because("the search is too long"));
                        }
                    }
                }
                Err(mut missed) => {
                    missed.text = raw(text, &term).text;
                    missed.suggestion = missed.suggestion.filter(|suggestion| is_understood(suggestion));
                    parsed.not_understood.push(missed);
                }
            }
        }
        if !rest.is_empty() {
            let head: String = rest.chars().take(20).chain(['…']).collect();
            let missed = Misunderstood { text: head, why: String::new(), suggestion: None };
            parsed.not_understood.push(missed.because("only the first 1,000 characters are read"));
        }
        parsed
    }
}

fn raw(text: &str, term: &Term) -> Misunderstood {
    let text = text.get(term.place.clone()).unwrap_or_default().to_owned();
    Misunderstood { text, why: String::new(), suggestion: None }
}

fn is_understood(term: &str) -> bool {
    terms(term).iter().all(|term| !term.is_unclosed && wanted(&term.signs).is_ok())
}

/// Reads a term of `text`, whose quotes must be closed: what was meant to stand behind an open one is not known.
fn closed(text: &str, term: &Term) -> Result<Option<Wanted>, Misunderstood> {
    let found = wanted(&term.signs)?;
    if !term.is_unclosed {
        return Ok(found);
    }
    let suggestion = found.map(|_| format!("{}\"", raw(text, term).text));
    Err(missed("a quote is open; close it where the text ends", suggestion))
}

fn known_key<K: AsRef<str>>(keys: &[K], key: &str, wanted: &Wanted) -> Result<(), Misunderstood> {
    let keys = keys.iter().map(AsRef::as_ref);
    if keys.clone().any(|known| known.eq_ignore_ascii_case(key)) {
        return Ok(());
    }
    let near = keys.filter(|_| key.len() <= 64).map(|known| (strsim::osa_distance(known, key), known)).min();
    let suggestion = near.filter(|(distance, _)| *distance <= 2).and_then(|(_, near)| {
        let text = wanted.to_string();
        let (start, value) = text.split_once(&tag_key(key))?;
        Some(format!("{start}{}{value}", tag_key(near)))
    });
    let key = tag_key(key);
    let why = format!(
        "{key} is neither a word of the search nor an attribute that is kept; to keep it, start with --tag {key}"
    );
    Err(missed(why, suggestion))
}

fn missed(why: impl Into<String>, suggestion: Option<String>) -> Misunderstood {
    Misunderstood { text: String::new(), why: why.into(), suggestion }
}

impl Misunderstood {
    fn because(self, why: &str) -> Self {
        Self { why: why.to_owned(), ..self }
    }
}

/// Who is asked for, and how it is compared with what.
struct Asked<'a> {
    key: String,
    /// A key in quotes is an attribute's, whatever it looks like.
    is_quoted: bool,
    operator: Operator,
    value: &'a [Sign],
}

impl Asked<'_> {
    /// Whether one of the alternatives is an empty text.
    fn has_empty(&self) -> bool {
        self.value.iter().any(|sign| sign.is_empty)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    Compares(Comparison),
}

/// Reads one term, or says what is wrong with it. An empty text in quotes is nothing.
fn wanted(signs: &[Sign]) -> Result<Option<Wanted>, Misunderstood> {
    let (negated, signs) = match signs {
        [first, rest @ ..] if first.is('-') => (true, rest),
        _ => (false, signs),
    };
    let minus = if negated { "-" } else { "" };
    let said = |suggestion: Option<String>| suggestion.map(|it| format!("{minus}{it}"));
    let fact = match signs {
        [] if negated => return Err(missed("nothing stands after the minus", None)),
        [] => return Ok(None),
        [first, ..] if first.is_operator() => {
            let why = format!("a name must stand before `{}`, without spaces", first.c);
            return Err(missed(why, None));
        }
        _ => match asked(signs) {
            Some(asked) => fact(&asked).map_err(|it| missed(it.why, said(it.suggestion)))?,
            None => word(signs),
        },
    };
    Ok(Some(Wanted { negated, fact }))
}

/// A term without operator.
fn word(signs: &[Sign]) -> Fact {
    let text = text_of(signs);
    let pasted = signs.iter().all(|sign| !sign.quoted) && is_trace_id(&text);
    match TracePrefix::parse(&text).filter(|_| pasted) {
        Some(trace) => Fact::Trace([trace].into()),
        None => Fact::Name(Pattern::of(signs)),
    }
}

fn asked(signs: &[Sign]) -> Option<Asked<'_>> {
    let end = signs.iter().position(|sign| sign.is_operator())?;
    let (key, rest) = signs.split_at_checked(end)?;
    let is_quoted = key.iter().all(|sign| sign.quoted);
    if !is_quoted && !key.iter().all(|sign| !sign.quoted && is_of_a_key(sign.c)) {
        return None;
    }
    let (operator, value) = operator(rest)?;
    let is_address = matches!(rest, [colon, one, two, ..] if colon.is(':') && one.is('/') && two.is('/'));
    // `http://…` is what a name may have in it.
    if is_address && Field::named(&text_of(key)).is_none() {
        return None;
    }
    Some(Asked { key: text_of(key), is_quoted, operator, value })
}

/// The operator that `signs` begin with, and what comes after it.
fn operator(signs: &[Sign]) -> Option<(Operator, &[Sign])> {
    let compares = |comparison, rest| Some((Operator::Compares(comparison), rest));
    match signs {
        [first, second, rest @ ..] if first.is('>') && second.is('=') => compares(Comparison::AtLeast, rest),
        [first, second, rest @ ..] if first.is('<') && second.is('=') => compares(Comparison::AtMost, rest),
        [first, rest @ ..] if first.is('>') => compares(Comparison::More, rest),
        [first, rest @ ..] if first.is('<') => compares(Comparison::Less, rest),
        [first, rest @ ..] if first.is(':') || first.is('=') => Some((Operator::Is, rest)),
        _ => None,
    }
}

fn fact(asked: &Asked<'_>) -> Result<Fact, Misunderstood> {
    let value = text_of(asked.value);
    let Some(field) = Field::named(&asked.key).filter(|_| !asked.is_quoted) else {
        return tag(asked, &value);
    };
    let name = field.name();
    if asked.value.is_empty() {
        return Err(missed(format!("say which: {name} is {}", field.about()), None));
    }
    if asked.has_empty() && field.kind() != FieldKind::Text {
        return Err(missed(format!("{name} is never an empty text: it is {}", field.about()), None));
    }
    match field.kind() {
        FieldKind::Number => number(field, asked),
        FieldKind::Length => length(field, asked),
        FieldKind::Text | FieldKind::Status | FieldKind::Trace if asked.operator != Operator::Is => {
            let why = format!("{name} is a text and has no more or less");
            Err(missed(why, Some(format!("{name}:{}", again(asked.value)))))
        }
        FieldKind::Text => Ok(Fact::Text(field, patterns(asked.value)?)),
        FieldKind::Status => alternatives(asked.value)
            .map(|it| outcome(&text_of(it)))
            .collect::<Result<_, _>>()
            .map(Fact::Status),
        FieldKind::Trace => {
            alternatives(asked.value).map(|it| trace(&text_of(it))).collect::<Result<_, _>>().map(Fact::Trace)
        }
    }
}

fn tag(asked: &Asked<'_>, value: &str) -> Result<Fact, Misunderstood> {
    let key = &asked.key;
    if let Some(field) = Field::nearest(key).filter(|_| !asked.is_quoted) {
        let operator = match asked.operator {
            Operator::Is => Comparison::Equal,
            Operator::Compares(comparison) => comparison,
        };
        let value = if field.kind() == FieldKind::Text { again(asked.value) } else { value.to_owned() };
        let why = format!("there is no {key}; quotes make it an attribute: {}", tag_key(key));
        return Err(missed(why, Some(format!("{}{operator}{value}", field.name()))));
    }
    if asked.operator != Operator::Is {
        let why = format!("attributes such as {key} are texts and have no more or less");
        return Err(missed(why, Some(format!("{}:{}", tag_key(key), again(asked.value)))));
    }
    Ok(Fact::Tag(key.as_str().into(), patterns(asked.value)?))
}

/// What stands between commas. Nothing is no alternative.
fn alternatives(value: &[Sign]) -> impl Iterator<Item = &[Sign]> {
    value.split(|sign| sign.is(',')).filter(|alternative| !alternative.is_empty())
}

/// Texts as they must be written to mean the same.
fn again(value: &[Sign]) -> String {
    let texts: Vec<String> = alternatives(value).map(|it| Pattern::of(it).to_string()).collect();
    texts.join(",")
}

fn patterns(value: &[Sign]) -> Result<Box<[Pattern]>, Misunderstood> {
    let patterns: Box<[Pattern]> = alternatives(value).map(Pattern::of).collect();
    if patterns.is_empty() { Err(missed("say which; `*` stands for any", None)) } else { Ok(patterns) }
}

fn outcome(text: &str) -> Result<tracehop_journey::Outcome, Misunderstood> {
    let known = OUTCOMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, outcome)| *outcome).ok_or_else(|| {
        let text = text.to_ascii_lowercase();
        let (near, outcome) = OUTCOMES
            .iter()
            .map(|(name, outcome)| (strsim::osa_distance(name, &text), outcome))
            .min_by_key(|(distance, _)| *distance)
            .unwrap_or((usize::MAX, &tracehop_journey::Outcome::Ok));
        let suggestion = Fact::Status([*outcome].into());
        let suggestion = Wanted { negated: false, fact: suggestion }.to_string();
        missed("a status is ok, failed, dead_lettered or waiting", (near <= 2).then_some(suggestion))
    })
}

fn trace(text: &str) -> Result<TracePrefix, Misunderstood> {
    TracePrefix::parse(text).ok_or_else(|| missed("a trace id is 32 hex digits, or the first of them", None))
}

/// A comparison, also if it stands after a colon: `attempt:>1`.
fn comparison<'a>(asked: &Asked<'a>) -> (Comparison, &'a [Sign]) {
    let (operator, value) = match asked.operator {
        Operator::Is => operator(asked.value).unwrap_or((Operator::Is, asked.value)),
        given @ Operator::Compares(_) => (given, asked.value),
    };
    match operator {
        Operator::Is => (Comparison::Equal, value),
        Operator::Compares(comparison) => (comparison, value),
    }
}

fn number(field: Field, asked: &Asked<'_>) -> Result<Fact, Misunderstood> {
    let (comparison, value) = comparison(asked);
    text_of(value).parse().map(|number| Fact::Number(field, comparison, number)).map_err(|_| {
        let name = field.name();
        missed(format!("{name} is a number"), Some(format!("{name}>1")))
    })
}

fn length(field: Field, asked: &Asked<'_>) -> Result<Fact, Misunderstood> {
    let (comparison, value) = comparison(asked);
    let (name, text) = (field.name(), text_of(value));
    match duration_text::parse(&text) {
        Ok(length) if comparison == Comparison::Equal => {
            let suggestion =
                Wanted { negated: false, fact: Fact::Length(field, Comparison::AtLeast, length) };
            Err(missed(format!("say whether {name} is more or less"), Some(suggestion.to_string())))
        }
        Ok(length) => Ok(Fact::Length(field, comparison, length)),
        Err(NoDuration::NoUnit) => {
            let comparison = if comparison == Comparison::Equal { Comparison::AtLeast } else { comparison };
            // Few who write 500 mean minutes of waiting.
            let unit = if text.parse::<f64>().is_ok_and(|number| number >= 100.0) { "ms" } else { "s" };
            Err(missed(NoDuration::NoUnit.to_string(), Some(format!("{name}{comparison}{text}{unit}"))))
        }
        Err(other) => {
            let positive = text.strip_prefix('-').filter(|text| duration_text::parse(text).is_ok());
            let comparison = if comparison == Comparison::Equal { Comparison::AtLeast } else { comparison };
            Err(match positive {
                Some(positive) => {
                    missed("no duration is less than nothing", Some(format!("{name}{comparison}{positive}")))
                }
                None => missed(other.to_string(), Some(format!("{name}>2s"))),
            })
        }
    }
}
