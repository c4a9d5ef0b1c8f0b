//! The contract.

use std::fmt::{self, Display};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use tracehop::Format;

use super::contract_report::ContractReport;
use super::form::Form;
use super::settings::Settings;
use super::{forms, verdict};
use crate::Header;
use crate::printable::shortened;

const DEADLINE: Duration = Duration::from_secs(10);

/// What a service must do with the context of a message: one call that sends it a message in each form that a context has on
/// the wire, and looks at the message that the service sends because of it.
///
/// Only headers are seen, in and out. So the service may be a function, a child process or a container, in any language.
///
/// The forms are the [vectors](crate::vectors), each with a trace of its own. What must come out is the same trace with a span
/// of the service's own, the `tracestate` unchanged but for the member `ot` of samplers, and the same baggage; and a new trace,
/// or none, where what went in has no valid context. There must be one context only.
///
/// ```
/// # use tracehop::{Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
/// use tracehop_testing::{Header, ServiceContract, SpanRecorder};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("orders")) }
/// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let spans = SpanRecorder::new();
/// # let client = ClientTracer::<Mail>::new(&spans.messaging_tracer(), ClientFacts::default());
/// # let ship = async |headers: Vec<Header>| -> Result<Vec<Header>, String> {
/// #     let text = |(name, value): Header| (String::from_utf8_lossy(&name).into_owned(), value);
/// #     let order = client.received(Letter(headers.into_iter().map(text).collect()));
/// #     let mut sent = MemoryHeaders::new();
/// #     order.process_blocking(|| client.send(&MessageInfo::to(Destination::named("shipments")), &mut sent).end());
/// #     Ok(sent.into_vec().into_iter().map(|(name, value)| (name.into_bytes(), value)).collect())
/// # };
///
/// let report = ServiceContract::new()
///     .check(async |headers| {
///         // Send a message with these headers to the service, and wait for the one that it sends.
///         ship(headers).await
///     })
///     .await;
/// assert!(report.passed.len() > 100);
/// # }
/// ```
#[derive(Clone)]
#[must_use = "it does nothing before `check` or `check_blocking`"]
pub struct ServiceContract(Settings);

impl Default for ServiceContract {
    fn default() -> Self {
        Self::new()
    }
}

impl ServiceContract {
    /// What a service with tracehop's default propagator does: every [vector](crate::vectors), except those for readers that
    /// refuse repeats, or that know other names for `traceparent`.
    pub fn new() -> Self {
        Self(Settings {
            basic: false,
            hostile: false,
            formats: Vec::new(),
            aliases: Vec::new(),
            left_out: Vec::new(),
            carries: Arc::new(|_| true),
            deadline: DEADLINE,
            copies: false,
            copies_unsampled: false,
            passes_baggage: true,
            own_baggage: Vec::new(),
        })
    }

    /// What a service with any implementation of the W3C's specifications does: nine of the vectors. It is for services in
    /// other languages.
    pub fn basic() -> Self {
        let Self(settings) = Self::new();
        Self(Settings { basic: true, ..settings })
    }

    /// Also sends all [hostile headers](crate::corpus), of which the longest are some megabytes. The service must send a message
    /// because of each.
    pub fn hostile(mut self) -> Self {
        self.0.hostile = true;
        self
    }

    /// The service reads this format too: a message in it is sent as well, and its own may have it.
    pub fn reads(mut self, format: Format) -> Self {
        self.0.formats.push(format);
        self
    }

    /// The service knows another name for `traceparent`, for example Kafka's `elasticapmtraceparent`.
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.0.aliases.push(name.into());
        self
    }

    /// The service has no spans: it sends the context on as it came, with the span of its sender.
    pub fn copies_context(mut self) -> Self {
        self.0.copies = true;
        self
    }

    /// The service has no spans of a trace that is not sampled: it sends such a context on as it came. A service with
    /// `tracehop_sdk::init` does so, unless its sampler may sample what its parent did not.
    pub fn copies_unsampled_context(mut self) -> Self {
        self.0.copies_unsampled = true;
        self
    }

    /// The service passes no baggage on.
    pub fn without_baggage(mut self) -> Self {
        self.0.passes_baggage = false;
        self
    }

    /// The service puts a member of its own, of this name, into the baggage that it sends.
    pub fn adds_baggage(mut self, key: impl Into<String>) -> Self {
        self.0.own_baggage.push(key.into());
        self
    }

    /// Leaves a form out, and says why. The report repeats it.
    pub fn except(mut self, form: impl Into<String>, why: impl Into<String>) -> Self {
        self.0.left_out.push((form.into(), why.into()));
        self
    }

    /// Leaves out the forms that the transport cannot carry. Default: it carries everything. For example, headers that are text
    /// and not null: `|headers| headers.iter().all(|(_, value)| value.as_ref().is_some_and(|value| value.is_ascii()))`.
    pub fn carried_if(mut self, carries: impl Fn(&[Header]) -> bool + Send + Sync + 'static) -> Self {
        self.0.carries = Arc::new(carries);
        self
    }

    /// How long each message may take. Default: ten seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.0.deadline = deadline;
        self
    }

    /// Sends every form, one after another. `exchange` is given the headers of a message, sends it to the service, and gives
    /// back the headers of the message that the service sent because of it.
    ///
    /// It needs tokio's timer.
    ///
    /// # Panics
    ///
    /// Panics when `exchange` fails or takes longer than the deadline, and if the contract was broken for any form, after all
    /// have been sent. The message lists each such form with what went in, what came out and what is wrong with it. It also
    /// panics if there is no form of a name that was left out.
    ///
    /// # Cancel safety
    ///
    /// The message that is under way may still come out.
    #[track_caller]
    pub fn check<F, E>(&self, mut exchange: F) -> impl Future<Output = ContractReport> + use<F, E>
    where
        F: AsyncFnMut(Vec<Header>) -> Result<Vec<Header>, E>,
        E: Display,
    {
        let (settings, caller) = (self.0.clone(), Location::caller());
        async move {
            let mut run = Run::new(settings, caller);
            for form in run.take_forms() {
                let exchanged = exchange(form.headers.clone());
                let came_out = match tokio::time::timeout(run.settings.deadline, exchanged).await {
                    Ok(Ok(headers)) => Ok(headers),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(_) => Err(format!("no message came out within {:?}", run.settings.deadline)),
                };
                run.judge(&form, came_out);
            }
            run.end()
        }
    }

    /// [`check`](Self::check) for tests without a runtime. `exchange` has to keep a deadline of its own.
    ///
    /// # Panics
    ///
    /// As [`check`](Self::check).
    #[track_caller]
    pub fn check_blocking<E: Display>(
        &self,
        mut exchange: impl FnMut(Vec<Header>) -> Result<Vec<Header>, E>,
    ) -> ContractReport {
        let mut run = Run::new(self.0.clone(), Location::caller());
        for form in run.take_forms() {
            let came_out = exchange(form.headers.clone()).map_err(|error| error.to_string());
            run.judge(&form, came_out);
        }
        run.end()
    }
}

impl fmt::Debug for ServiceContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceContract").field("formats", &self.0.formats).finish_non_exhaustive()
    }
}

/// One call of `check`.
struct Run {
    settings: Settings,
    caller: &'static Location<'static>,
    forms: Vec<Form>,
    report: ContractReport,
    broken: Vec<String>,
}

impl Run {
    fn new(settings: Settings, caller: &'static Location<'static>) -> Self {
        let (mut forms, mut report) = (Vec::new(), ContractReport::default());
        for (vector, why) in forms::vectors(settings.basic, &settings.aliases) {
            match why {
                Some(why) => report.left_out.push((vector.name.to_owned(), why.to_owned())),
                None => forms.push(Form::of_vector(&vector, forms.len())),
            }
        }
        for format in &settings.formats {
            forms.push(forms::of_format(*format, forms.len()));
        }
        if settings.hostile {
            forms.extend(forms::hostile(forms.len()));
        }
        for (name, _) in &settings.left_out {
            let is_known = forms.iter().any(|form| form.name == *name);
            assert!(is_known, "{caller}: there is no form {name} to leave out");
        }
        let mut run = Self { settings, caller, forms: Vec::new(), report, broken: Vec::new() };
        for form in forms {
            let left_out = run.settings.left_out.iter().find(|(name, _)| *name == form.name);
            let why = match left_out {
                Some((_, why)) => Some(why.clone()),
                None if !(run.settings.carries)(&form.headers) => {
                    Some("the transport cannot carry its headers".to_owned())
                }
                None => None,
            };
            match why {
                Some(why) => run.report.left_out.push((form.name, why)),
                None => run.forms.push(form),
            }
        }
        assert!(!run.forms.is_empty(), "{caller}: no form is left: {}", run.report);
        run
    }

    fn take_forms(&mut self) -> Vec<Form> {
        std::mem::take(&mut self.forms)
    }

    fn judge(&mut self, form: &Form, came_out: Result<Vec<Header>, String>) {
        let head = format!(
            "    {} ({})\n        went in: {}\n",
            form.name,
            form.reason,
            verdict::shown(&form.headers)
        );
        match came_out {
            Err(error) => {
                self.broken.push(format!("{head}        {error}\n"));
                let passed = self.report.passed.len();
                panic!(
                    "{}: the service gave no message, after {passed} forms had passed\n{}",
                    self.caller,
                    self.text()
                );
            }
            Ok(headers) => {
                let problems = verdict::problems(form, &headers, &self.settings);
                if problems.is_empty() {
                    self.report.passed.push(form.name.clone());
                    return;
                }
                let lines = problems.into_iter().map(|problem| format!("        {problem}\n"));
                let came_out = format!("        came out: {}\n", verdict::shown(&headers));
                self.broken.push([head, came_out].into_iter().chain(lines).collect());
            }
        }
    }

    fn text(&self) -> String {
        shortened(&self.broken.concat())
    }

    fn end(self) -> ContractReport {
        let (broken, all) = (self.broken.len(), self.broken.len() + self.report.passed.len());
        assert!(
            broken == 0,
            "{}: the service breaks the contract in {broken} of {all} forms\n{}",
            self.caller,
            self.text()
        );
        self.report
    }
}
