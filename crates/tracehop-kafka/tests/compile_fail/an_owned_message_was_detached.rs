use tracehop_kafka::TracedOwnedMessage;

fn detach(order: TracedOwnedMessage) {
    let _ = order.detach();
}

fn main() {
    let _ = detach;
}
