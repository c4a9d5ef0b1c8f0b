from opentelemetry.instrumentation.pika import PikaInstrumentor

PikaInstrumentor().instrument()

import pika

import service


def _connect(url):
    return pika.BlockingConnection(pika.URLParameters(url))


def _publish(url, queue, properties):
    connection = _connect(url)
    channel = connection.channel()
    channel.confirm_delivery()
    with service.checkout():
        channel.basic_publish("", queue, b"{}", properties)
    connection.close()


def publish(url, queue):
    _publish(url, queue, None)


def publish_again(url, queue):
    _publish(url, queue, pika.BasicProperties(headers=dict([service.OLD])))


def callback(url, queue):
    connection = _connect(url)
    channel = connection.channel()

    def take(channel, method, properties, _):
        service.handle((properties.headers or {}).items())
        channel.basic_ack(method.delivery_tag)
        channel.stop_consuming()

    channel.basic_consume(queue, take)
    service.say("ready")
    channel.start_consuming()
    connection.close()


def generator(url, queue):
    connection = _connect(url)
    channel = connection.channel()
    service.say("ready")
    for method, properties, _ in channel.consume(queue):
        service.handle((properties.headers or {}).items())
        channel.basic_ack(method.delivery_tag)
        break
    channel.cancel()
    connection.close()


SHAPES = {
    "basic_publish": publish,
    "basic_publish again": publish_again,
    "basic_consume": callback,
    "consume": generator,
}
