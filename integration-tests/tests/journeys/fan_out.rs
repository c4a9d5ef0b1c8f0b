//! One event for many.

use rdkafka::consumer::CommitMode;

use crate::support::{Bench, kafka};

#[tokio::test]
async fn one_event_for_three_consumer_groups_is_one_trace_with_three_branches() {
    let bench = Bench::new();
    let orders = bench.name("orders");
    kafka::create_topic(&orders, 1).await;
    let groups = ["billing", "shipping", "audit"];
    let members = groups.map(|group| kafka::consumer(&orders, &bench.name(group), &bench.tracer));

    kafka::send(&kafka::producer(&bench.tracer), &orders, "order 1").await;
    for member in &members {
        let order = kafka::next(member).await;
        order.process(async { member.commit_message(&order, CommitMode::Sync) }).await.unwrap();
    }

    bench.tree(7).await.attributes(["messaging.consumer.group.name"]).assert(
        "
        send orders         PRODUCER  #1
        ├ process orders    CONSUMER  links: #1  messaging.consumer.group.name=billing
        │ └ commit orders   CLIENT               messaging.consumer.group.name=billing
        ├ process orders    CONSUMER  links: #1  messaging.consumer.group.name=shipping
        │ └ commit orders   CLIENT               messaging.consumer.group.name=shipping
        └ process orders    CONSUMER  links: #1  messaging.consumer.group.name=audit
          └ commit orders   CLIENT               messaging.consumer.group.name=audit
        ",
    );
}
