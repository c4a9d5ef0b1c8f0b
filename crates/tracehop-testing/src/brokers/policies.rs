//! Scenarios of policies by destination.

use tracehop::{LivePolicies, Policies, Policy, SpanLevel, Trust};

use super::bench::{DEADLINE, header};
use super::broker_under_test::BrokerUnderTest;
use super::stage::Stage;

/// A context as another service would send it.
const FOREIGN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What the broker's settlement, send and receive do follows the policy that holds when they begin.
pub(super) async fn a_policy_of_the_destination_holds_from_the_next_message_on<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let live = LivePolicies::new(Policies::new());
    let bench = stage.under(live.clone()).await;
    let names = ["send", "process"].map(|operation| bench.broker.span_name(operation));
    // Where the two ends of one queue have different names, the policy is for both.
    let on = |policy: Policy| {
        names.iter().fold(Policies::new(), |policies, name| {
            let (_, destination) = name.split_once(' ').expect("a span is named after its destination");
            policies.on(destination, policy.clone())
        })
    };
    let settlement = B::SETTLEMENTS[0];

    live.replace(on(Policy::new().trust(Trust::LinkOnly).settle_spans(false)));
    bench.broker.send(&[header("traceparent", FOREIGN)]).await;
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    bench.broker.settle(&got, settlement).await;
    bench.spans.wait_for(2, DEADLINE).await;
    bench
        .assert_tree(
            2,
            "",
            "
            SEND     CLIENT    links: (remote)
            PROCESS  CONSUMER  links: (remote)
            ",
        )
        .await;
    bench.spans.clear();

    live.replace(on(Policy::new().spans(SpanLevel::Off)));
    bench.broker.send(&[header("traceparent", "garbage")]).await;
    let got = bench.broker.receive().await;
    assert!(B::received(&got).problems().is_empty(), "nobody looked");
    B::received(&got).process(async {}).await;
    bench.broker.settle(&got, settlement).await;

    live.replace(Policies::new());
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    bench.broker.settle(&got, settlement).await;
    bench
        .assert_tree(
            3,
            settlement,
            "
            SEND          PRODUCER  #1
            └ PROCESS     CONSUMER  links: #1
              └ SETTLE    CLIENT
            ",
        )
        .await;
}
