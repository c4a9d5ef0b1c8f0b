use tracehop_kafka::TracedStreamConsumer;

async fn consume(consumer: TracedStreamConsumer) {
    let order = consumer.recv().await.unwrap();
    // `order.detach()` does.
    tokio::spawn(order.process_owned(|_| async {}));
}

fn main() {
    let _ = consume;
}
