//! Faults that last until they are healed.

use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tracehop_brokers::{Direction, Fault};

use crate::support::{BOTH, NEVER, Net, hear, opposite, within};

/// Those with which nothing comes.
const STOPPING: [Fault; 4] =
    [Fault::black_hole(), Fault::bandwidth(0), Fault::latency(NEVER), Fault::latency(Duration::MAX)];

#[tokio::test]
async fn without_a_fault_everything_passes_both_ways() {
    let (_net, mut ends) = Net::connected().await;
    for direction in BOTH {
        ends.assert_passes(direction, "hello").await;
    }
}

#[tokio::test]
async fn what_is_stopped_in_one_direction_passes_in_the_other_one() {
    for fault in STOPPING {
        for direction in BOTH {
            let (net, mut ends) = Net::connected().await;
            net.proxy.apply(fault.of(direction));
            ends.say(direction, "held").await;
            ends.assert_passes(opposite(direction), "passes").await;
            net.holds(direction, b"held").await;
        }
    }
}

#[tokio::test]
async fn what_is_stopped_in_both_directions_passes_in_none() {
    for fault in STOPPING {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(fault);
        for direction in BOTH {
            ends.say(direction, "held").await;
            net.holds(direction, b"held").await;
        }
    }
}

#[tokio::test]
async fn what_was_held_up_comes_in_its_order_when_it_is_healed_and_before_what_comes_then() {
    for fault in STOPPING {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(fault);
        for direction in BOTH {
            ends.say(direction, "one ").await;
            net.holds(direction, b"one ").await;
            ends.say(direction, "two ").await;
            net.holds(direction, b"one two ").await;
        }
        net.proxy.heal();
        for direction in BOTH {
            ends.say(direction, "three").await;
            ends.assert_hears(direction, "one two three").await;
            net.holds(direction, b"").await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_made_inside_a_black_hole_is_made_and_silent() {
    let net = Net::new().await;
    net.proxy.apply(Fault::black_hole());
    let mut ends = net.connect().await;
    ends.say(Direction::ToServer, "hello").await;
    net.holds(Direction::ToServer, b"hello").await;
    net.proxy.heal();
    ends.assert_hears(Direction::ToServer, "hello").await;
}

#[tokio::test]
async fn a_black_hole_hides_that_a_side_has_closed_or_was_reset() {
    for is_reset in [false, true] {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(Fault::black_hole().of(Direction::ToServer));
        ends.say(Direction::ToServer, "bye").await;
        net.holds(Direction::ToServer, b"bye").await;
        if is_reset {
            ends.client.set_zero_linger().unwrap();
        } else {
            within(ends.client.shutdown()).await.unwrap();
            ends.assert_passes(Direction::ToClient, "I hear nothing").await;
        }
        let server = ends.server;
        drop(ends.client);
        let mut ends = crate::support::Ends { client: net.connect().await.client, server };
        assert_eq!(net.proxy.held(Direction::ToServer), b"bye");
        net.proxy.heal();
        ends.assert_hears(Direction::ToServer, "bye").await;
        if is_reset {
            ends.assert_reset(Direction::ToServer).await;
        } else {
            ends.assert_end(Direction::ToServer).await;
        }
    }
}

#[tokio::test]
async fn latency_is_how_much_later_everything_comes() {
    const LATENCY: Duration = Duration::from_millis(50);
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::latency(LATENCY));
    let begun = Instant::now();
    ends.assert_passes(Direction::ToServer, "ask").await;
    ends.assert_passes(Direction::ToClient, "answer").await;
    assert!(begun.elapsed() >= 2 * LATENCY, "there and back, not {:?}", begun.elapsed());
}

#[tokio::test]
async fn latency_is_not_added_up_by_pieces_that_are_on_their_way_together() {
    const PIECES: u32 = 200;
    const LATENCY: Duration = Duration::from_millis(100);
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::latency(LATENCY));
    let begun = Instant::now();
    for _ in 0..PIECES {
        ends.say(Direction::ToServer, "piece").await;
        tokio::task::yield_now().await;
    }
    hear(&mut ends.server, 5 * PIECES as usize).await;
    // One after the other they would take 20 seconds.
    assert!(begun.elapsed() < PIECES * LATENCY / 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn jitter_keeps_the_order() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::jitter(Duration::from_millis(5)));
    let mut said = String::new();
    for number in 0..100 {
        let piece = format!("{number} ");
        ends.say(Direction::ToServer, &piece).await;
        said.push_str(&piece);
        tokio::task::yield_now().await;
    }
    ends.assert_hears(Direction::ToServer, &said).await;
}

#[tokio::test]
async fn bandwidth_is_how_many_bytes_come_in_a_second() {
    const BYTES: usize = 50_000;
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::bandwidth(250_000).of(Direction::ToClient));
    // A fifth of a second for all bytes, but for the last of them.
    for (direction, least) in [(Direction::ToServer, 0), (Direction::ToClient, 175)] {
        let begun = Instant::now();
        let (from, to) = ends.of(direction);
        let bytes = vec![7; BYTES];
        let (said, heard) = within(async { tokio::join!(from.write_all(&bytes), hear(to, BYTES)) }).await;
        said.unwrap();
        assert_eq!(heard, bytes);
        assert!(begun.elapsed() >= Duration::from_millis(least), "{direction:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn faults_of_different_kinds_are_combined() {
    const BYTES: usize = 20_000;
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::latency(Duration::from_millis(150)).of(Direction::ToServer));
    net.proxy.apply(Fault::bandwidth(200_000));
    let begun = Instant::now();
    let bytes = vec![7; BYTES];
    within(ends.client.write_all(&bytes)).await.unwrap();
    assert_eq!(hear(&mut ends.server, BYTES).await, bytes);
    // A tenth of a second for all bytes, but for the last of them.
    assert!(begun.elapsed() >= Duration::from_millis(150 + 75), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_fault_takes_the_place_of_another_one_of_its_kind() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::latency(NEVER));
    net.proxy.apply(Fault::latency(Duration::ZERO).of(Direction::ToClient));
    ends.assert_passes(Direction::ToClient, "passes").await;
    ends.say(Direction::ToServer, "held").await;
    net.holds(Direction::ToServer, b"held").await;
    net.proxy.apply(Fault::latency(Duration::ZERO));
    ends.assert_hears(Direction::ToServer, "held").await;
}

#[tokio::test]
async fn a_slow_close_is_late_and_what_was_said_before_it_is_not() {
    const DELAY: Duration = Duration::from_millis(50);
    for direction in BOTH {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(Fault::slow_close(DELAY).of(direction));
        let closed = Instant::now();
        ends.say(direction, "bye").await;
        within(ends.of(direction).0.shutdown()).await.unwrap();
        ends.assert_hears(direction, "bye").await;
        ends.assert_end(direction).await;
        assert!(closed.elapsed() >= DELAY, "{:?}", closed.elapsed());
        net.proxy.apply(Fault::slow_close(NEVER).of(direction));
        within(ends.of(opposite(direction)).0.shutdown()).await.unwrap();
        ends.assert_end(opposite(direction)).await;
    }
}
