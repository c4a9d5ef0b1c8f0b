//! Scenarios of runtimes: one that ends in mid-handler, and two that share a tracer.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::SpanData;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tracehop::MessagingTracer;

use super::bench::{DEADLINE, header, headers_of, named, values};
use super::broker_under_test::BrokerUnderTest;
use super::poll_once::poll_once;
use super::redelivery::Redelivery;
use super::stage::Stage;
use crate::{SpanRecorder, TraceTree};

/// Scenarios in which the broker must deliver a message again, if it can.
pub(super) const ABOUT_REDELIVERY: [&str; 1] =
    ["a_runtime_that_ends_in_mid_handler_loses_neither_span_nor_message"];

/// The header in which a message says which it is.
const WHICH: &str = "which";

#[derive(Clone, Copy, Debug)]
enum Kind {
    MultiThread,
    CurrentThread,
}

impl Kind {
    fn runtime(self) -> Runtime {
        let mut builder = match self {
            Self::MultiThread => Builder::new_multi_thread(),
            Self::CurrentThread => Builder::new_current_thread(),
        };
        builder.worker_threads(2).enable_all().build().expect("a runtime can be made")
    }
}

/// How a runtime ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Drop,
    Timeout,
    Background,
}

impl Ending {
    fn end(self, runtime: Runtime) {
        match self {
            Self::Drop => drop(runtime),
            Self::Timeout => runtime.shutdown_timeout(DEADLINE),
            Self::Background => runtime.shutdown_background(),
        }
    }
}

/// A thread that needs longer hangs. It waits for an outage, too.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs something that blocks on a thread of its own, which is left behind if it hangs.
async fn on_a_thread<T: Send + 'static>(what: String, run: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        // Dropped in a panic too.
        let _done = done;
        run()
    });
    let in_time = timeout(PATIENCE, is_done).await;
    assert!(in_time.is_ok(), "{what} hangs");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

pub(super) async fn a_runtime_that_ends_in_mid_handler_loses_neither_span_nor_message<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    for (kind, ending, clients_stay) in [
        (Kind::MultiThread, Ending::Timeout, false),
        (Kind::MultiThread, Ending::Drop, true),
        (Kind::CurrentThread, Ending::Drop, false),
        (Kind::CurrentThread, Ending::Background, true),
    ] {
        let what = format!("{kind:?} runtime, {ending:?}, clients are dropped later: {clients_stay}");
        println!("{what}");
        let spans = SpanRecorder::new();
        let tracer = spans.messaging_tracer();
        let destination = stage.destination().await;
        let first = {
            let (tracer, destination) = (tracer.clone(), Arc::clone(&destination));
            move || interrupt::<B>(kind, ending, clients_stay, &tracer, &destination)
        };
        on_a_thread(what.clone(), first).await;
        spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
        stage.between_steps().await;
        let next = move || kind.runtime().block_on(go_on::<B>(&tracer, &destination));
        let broker = on_a_thread(what, next).await;

        let ended = |spans: &SpanRecorder| spans.unfinished() == 0;
        spans.wait_until(ended, DEADLINE).await;
        spans.assert_every_message_linked();
        // The send that was in flight is a trace of its own.
        let all = spans.finished();
        let trace = all.first().expect("the first send has a span").span_context.trace_id();
        let of_first = all.into_iter().filter(|span| span.span_context.trace_id() == trace);
        let expected = match B::REDELIVERY {
            Redelivery::Again => {
                "
                SEND        PRODUCER  #1
                ├ PROCESS   CONSUMER  links: #1  error=cancelled
                └ PROCESS   CONSUMER  links: #1
                  └ SETTLE  CLIENT
                "
            }
            Redelivery::Never(_) => {
                "
                SEND       PRODUCER  #1
                └ PROCESS  CONSUMER  links: #1  error=cancelled
                "
            }
        };
        TraceTree::new(of_first).assert(&named(&broker, B::SETTLEMENTS[0], expected));
    }
}

/// Ends a runtime while a handler waits, a receive waits, and a send is on its way.
fn interrupt<B: BrokerUnderTest>(
    kind: Kind,
    ending: Ending,
    clients_stay: bool,
    tracer: &MessagingTracer,
    destination: &B::Destination,
) {
    let runtime = kind.runtime();
    let broker = runtime.block_on(async {
        let broker = B::connect(tracer, destination).await;
        broker.send(&[header(WHICH, "handled")]).await;
        Arc::new(broker)
    });
    let (tells, mut told) = mpsc::unbounded_channel();
    let mut begun = || {
        let waiting = runtime.block_on(async { timeout(DEADLINE, told.recv()).await });
        waiting.expect("it begins in time").expect("it does not end");
    };

    let (clients, tell) = (Arc::clone(&broker), tells.clone());
    runtime.spawn(async move {
        let got = clients.receive().await;
        let handler = async {
            tell.send(()).expect("somebody waits");
            pending::<()>().await;
        };
        B::received(&got).process(handler).await;
    });
    begun();
    let (clients, tell) = (Arc::clone(&broker), tells.clone());
    runtime.spawn(async move {
        let mut waiting = pin!(clients.receive());
        assert!(poll_once(waiting.as_mut()).await.is_pending(), "nothing was sent");
        tell.send(()).expect("somebody waits");
        pending::<()>().await;
    });
    begun();
    let (clients, tell) = (Arc::clone(&broker), tells);
    runtime.spawn(async move {
        let headers = [header(WHICH, "in flight")];
        let mut sending = pin!(clients.send(&headers));
        let _ = poll_once(sending.as_mut()).await;
        tell.send(()).expect("somebody waits");
        pending::<()>().await;
    });
    begun();
    let kept = clients_stay.then_some(broker);
    ending.end(runtime);
    assert!(!Context::current().has_active_span(), "nothing stays attached to the thread");
    drop(kept);
}

/// The next process of the service: it gets what the first one did not settle, and then what comes.
async fn go_on<B: BrokerUnderTest>(tracer: &MessagingTracer, destination: &B::Destination) -> B {
    let broker = B::connect(tracer, destination).await;
    let last = match B::REDELIVERY {
        Redelivery::Again => "handled",
        Redelivery::Never(_) => {
            broker.send(&[header(WHICH, "next")]).await;
            "next"
        }
    };
    let mut seen = Vec::new();
    while !seen.iter().any(|which| which == last) {
        let got = broker.receive().await;
        let received = B::received(&got);
        received.process(broker.settle(&got, B::SETTLEMENTS[0])).await;
        seen.extend(values(&headers_of::<B>(received), WHICH));
    }
    let count = |which: &str| seen.iter().filter(|seen| *seen == which).count();
    assert!(count("in flight") <= 1, "{seen:?}");
    let again = usize::from(B::REDELIVERY == Redelivery::Again);
    assert_eq!(count("handled"), again, "{seen:?}, and its redelivery is {:?}", B::REDELIVERY);
    broker
}

/// How many tasks each of two runtimes has, and how many messages each task sends.
const TASKS: usize = 4;
const MESSAGES: usize = 10;

pub(super) async fn two_runtimes_that_share_a_tracer_keep_their_contexts_apart<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let (start, starts) = watch::channel(None);
    let (connected, mut are_connected) = mpsc::unbounded_channel();
    let mut threads = Vec::new();
    for kind in [Kind::MultiThread, Kind::CurrentThread] {
        let both = Both { spans: spans.clone(), tracer: tracer.clone(), starts: starts.clone() };
        let (connected, destination) = (connected.clone(), stage.destination().await);
        let run = move || both.hops::<B>(kind, &destination, &connected);
        threads.push(on_a_thread(format!("{kind:?} runtime"), run));
    }
    let second = threads.pop().expect("there are two");
    let first = threads.pop().expect("there are two");
    let starting = async {
        for _ in 0..2 {
            are_connected.recv().await.expect("the other end is here");
        }
        start.send_replace(Some(stage.between_steps().await));
    };
    let (first, second, ()) = tokio::join!(first, second, starting);

    spans.wait_until(|spans| spans.unfinished() == 0, DEADLINE).await;
    spans.assert_every_message_linked();
    let all = spans.finished();
    let requests: Vec<&SpanData> = all.iter().filter(|span| span.name == "request").collect();
    assert_eq!(requests.len(), 2 * TASKS * MESSAGES);
    assert_eq!(all.len(), 4 * requests.len(), "there are traces beside those of the requests");
    for request in requests {
        let trace = request.span_context.trace_id();
        let spans: Vec<SpanData> =
            all.iter().filter(|span| span.span_context.trace_id() == trace).cloned().collect();
        let is_of_first = spans.iter().any(|span| span.name == first.span_name("send"));
        let expected = named(
            if is_of_first { &*first } else { &*second },
            B::SETTLEMENTS[0],
            "
            request         INTERNAL
            └ SEND          PRODUCER  #1
              └ PROCESS     CONSUMER  links: #1
                └ SETTLE    CLIENT
            ",
        );
        TraceTree::new(spans).assert(&expected);
    }
}

/// What two runtimes share.
struct Both {
    spans: SpanRecorder,
    tracer: MessagingTracer,
    /// Becomes something when they may begin: whether the clients have to recover before.
    starts: watch::Receiver<Option<bool>>,
}

impl Both {
    /// Sends and handles messages in several tasks at once, each of which takes whatever message comes.
    fn hops<B: BrokerUnderTest>(
        mut self,
        kind: Kind,
        destination: &B::Destination,
        connected: &mpsc::UnboundedSender<()>,
    ) -> Arc<B> {
        let runtime = kind.runtime();
        let broker = runtime.block_on(async {
            let broker = B::connect(&self.tracer, destination).await;
            connected.send(()).expect("somebody waits");
            let start = self.starts.wait_for(Option::is_some).await.map(|start| *start);
            let must_recover = start.expect("somebody lets them start") == Some(true);
            if must_recover { broker.recover(&self.tracer, destination).await } else { broker }
        });
        let broker = Arc::new(broker);
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| runtime.spawn(hop_again_and_again(Arc::clone(&broker), self.spans.clone())))
            .collect();
        for task in tasks {
            runtime.block_on(task).unwrap_or_else(|error| resume_unwind(error.into_panic()));
        }
        assert!(!Context::current().has_active_span(), "nothing stays attached to the thread");
        broker
    }
}

async fn hop_again_and_again<B: BrokerUnderTest>(broker: Arc<B>, spans: SpanRecorder) {
    for _ in 0..MESSAGES {
        let request = Context::new().with_span(spans.tracer().start("request"));
        broker.send(&[]).with_context(request).await;
        let got = broker.receive().await;
        let received = B::received(&got);
        let trace = received.creation().trace_id();
        let handler = async {
            for _ in 0..3 {
                let current = Context::map_current(|cx| cx.span().span_context().trace_id());
                assert_eq!(current, trace, "the context of another message is current");
                tokio::task::yield_now().await;
            }
            broker.settle(&got, B::SETTLEMENTS[0]).await;
        };
        received.process(handler).await;
        let has_context = Context::map_current(Context::has_active_span);
        assert!(!has_context, "the context of a message stays current in its task");
    }
}
