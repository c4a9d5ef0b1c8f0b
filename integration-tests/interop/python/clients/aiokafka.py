import asyncio

from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor

AIOKafkaInstrumentor().instrument()

import aiokafka

import service


async def _send(address, topic, headers):
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    with service.checkout():
        await producer.send_and_wait(topic, b"{}", headers=headers)
    await producer.stop()


async def send(address, topic):
    await _send(address, topic, list(service.NOTES))


async def send_again(address, topic):
    name, value = service.OLD
    await _send(address, topic, [(name, value.encode()), *service.NOTES])


def _consuming(take):
    async def consuming(address, topic):
        consumer = aiokafka.AIOKafkaConsumer(
            topic, bootstrap_servers=address, group_id=topic, auto_offset_reset="earliest"
        )
        await consumer.start()
        service.say("ready")
        await take(consumer)
        await consumer.stop()

    return consuming


async def getone(consumer):
    record = await consumer.getone()
    service.handle(record.headers)


async def async_for(consumer):
    async for record in consumer:
        service.handle(record.headers)
        return


async def getmany(consumer):
    records = {}
    while not records:
        records = await consumer.getmany(timeout_ms=1000)
    for record in [record for some in records.values() for record in some]:
        service.handle(record.headers)


def _run(work):
    return lambda *arguments: asyncio.run(work(*arguments))


SHAPES = {
    "send": _run(send),
    "send again": _run(send_again),
    "getone": _run(_consuming(getone)),
    "async for": _run(_consuming(async_for)),
    "getmany": _run(_consuming(getmany)),
}
