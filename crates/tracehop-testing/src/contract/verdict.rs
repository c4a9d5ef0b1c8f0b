//! Whether what came out of a service is what had to.

use tracehop::CreationContext;

use super::form::{Form, Wanted};
use super::forms;
use super::settings::Settings;
use crate::Header;
use crate::printable::printable;

/// Values that are longer are cut in messages.
const LONGEST: usize = 160;

/// How many headers of a message are shown.
const MOST_HEADERS: usize = 12;

/// What the service did wrong; nothing if the list is empty.
pub(super) fn problems(form: &Form, came_out: &[Header], settings: &Settings) -> Vec<String> {
    let read = forms::read(&settings.propagator(), came_out);
    let mut problems = Vec::new();
    problems.extend(trace(&form.expected, &read, settings));
    if !form.expected.trace_only {
        problems.extend(tracestate(&form.expected, &read));
        problems.extend(baggage(&form.expected, &read, settings));
    }
    let contexts = came_out
        .iter()
        .filter(|(name, value)| name.eq_ignore_ascii_case(b"traceparent") && value.is_some())
        .count();
    if contexts > 1 && !settings.copies {
        problems.push(format!("{contexts} headers traceparent stand on it"));
    }
    problems
}

fn trace(wanted: &Wanted, read: &CreationContext, settings: &Settings) -> Option<String> {
    let Some((span_id, is_sampled)) = wanted.continued else {
        let goes_on = read.is_valid() && read.trace_id() == wanted.trace_id;
        return goes_on.then(|| "the trace goes on, although what went in has no valid context".to_owned());
    };
    if !read.is_valid() {
        return Some("it carries no context".to_owned());
    }
    if read.trace_id() != wanted.trace_id {
        return Some(format!("it is of the trace {}, not of {}", read.trace_id(), wanted.trace_id));
    }
    let copies = settings.copies || settings.copies_unsampled && !is_sampled;
    if copies && read.span_id() != span_id {
        return Some(format!("it is of the span {}, not of {span_id}", read.span_id()));
    }
    if !copies && read.span_id() == span_id {
        return Some("it is of the span of the sender: the service's own span is not in between".to_owned());
    }
    (is_sampled && !read.is_sampled()).then(|| "the trace is not sampled any more".to_owned())
}

/// `ot` is the member that samplers of the service may set.
fn tracestate(wanted: &Wanted, read: &CreationContext) -> Option<String> {
    let is_kept = |member: &&str| {
        !member.starts_with("ot=") || wanted.tracestate.as_deref().is_some_and(|all| all.contains(member))
    };
    let members: Vec<&str> = read.tracestate().unwrap_or_default().split(',').filter(is_kept).collect();
    let (got, wanted) = (members.join(","), wanted.tracestate.as_deref().unwrap_or_default());
    (got != wanted).then(|| format!("the tracestate is {}, not {}", quoted(&got), quoted(wanted)))
}

fn baggage(wanted: &Wanted, read: &CreationContext, settings: &Settings) -> Option<String> {
    let is_own = |(key, _): &(String, String)| settings.own_baggage.iter().any(|own| own == key);
    let got: Vec<_> = forms::baggage(read).into_iter().filter(|member| !is_own(member)).collect();
    let wanted: &[(String, String)] = if settings.passes_baggage { &wanted.baggage } else { &[] };
    let text = |members: &[(String, String)]| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
        quoted(&members.join(","))
    };
    (got != wanted).then(|| format!("the baggage is {}, not {}", text(&got), text(wanted)))
}

/// The headers in short.
pub(super) fn shown(headers: &[Header]) -> String {
    if headers.is_empty() {
        return "no headers".to_owned();
    }
    let line = |(name, value): &Header| {
        let value = value.as_ref().map_or_else(|| "(null)".to_owned(), |value| short(value));
        format!("{}: {value}", short(name))
    };
    let mut lines: Vec<String> = headers.iter().take(MOST_HEADERS).map(line).collect();
    if headers.len() > MOST_HEADERS {
        lines.push(format!("and {} more", headers.len() - MOST_HEADERS));
    }
    lines.join("; ")
}

fn short(bytes: &[u8]) -> String {
    let text = bytes.get(..LONGEST).unwrap_or(bytes).escape_ascii().to_string();
    if bytes.len() > LONGEST { format!("{text}… ({} bytes)", bytes.len()) } else { text }
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "missing".to_owned();
    }
    let short: String = text.chars().take(LONGEST).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", printable(&short))
}
