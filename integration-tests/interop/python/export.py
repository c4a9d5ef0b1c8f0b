"""A service in Python that sends one order and handles it, and exports the spans by one of OpenTelemetry's exporters.

Argument: the protocol, as `OTEL_EXPORTER_OTLP_PROTOCOL` calls it. It is done when its spans were exported.
"""

import sys

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

import service

ORDERS = {"messaging.system": "kafka", "messaging.destination.name": "orders"}


def exporter(protocol):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter()


def operation(name):
    return {"messaging.operation.name": name, "messaging.operation.type": name}


def main():
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter(sys.argv[1])))
    tracer = provider.get_tracer("shop", "0.1.0")
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, attributes={"user.id": "42"}):
        with tracer.start_as_current_span(
            "send orders", kind=SpanKind.PRODUCER, attributes=ORDERS | operation("send")
        ) as send:
            sent = send.get_span_context()
    with tracer.start_as_current_span(
        "process orders",
        context=trace.set_span_in_context(trace.INVALID_SPAN),
        kind=SpanKind.CONSUMER,
        links=[Link(sent)],
        attributes=ORDERS
        | operation("process")
        | {
            "messaging.consumer.group.name": "billing",
            "error.type": "no_stock",
            "typed.text": 'Grüße, "Welt" <b>',
            "typed.bool": True,
            "typed.int": -42,
            "typed.float": 0.5,
            "typed.list": ["a", "b"],
        },
    ) as process:
        process.add_event("checked", {"items": 3})
        process.set_status(Status(StatusCode.ERROR, "no stock"))
    provider.shutdown()
    service.say("done")


if __name__ == "__main__":
    main()
