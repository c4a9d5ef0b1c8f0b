import asyncio

from opentelemetry.instrumentation.aio_pika import AioPikaInstrumentor

AioPikaInstrumentor().instrument()

import aio_pika

import service


async def _publish(url, queue, message):
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        with service.checkout():
            await channel.default_exchange.publish(message, queue)


async def publish(url, queue):
    await _publish(url, queue, aio_pika.Message(b"{}"))


async def publish_again(url, queue):
    await _publish(url, queue, aio_pika.Message(b"{}", headers=dict([service.OLD])))


async def callback(url, queue):
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        handled = asyncio.get_running_loop().create_future()

        async def take(message):
            async with message.process():
                service.handle(message.headers.items())
            handled.set_result(None)

        await (await channel.get_queue(queue)).consume(take)
        service.say("ready")
        await handled


async def iterator(url, queue):
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        async with (await channel.get_queue(queue)).iterator() as messages:
            service.say("ready")
            async for message in messages:
                async with message.process():
                    service.handle(message.headers.items())
                break


def _run(work):
    return lambda *arguments: asyncio.run(work(*arguments))


SHAPES = {
    "publish": _run(publish),
    "publish again": _run(publish_again),
    "consume": _run(callback),
    "iterator": _run(iterator),
}
