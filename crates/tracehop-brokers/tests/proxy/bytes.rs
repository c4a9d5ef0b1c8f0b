//! What arrives is what was sent, whatever the network does meanwhile.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::support::{BOTH, DEADLINE, Ends, Net, within};

/// No two places of it look alike.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_passes_as_it_is_at_an_unlimited_bandwidth() {
    const LENGTH: usize = 64 * 1024 * 1024;
    let (net, Ends { mut client, mut server }) = Net::connected().await;
    net.proxy.apply(Fault::bandwidth(u64::MAX));
    let sent = noise(LENGTH);
    let copy = sent.clone();
    let sending = tokio::spawn(async move {
        client.write_all(&copy).await.unwrap();
        client.shutdown().await.unwrap();
    });
    let mut heard = Vec::with_capacity(LENGTH);
    within(server.read_to_end(&mut heard)).await.unwrap();
    assert!(heard == sent, "{} bytes of {LENGTH}", heard.len());
    within(sending).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_up_is_bounded_and_who_sends_more_has_to_wait() {
    const LENGTH: usize = 32 * 1024 * 1024;
    let (net, Ends { mut client, mut server }) = Net::connected().await;
    net.proxy.apply(Fault::black_hole());
    let sent = noise(LENGTH);
    let copy = sent.clone();
    let sending = tokio::spawn(async move {
        client.write_all(&copy).await.unwrap();
        client.shutdown().await.unwrap();
    });
    // Pieces count as some more than they have.
    let nearly = |held: &[u8]| held.len() > FaultProxy::MAX_HELD - 64 * 1024;
    net.proxy.wait_until_held(Direction::ToServer, nearly, DEADLINE).await;
    assert!(net.proxy.held(Direction::ToServer).len() <= FaultProxy::MAX_HELD);
    assert!(!sending.is_finished());
    net.proxy.heal();
    let mut heard = Vec::with_capacity(LENGTH);
    within(server.read_to_end(&mut heard)).await.unwrap();
    assert!(heard == sent, "{} bytes of {LENGTH}", heard.len());
    within(sending).await.unwrap();
}

#[derive(Debug, Clone)]
enum Step {
    Say(Direction, usize),
    Apply(Fault),
    ApplyFor(Fault, Duration),
    Heal,
}

fn step() -> impl Strategy<Value = Step> {
    let brief = Duration::from_millis(1);
    let faults = [
        Fault::latency(brief),
        Fault::jitter(brief),
        Fault::bandwidth(2_000_000),
        Fault::bandwidth(0),
        Fault::black_hole(),
        Fault::slow_close(brief),
    ];
    let fault = (select(faults.to_vec()), select(vec![None, Some(BOTH[0]), Some(BOTH[1])]));
    let fault = fault.prop_map(|(fault, direction)| match direction {
        Some(direction) => fault.of(direction),
        None => fault,
    });
    prop_oneof![
        4 => (select(BOTH.to_vec()), 1..50_000_usize).prop_map(|(direction, length)| Step::Say(direction, length)),
        2 => fault.clone().prop_map(Step::Apply),
        1 => fault.prop_map(move |fault| Step::ApplyFor(fault, brief)),
        1 => Just(Step::Heal),
    ]
}

/// Returns what was sent, and what arrived, in each direction.
async fn run(steps: Vec<Step>, cut: Option<Fault>) -> [(Vec<u8>, Vec<u8>); 2] {
    let (net, Ends { client, server }) = Net::connected().await;
    let (mut from_client, mut to_server) = client.into_split();
    let (mut from_server, mut to_client) = server.into_split();
    let listen = |mut stream: tokio::net::tcp::OwnedReadHalf| {
        tokio::spawn(async move {
            let mut heard = Vec::new();
            // A reset ends it too.
            let _ = within(stream.read_to_end(&mut heard)).await;
            heard
        })
    };
    let (client_hears, server_hears) = {
        std::mem::swap(&mut from_client, &mut from_server);
        (listen(from_server), listen(from_client))
    };
    let source = noise(50_000);
    let mut sent = [Vec::new(), Vec::new()];
    for step in steps {
        match step {
            Step::Say(direction, length) => {
                let (stream, sent) = match direction {
                    Direction::ToServer => (&mut to_server, &mut sent[0]),
                    Direction::ToClient => (&mut to_client, &mut sent[1]),
                };
                within(stream.write_all(&source[..length])).await.unwrap();
                sent.extend_from_slice(&source[..length]);
            }
            Step::Apply(fault) => net.proxy.apply(fault),
            Step::ApplyFor(fault, time) => net.proxy.apply_for(fault, time),
            Step::Heal => net.proxy.heal(),
        }
    }
    if let Some(cut) = cut {
        net.proxy.apply(cut);
    }
    net.proxy.heal();
    for stream in [&mut to_server, &mut to_client] {
        // It fails on a connection that was reset.
        let _ = within(stream.shutdown()).await;
    }
    let [up, down] = sent;
    [(up, server_hears.await.unwrap()), (down, client_hears.await.unwrap())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_faults_there_are_what_arrives_is_what_was_sent_or_the_beginning_of_it_after_a_cut(
        steps in vec(step(), 1..20),
        cut in select(vec![None, Some(Fault::cut()), Some(Fault::reset()), Some(Fault::cut().of(Direction::ToClient))]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (sent, heard) in runtime.block_on(run(steps, cut)) {
            prop_assert!(sent.starts_with(&heard), "{} of {} bytes", heard.len(), sent.len());
            prop_assert!(cut.is_some() || heard.len() == sent.len(), "{} of {} bytes", heard.len(), sent.len());
        }
    }
}
