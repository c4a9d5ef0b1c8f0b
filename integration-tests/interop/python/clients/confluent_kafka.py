from opentelemetry.instrumentation.confluent_kafka import ConfluentKafkaInstrumentor

ConfluentKafkaInstrumentor().instrument()

import confluent_kafka

import service


def _send(address, topic, headers):
    failures = []
    producer = confluent_kafka.Producer({"bootstrap.servers": address})
    with service.checkout():
        producer.produce(topic, b"{}", headers=headers, on_delivery=lambda error, _: failures.append(error))
    left = producer.flush(service.SECONDS)
    if left or failures != [None]:
        raise RuntimeError(f"not delivered: {left} are left, {failures}")


def send(address, topic):
    _send(address, topic, list(service.NOTES))


def send_again(address, topic):
    _send(address, topic, [service.OLD, *service.NOTES])


def _consumer(address, topic):
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": address, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    service.say("ready")
    return consumer


def poll(address, topic):
    consumer = _consumer(address, topic)
    record = None
    while record is None or record.error():
        record = consumer.poll(1)
    service.handle(record.headers())
    consumer.close()


def consume(address, topic):
    consumer = _consumer(address, topic)
    records = []
    while not records:
        records = consumer.consume(10, timeout=1)
    for record in records:
        service.handle(record.headers())
    consumer.close()


SHAPES = {"produce": send, "produce again": send_again, "poll": poll, "consume": consume}
